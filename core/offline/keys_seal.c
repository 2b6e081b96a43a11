/* SPDX-License-Identifier: Apache-2.0 */
/* An index file that Skua has sealed is what it was, up to its last entry. */
#include <fcntl.h>
#include <stdio.h>

#include <skua/io.h>

#include "base/crc32.h"
#include "offline/keys.h"

#define PIECE ((size_t)1 << 18)

static bool
read_seal(const struct keys_walk *k, struct skua_seal *seal)
{
	const struct offline_files *files = &k->store->keys;
	uint8_t bytes[SKUA_SEAL_SIZE] = { 0 };
	char path[OFFLINE_PATH];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" SKUA_SEALS_FOLDER "/%0*lld",
	    k->store->folder, files->digits,
	    (long long)files->all[k->file].base);
	fd = skua_io()->open(path, O_RDONLY, 0);
	if (fd < 0)
		return false;
	/* A short one is wrong, too. */
	(void)skua_io()->pread(fd, bytes, sizeof(bytes), 0);
	(void)skua_io()->close(fd);
	skua_seal_get(bytes, seal);
	return true;
}

/* As skua_body_crc of the file's used part. */
static uint32_t
file_crc(struct keys_walk *k)
{
	int64_t end = skua_keys_entry_at(k->slots, k->header.count);
	uint32_t crc = 0;
	size_t n;

	if (end > k->window.size)
		end = k->window.size;
	for (int64_t at = 0; at < end; at += (int64_t)n) {
		int64_t left = end - at;
		const uint8_t *p = window_view(&k->window, at,
		    left < (int64_t)PIECE ? (size_t)left : PIECE, &n);

		if (p == NULL || n == 0)
			break;
		crc = skua_crc32_more(crc, p, n);
	}
	return crc & 0x7fffffff;
}

void
keys_judge_seal(struct keys_walk *k)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_KEYS, "index-seal");
	struct skua_seal seal;
	char name[OFFLINE_PATH];

	/* Sealed when Skua stopped, and then Apache RocketMQ went on in it:
	 * there is nothing to go by. */
	if (!read_seal(k, &seal) || (seal.magic == SKUA_SEAL_MAGIC &&
		seal.count < k->header.count))
		return;
	offline_file_name(&k->store->keys, k->file, name);
	f.file = name;
	if (seal.magic != SKUA_SEAL_MAGIC || seal.count != k->header.count ||
	    seal.crc != file_crc(k))
		offline_tell(k->store, &f, "is not what was sealed when Skua "
		    "ceased to write to it, see " SKUA_SEALS_FOLDER);
}
