/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands on a store folder share. */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include "cli/cli.h"
#include "offline/offline.h"

/* The store is damaged, and it could not be read at all. */
enum { STORE_CLEAN = 0, STORE_DAMAGED = 1, STORE_UNREADABLE = 2 };

/* How far a long work is: on standard error, at most four times a second, when
 * that is a terminal, and once it has taken two seconds otherwise. */
struct store_progress {
	const char *what;
	int64_t begun_ms, told_ms;
	bool is_terminal, told;
};
void store_progress_begin(struct store_progress *p, const char *what);
void store_progress_tell(struct store_progress *p, int64_t done, int64_t total);
void store_progress_end(struct store_progress *p);

/* Findings as they come: one line each, at most limit of a kind. */
struct store_report {
	const struct cli *cli;
	struct out out; /* of values */
	struct store_progress progress;
	int64_t limit;
	struct {
		const char *kind;
		int64_t count;
	} kinds[32];
	int64_t left_off;
};
/* cli and limit are set; what: of the progress. */
void store_report_begin(struct store_report *r, const char *what);
void store_report_end(struct store_report *r);
offline_found_fn store_report_found;       /* arg: the report */
offline_progress_fn store_report_progress;
/* Opens it; the sentence is said when it fails. */
int store_open(const struct cli *cli, const char *folder,
    const struct offline_ear *ear, struct offline **store_r);
#define STORE_COMMITLOG                                                       \
	{ 0, "commitlog", "PATH[:PATH...]", "folders of the log [DIR/commitlog]", \
		false }
/* The folder the command works on; NULL after a sentence. */
const char *store_folder(const struct cli *cli);

#endif
