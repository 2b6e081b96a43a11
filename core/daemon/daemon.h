/* SPDX-License-Identifier: Apache-2.0 */
/* skuad, the whole of it: its program is only a door to the library. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

/* An exit status. */
int skua_daemon_main(int argc, char **argv);

#endif
