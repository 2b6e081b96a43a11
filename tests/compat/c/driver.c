/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libskua against a server that may be Skua or Apache RocketMQ:
 *
 *	driver SUITE list | driver SUITE CASE…	as the other drivers
 *	driver member NAMESRV GROUP TOPIC	a member of a group, for mixed cases:
 *		prints "queue ID" for each queue it is given and "got BODY" for
 *		each message, until its standard input ends
 */
#include <string.h>

#include "cases.h"
#include "member.h"

static const struct {
	const char *name;
	case_fn *run;
} cases[] = {
	{ "send-sync", send_sync },
	{ "send-new-topic", send_to_a_new_topic },
	{ "send-batch", send_batch },
	{ "send-compressed", send_compressed },
	{ "binary-headers", binary_headers },
	{ "push-one", push_one },
	{ "push-tags", push_tags },
	{ "push-resume", push_resumes },
	{ "push-later", push_later },
	{ "push-two", push_two },
	{ "push-reset", push_reset },
	{ "lite-seek", lite_seek },
	{ "lite-sql", lite_sql },
	{ "admin-sees", admin_sees },
	{ "admin-finds", admin_finds },
};

int
main(int argc, char **argv)
{
	const size_t n = sizeof(cases) / sizeof(cases[0]);
	bool passed = true;

	if (argc == 5 && strcmp(argv[1], "member") == 0)
		return member(argv[2], argv[3], argv[4]);
	if (argc == 3 && strcmp(argv[2], "list") == 0)
		for (size_t i = 0; i < n; i++)
			(void)printf("%s.%s\n", argv[1], cases[i].name);
	else
		for (int a = 2; a < argc; a++)
			for (size_t i = 0; i < n; i++)
				if (strcmp(argv[a] + strlen(argv[1]) + 1,
					cases[i].name) == 0)
					passed &= verdict(argv[1],
					    cases[i].name, cases[i].run);
	return passed ? 0 : 1;
}
