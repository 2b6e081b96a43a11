/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the target every file of its corpus, whole and cut at every byte. */
#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

static void
feed(const uint8_t *bytes, size_t len)
{
	/* A block of its very size: a sanitizer sees the byte behind it. */
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	MUST(copy != NULL);
	memcpy(copy, bytes, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void
replay(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return;
	n = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	feed(bytes, n);
	for (size_t i = 0; i < n && n < 4096; i++)
		feed(bytes, i);
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir"), *name = strstr(argv[0], "replay_");
	char folder[4096], path[8192];
	struct dirent *entry;
	DIR *dir;
	int n = 0;

	(void)argc;
	while (name != NULL && strstr(name + 1, "replay_") != NULL)
		name = strstr(name + 1, "replay_");
	if (srcdir == NULL || name == NULL)
		return 77;
	(void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    srcdir, name + strlen("replay_"));
	dir = opendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entry->d_name);
		replay(path);
		n++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)printf("%d files\n", n);
	return n > 0 ? 0 : 1;
}
