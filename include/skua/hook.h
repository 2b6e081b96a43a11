/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "hook": sees every request before it is handled and every answer before
 * it leaves; may refuse a request.  Hooks run in the order provided.
 * Upstream: remoting.RPCHook.
 */
#ifndef SKUA_HOOK_H
#define SKUA_HOOK_H

#include <skua/plugin.h>
#include <skua/request.h>

SKUA_BEGIN_DECLS

struct skua_refusal {
	int32_t code;
	char remark[256];
};

struct skua_hook {
	size_t size;
	/* On the request's loop; must not block.  0: go on.  Else the request is
	 * answered with *refusal (code 16, no remark, unless the hook says
	 * otherwise), and neither later hooks nor the handler see it.  Ask
	 * skua_request_operation, _topic and _group what it is about: fields
	 * have other names in other requests, and a peer may add some that no
	 * handler reads.  May be NULL. */
	int (*before)(struct skua_host *host, const struct skua_request *request,
	    struct skua_refusal *refusal);
	/* The answer's code, when it is about to leave; not for one-way
	 * requests.  Any loop.  May be NULL. */
	void (*after)(struct skua_host *host, int32_t request_code,
	    int32_t answer_code, uint64_t connection);
};

SKUA_API int skua_provide_hook(struct skua_host *host, const char *name,
    const struct skua_hook *ops) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
