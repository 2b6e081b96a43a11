/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What crosses between broker and plug-ins is as large as it was.  A table,
 * descriptor or row that carries its size may grow at its tail, with a new minor
 * number; reserved members may be named, likewise; anything else is a new major
 * one.  This table changes together with SKUA_ABI_MINOR or SKUA_ABI_MAJOR.
 */
#include <skua/filter.h>
#include <skua/flush.h>
#include <skua/hook.h>
#include <skua/index.h>
#include <skua/io.h>
#include <skua/json.h>
#include <skua/replication.h>
#include <skua/route.h>
#include <skua/script.h>
#include <skua/selector.h>
#include <skua/service.h>
#include <skua/store.h>

#include "test.h"

static const struct {
	const char *name;
	size_t size, abi_1_0;
} rows[] = {
	{ "skua_addr", sizeof(struct skua_addr), 20 },
	{ "skua_append", sizeof(struct skua_append), 32 },
	{ "skua_candidate", sizeof(struct skua_candidate), 24 },
	{ "skua_error", sizeof(struct skua_error), 516 },
	{ "skua_filter", sizeof(struct skua_filter), 64 },
	{ "skua_flush", sizeof(struct skua_flush), 48 },
	{ "skua_hook", sizeof(struct skua_hook), 24 },
	{ "skua_index", sizeof(struct skua_index), 112 },
	{ "skua_index_entry", sizeof(struct skua_index_entry), 24 },
	{ "skua_io", sizeof(struct skua_io), 232 },
	{ "skua_jsonw", sizeof(struct skua_jsonw), 56 },
	{ "skua_log_record", sizeof(struct skua_log_record), 224 },
	{ "skua_message", sizeof(struct skua_message), 184 },
	{ "skua_metric", sizeof(struct skua_metric), 48 },
	{ "skua_option", sizeof(struct skua_option), 80 },
	{ "skua_plugin", sizeof(struct skua_plugin), 104 },
	{ "skua_record", sizeof(struct skua_record), 192 },
	{ "skua_refusal", sizeof(struct skua_refusal), 260 },
	{ "skua_replication", sizeof(struct skua_replication), 48 },
	{ "skua_route", sizeof(struct skua_route), 24 },
	{ "skua_script_limits", sizeof(struct skua_script_limits), 24 },
	{ "skua_selector", sizeof(struct skua_selector), 40 },
	{ "skua_service", sizeof(struct skua_service), 64 },
	{ "skua_service_code", sizeof(struct skua_service_code), 24 },
	{ "skua_slice", sizeof(struct skua_slice), 24 },
	{ "skua_store", sizeof(struct skua_store), 96 },
	{ "skua_store_ref", sizeof(struct skua_store_ref), 16 },
	{ "skua_store_start", sizeof(struct skua_store_start), 24 },
	{ "skua_store_state", sizeof(struct skua_store_state), 88 },
	{ "skua_str", sizeof(struct skua_str), 16 },
	{ "skua_subscription", sizeof(struct skua_subscription), 72 },
};

static void
structs_are_as_large_as_the_abi_says(void **state)
{
	(void)state;
	if (sizeof(void *) != 8)
		skip();
	assert_int_equal(1, SKUA_ABI_MAJOR);
	assert_int_equal(0, SKUA_ABI_MINOR);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].size != rows[i].abi_1_0)
			fail_msg("struct %s has %zu bytes, %zu in ABI 1.0",
			    rows[i].name, rows[i].size, rows[i].abi_1_0);
}

RUN(T(structs_are_as_large_as_the_abi_says))
