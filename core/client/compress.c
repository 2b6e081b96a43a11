/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are worth it are sent compressed. */
#include <lz4frame.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "client/producer.h"

static size_t
bound_zlib(size_t len)
{
	return compressBound((uLong)len);
}

static size_t
deflate_zlib(struct skua_str in, char *out, size_t size, int level)
{
	uLongf len = (uLongf)size;

	return compress2((Bytef *)out, &len, (const Bytef *)in.p,
	    (uLong)in.len, level) == Z_OK ? len : 0;
}

static size_t
bound_lz4(size_t len)
{
	return LZ4F_compressFrameBound(len, NULL);
}

static size_t
deflate_lz4(struct skua_str in, char *out, size_t size, int level)
{
	/* Java's reader wants no more of the head than this. */
	LZ4F_preferences_t preferences = { .compressionLevel = 0 };
	size_t n;

	(void)level;
	n = LZ4F_compressFrame(out, size, in.p, in.len, &preferences);
	return LZ4F_isError(n) ? 0 : n;
}

static size_t
deflate_zstd(struct skua_str in, char *out, size_t size, int level)
{
	size_t n = ZSTD_compress(out, size, in.p, in.len, level);

	return ZSTD_isError(n) ? 0 : n;
}

/* type: of sysFlag; upstream: common.compression.CompressionType. */
static const struct {
	size_t (*bound)(size_t len);
	size_t (*deflate)(struct skua_str in, char *out, size_t size,
	    int level);
	int32_t type;
} ways[] = {
	[SKUA_COMPRESSION_ZLIB] = { bound_zlib, deflate_zlib, 3 << 8 },
	[SKUA_COMPRESSION_LZ4] = { bound_lz4, deflate_lz4, 1 << 8 },
	[SKUA_COMPRESSION_ZSTD] = { ZSTD_compressBound, deflate_zstd, 2 << 8 },
};

bool
skua_client_compress(enum skua_compression how, int level, struct skua_str body,
    char **body_r, size_t *len_r, int32_t *sys_flag_r)
{
	size_t size, n;
	char *out;

	if (how >= SKUA_COMPRESSION_NONE)
		return false;
	size = ways[how].bound(body.len);
	out = malloc(size);
	if (out == NULL)
		return false;
	n = ways[how].deflate(body, out, size, level);
	if (n == 0 || n >= body.len) {
		free(out);
		return false;
	}
	*body_r = out;
	*len_r = n;
	*sys_flag_r = SKUA_SYS_COMPRESSED | ways[how].type;
	return true;
}
