/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that name a provider of a plug-in. */
#ifndef BROKER_PROVIDERS_H
#define BROKER_PROVIDERS_H

#include "broker/broker.h"

/* Whether every such setting names one that is loaded; a sentence in e, which
 * lists those that are, when not.  Plug-ins are loaded. */
int skua_providers_check(const struct broker *b, struct skua_error *e)
    SKUA_MUST_CHECK;
/* The same of one setting with the value it shall get; other keys are fine. */
int skua_providers_check_value(const struct broker *b, const char *key,
    const char *value, struct skua_error *e) SKUA_MUST_CHECK;

#endif
