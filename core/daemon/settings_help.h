/* SPDX-License-Identifier: Apache-2.0 */
/* skuad --help-settings. */
#ifndef DAEMON_SETTINGS_HELP_H
#define DAEMON_SETTINGS_HELP_H

#include "plugin/host.h"

/* Writes every setting with its type, range, default and meaning to stdout: the
 * core's, and those of the plug-ins that are loaded. */
void skua_print_settings(const struct plugins *plugins);

#endif
