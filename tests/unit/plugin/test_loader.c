/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "rig.h"
#include "test.h"

/* The module is refused, and the sentence has these words. */
static void
refused(const char *names, int code, const char *const *words)
{
	struct rig rig;

	assert_int_equal(code, rig_try(&rig, names, NULL));
	for (; *words != NULL; words++)
		if (strstr(rig.e.text, *words) == NULL)
			fail_msg("\"%s\" is not in: %s", *words, rig.e.text);
	assert_null(rig.plugins.hosts);
	assert_int_equal(0, rig.plugins.registry.count);
	rig_free(&rig);
}
#define REFUSED(names, code, ...)                                              \
	refused(names, code, (const char *const[]){ __VA_ARGS__, NULL })

static void
another_abi_names_both_sides(void **state)
{
	(void)state;
	REFUSED("hook-evil-major", SKUA_EABI, "plug-in hook-evil-major",
	    "was built for plug-in ABI 2.0", "this broker has 1.0");
	REFUSED("hook-evil-minor", SKUA_EABI, "ABI 1.1", "has 1.0");
	REFUSED("hook-evil-size", SKUA_EABI, "hook-evil-size.so", "has 8 bytes");
}

static void
a_name_that_is_not_the_files_is_refused(void **state)
{
	(void)state;
	REFUSED("hook-evil-name", SKUA_EABI, "hook-evil-name.so",
	    "holds the plug-in \"filter-other\"");
}

static void
a_module_without_the_symbol_is_no_plug_in(void **state)
{
	(void)state;
	REFUSED("hook-evil-symbol", SKUA_EABI, "it has no symbol skua_plugin");
}

static void
a_file_that_is_no_module_is_refused(void **state)
{
	char *folder = test_folder();
	struct skua_error e;
	struct module m;

	(void)state;
	test_write_file(test_path(folder, "filter-x.so"), "not ELF", 7);
	assert_int_equal(SKUA_EABI,
	    skua_module_open(test_path(folder, "filter-x.so"), &m, &e));
	assert_non_null(strstr(e.text, "filter-x.so"));
	test_folder_remove(folder);
}

static void
a_missing_plug_in_says_what_was_tried(void **state)
{
	(void)state;
	REFUSED("filter-none", SKUA_ENOENT, "filter-none.so in",
	    getenv("SKUA_TEST_MODULES"));
}

static void
a_failing_load_gives_its_reason_and_leaves_nothing(void **state)
{
	(void)state;
	REFUSED("filter-tag, hook-evil-load", SKUA_EIO, "hook-evil-load",
	    "the moon is full");
	REFUSED("hook-evil-silent", SKUA_ENOSPC, "hook-evil-silent", "no space left");
}

static void
a_missing_need_is_named(void **state)
{
	(void)state;
	REFUSED("hook-evil-need,filter-tag", SKUA_ENOENT, "hook-evil-need",
	    "needs store:none");
}

static void
two_providers_of_one_name_are_an_error(void **state)
{
	(void)state;
	REFUSED("filter-tag,filter-tag@two", SKUA_EEXIST, "filter-tag@two",
	    "exists already");
}

static void
a_need_is_loaded_first_whatever_the_order(void **state)
{
	struct rig rig;

	(void)state;
	assert_ok(rig_try(&rig, "hook-needy,store-memory", NULL));
	rig_free(&rig);
	assert_ok(rig_try(&rig, "store-memory hook-needy", NULL));
	rig_free(&rig);
}

static int
count(void *arg, const char *name, const char *path)
{
	assert_non_null(strstr(path, name));
	++*(int *)arg;
	return SKUA_OK;
}

static void
the_first_folder_on_the_path_wins(void **state)
{
	char *folder = test_folder(), path[8300];
	int found = 0;

	(void)state;
	assert_int_equal(0, mkdir(test_path(folder, "a"), 0700));
	assert_int_equal(0, mkdir(test_path(folder, "b"), 0700));
	test_write_file(test_path(folder, "a/filter-x.so"), "", 0);
	test_write_file(test_path(folder, "b/filter-x.so"), "", 0);
	test_write_file(test_path(folder, "b/readme.txt"), "", 0);
	(void)snprintf(path, sizeof(path), "%s:/nowhere/at/all:%s",
	    test_path(folder, "a"), test_path(folder, "b"));
	assert_ok(skua_module_search(path, count, &found));
	assert_int_equal(1, found);
	test_folder_remove(folder);
}

RUN(T(another_abi_names_both_sides), T(a_name_that_is_not_the_files_is_refused),
    T(a_module_without_the_symbol_is_no_plug_in),
    T(a_file_that_is_no_module_is_refused),
    T(a_missing_plug_in_says_what_was_tried),
    T(a_failing_load_gives_its_reason_and_leaves_nothing),
    T(a_missing_need_is_named), T(two_providers_of_one_name_are_an_error),
    T(a_need_is_loaded_first_whatever_the_order),
    T(the_first_folder_on_the_path_wins))
