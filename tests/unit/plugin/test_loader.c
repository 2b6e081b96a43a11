/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/trust.h"
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
	REFUSED("hook-evil-build", SKUA_EABI, "was built with \"another\"",
	    "this broker with \"" SKUA_BUILD "\"");
}

static void
a_descriptor_of_an_older_minor_lacks_what_it_lacks(void **state)
{
	struct rig rig;

	(void)state;
	assert_ok(rig_try(&rig, "hook-older", NULL));
	assert_null(rig.plugins.hosts->plugin->unload);
	rig_free(&rig);
}

/* What a child that loads a module says, and how it ends. */
static void
ends_with_its_name(const char *name)
{
	char said[4096] = "";
	int out[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(0, pipe(out));
	pid = fork();
	if (pid == 0) {
		struct rig rig;

		/* The test framework catches what a broker would not. */
		(void)signal(SIGSEGV, SIG_DFL);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(out[1], STDERR_FILENO);
		(void)close(out[0]);
		(void)close(out[1]);
		_exit(rig_try(&rig, name, NULL) == SKUA_OK ? 0 : 1);
	}
	(void)close(out[1]);
	while ((n = read(out[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(out[0]);
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	if (strstr(said, name) == NULL ||
	    strstr(said, "while it was loaded") == NULL)
		fail_msg("it said: %s", said);
}

static void
a_module_that_ends_the_process_is_named(void **state)
{
	(void)state;
	ends_with_its_name("hook-evil-segv");
	ends_with_its_name("hook-evil-abort");
	ends_with_its_name("hook-evil-exit");
}

static void
not_trusted(const char *path, const char *words)
{
	struct skua_error e;
	char *real;

	assert_int_equal(SKUA_EPERM, skua_module_trust(path, &real, &e));
	if (strstr(e.text, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, e.text);
}

static void
what_others_can_write_is_not_loaded(void **state)
{
	char *folder = test_folder(), file[4096], link[4096], *real;
	struct skua_error e;

	(void)state;
	assert_int_equal(0, mkdir(test_path(folder, "a"), 0700));
	(void)snprintf(file, sizeof(file), "%s/a/filter-x.so", folder);
	(void)snprintf(link, sizeof(link), "%s/filter-x.so", folder);
	test_write_file(file, "", 0);
	assert_int_equal(0, chmod(file, 0644));
	assert_int_equal(0, symlink(file, link));
	assert_ok(skua_module_trust(link, &real, &e));
	assert_non_null(strstr(real, "/a/filter-x.so"));
	free(real);
	assert_int_equal(0, chmod(file, 0666));
	not_trusted(file, "can be written by everybody");
	assert_int_equal(0, chmod(file, 0644));
	assert_int_equal(0, chmod(test_path(folder, "a"), 01777));
	not_trusted(file, "can be written by everybody");
	not_trusted(link, "can be written by everybody");
	assert_int_equal(0, chmod(test_path(folder, "a"), 0700));
	assert_int_equal(0, chmod(folder, 0777));
	not_trusted(file, "can be written by everybody");
	assert_int_equal(0, chmod(folder, 0700));
	if (geteuid() == 0) {
		assert_int_equal(0, chown(file, 12345, (gid_t)-1));
		not_trusted(file, "belongs to user 12345");
		assert_int_equal(0, chown(file, 0, 12345));
		assert_int_equal(0, chmod(file, 0664));
		not_trusted(file, "can be written by its group");
	}
	test_folder_remove(folder);
}

static void
the_setting_adds_to_the_installed_folder(void **state)
{
	char *kept = strdup(getenv("SKUA_PLUGIN_PATH")), *path;

	(void)state;
	assert_int_equal(0, unsetenv("SKUA_PLUGIN_PATH"));
	path = skua_module_search_path("/mine:/ours");
	assert_non_null(strstr(path, "/mine:/ours:/"));
	free(path);
	path = skua_module_search_path(NULL);
	assert_null(strchr(path, ':'));
	free(path);
	assert_int_equal(0, setenv("SKUA_PLUGIN_PATH", kept, 1));
	path = skua_module_search_path("/mine");
	assert_string_equal(kept, path);
	free(path);
	free(kept);
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

	(void)state;
	test_write_file(test_path(folder, "filter-x.so"), "not ELF", 7);
	assert_null(skua_module_open(test_path(folder, "filter-x.so"), &e));
	assert_int_equal(SKUA_EABI, e.code);
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

RUN(T(another_abi_names_both_sides),
    T(a_descriptor_of_an_older_minor_lacks_what_it_lacks),
    T(a_module_that_ends_the_process_is_named),
    T(what_others_can_write_is_not_loaded),
    T(the_setting_adds_to_the_installed_folder), T(a_name_that_is_not_the_files_is_refused),
    T(a_module_without_the_symbol_is_no_plug_in),
    T(a_file_that_is_no_module_is_refused),
    T(a_missing_plug_in_says_what_was_tried),
    T(a_failing_load_gives_its_reason_and_leaves_nothing),
    T(a_missing_need_is_named), T(two_providers_of_one_name_are_an_error),
    T(a_need_is_loaded_first_whatever_the_order),
    T(the_first_folder_on_the_path_wins))
