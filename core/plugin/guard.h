/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the plug-in whose code ends the process while it is opened, loaded or
 * started: a crash, an abort, an exit.  Main thread; one at a time.
 */
#ifndef PLUGIN_GUARD_H
#define PLUGIN_GUARD_H

/* what: "was loaded". */
void skua_guard_begin(const char *what, const char *name, const char *path);
void skua_guard_end(void);

#endif
