/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of numbered files, and how findings are told. */
#ifndef OFFLINE_FILES_H
#define OFFLINE_FILES_H

#include "offline/offline.h"

#define OFFLINE_PATH 4096

/* Lists folder (below the store's, unless it begins with / or .; the text is
 * kept) into f, beside what f has; foreign members are findings.  A folder that
 * is not there has no files. */
int offline_files_list(struct offline *s, const char *folder, int digits,
    enum offline_part part, struct offline_files *f);
void offline_files_free(struct offline_files *f);
/* Tells files of a wrong size and files that are missing between others; false
 * if there are any. */
bool offline_files_judge(struct offline *s, const struct offline_files *f,
    enum offline_part part);
/* Below the store's folder, and the whole path. */
void offline_file_name(const struct offline_files *f, size_t i,
    char name[OFFLINE_PATH]);
void offline_file_path(const struct offline *s, const struct offline_files *f,
    size_t i, char path[OFFLINE_PATH]);
/* The file that holds a byte of the whole, or count. */
size_t offline_file_of(const struct offline_files *f, int64_t at);

/* Fills in "nowhere" for what is not given. */
struct offline_finding offline_finding(enum offline_severity severity,
    enum offline_part part, const char *kind);
void offline_tell(struct offline *s, struct offline_finding *f, const char *fmt,
    ...) SKUA_PRINTF(3, 4);
/* So many more bytes were looked at. */
void offline_progress(struct offline *s, int64_t bytes);

#endif
