/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka, and a folder of its own. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <skua/error.h>
#include <skua/types.h>

#define RUN(...)                                                               \
	int main(void)                                                         \
	{                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
                                                                               \
		return cmocka_run_group_tests(tests, NULL, NULL);              \
	}
#define T(test) cmocka_unit_test(test)

#define assert_ok(expr) assert_int_equal(SKUA_OK, (expr))
#define assert_text(expected, view)                                            \
	do {                                                                   \
		struct skua_str view_ = (view);                                \
                                                                               \
		assert_int_equal(strlen(expected), view_.len);                 \
		assert_memory_equal(expected, view_.p, view_.len);             \
	} while (0)

/* A new folder below TMPDIR; the text is the test's, freed with its contents
 * by test_folder_remove. */
char *test_folder(void);
void test_folder_remove(char *folder);
/* FOLDER/NAME; good until the fourth call after. */
const char *test_path(const char *folder, const char *name);
void test_write_file(const char *path, const void *bytes, size_t len);
char *test_read_file(const char *path, size_t *len_r);

#endif
