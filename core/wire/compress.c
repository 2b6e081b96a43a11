/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that clients compressed: zlib, LZ4 frames, zstd. */
#include <lz4frame.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include <skua/message.h>

#define FIRST_GUESS 4

static int
inflate_zlib(struct skua_str in, char *out, size_t size, size_t *len_r)
{
	uLongf len = (uLongf)size;
	int rc = uncompress((Bytef *)out, &len, (const Bytef *)in.p,
	    (uLong)in.len);

	*len_r = len;
	return rc == Z_OK ? SKUA_OK : rc == Z_BUF_ERROR ? SKUA_ELIMIT :
							  SKUA_EPROTO;
}

static int
inflate_lz4(struct skua_str in, char *out, size_t size, size_t *len_r)
{
	LZ4F_dctx *ctx;
	size_t done = 0, taken = 0, left = 1;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION)))
		return SKUA_ENOMEM;
	while (left > 0 && !LZ4F_isError(left)) {
		size_t room = size - done, from = in.len - taken;

		if (from == 0 || room == 0)
			break;
		left = LZ4F_decompress(ctx, out + done, &room, in.p + taken,
		    &from, NULL);
		done += room;
		taken += from;
		if (room == 0 && from == 0)
			break;
	}
	(void)LZ4F_freeDecompressionContext(ctx);
	*len_r = done;
	if (left == 0)
		return SKUA_OK;
	return !LZ4F_isError(left) && done == size ? SKUA_ELIMIT : SKUA_EPROTO;
}

static int
inflate_zstd(struct skua_str in, char *out, size_t size, size_t *len_r)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	ZSTD_outBuffer to = { out, size, 0 };
	size_t left = 1;

	if (stream == NULL)
		return SKUA_ENOMEM;
	while (left > 0 && from.pos < from.size && to.pos < to.size) {
		left = ZSTD_decompressStream(stream, &to, &from);
		if (ZSTD_isError(left))
			break;
	}
	(void)ZSTD_freeDStream(stream);
	*len_r = to.pos;
	if (left == 0)
		return SKUA_OK;
	return !ZSTD_isError(left) && to.pos == size ? SKUA_ELIMIT : SKUA_EPROTO;
}

typedef int inflate_fn(struct skua_str in, char *out, size_t size,
    size_t *len_r);

/* By the compression bits of sysFlag. */
static inflate_fn *const inflaters[8] = { inflate_zlib, inflate_lz4,
	inflate_zstd, inflate_zlib };

int
skua_body_decompress(int32_t sys_flag, struct skua_str body, size_t limit,
    char **body_r, size_t *len_r)
{
	inflate_fn *inflate_body =
	    inflaters[(sys_flag & SKUA_SYS_COMPRESSION) >> 8];
	size_t size = body.len * FIRST_GUESS + 256;
	int rc = SKUA_ELIMIT;

	if (inflate_body == NULL)
		return SKUA_ENOTSUP;
	/* The formats do not all tell the size: try, and double. */
	for (;; size *= 2) {
		char *out;

		if (size > limit)
			size = limit;
		out = malloc(size + 1);
		if (out == NULL)
			return SKUA_ENOMEM;
		rc = inflate_body(body, out, size, len_r);
		if (rc == SKUA_OK) {
			*body_r = out;
			return SKUA_OK;
		}
		free(out);
		if (rc != SKUA_ELIMIT || size == limit)
			return rc;
	}
}
