/* SPDX-License-Identifier: Apache-2.0 */
/* A store opened by itself, and records for it. */
#ifndef TESTS_STORE_RIG_H
#define TESTS_STORE_RIG_H

#include <skua/store.h>

#include "rig.h"

struct store_rig {
	struct rig rig;
	const struct skua_store *ops;
	void *state;
	bool is_open;
};

/* plugin "store-x" provides the store "x"; recovers as well. */
int store_try(struct store_rig *s, const char *name, const char *folder,
    bool clean, skua_recovered_fn *found, void *arg);
void store_open(struct store_rig *s, const char *name, const char *folder);
void store_shut(struct store_rig *s);

/* A record of about size bytes whose body tells number; malloc'd. */
uint8_t *test_record(unsigned number, size_t size, size_t *len_r);
/* Appends one; its position. */
int64_t store_put(struct store_rig *s, unsigned number, size_t size);
/* Whether the record at pos is the one of that number. */
bool store_has(struct store_rig *s, int64_t pos, unsigned number);

#endif
