/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lua scripts that judge messages, in a sandbox.
 *
 * A script is an expression (`msg.tags == "A" and num(msg.props.price) > 3`) or
 * a chunk that returns a function of msg.  It sees an allow-list of functions,
 * has a budget of instructions, time and memory, and cannot keep running once
 * that is spent.  A script belongs to one thread.
 */
#ifndef SKUA_SCRIPT_H
#define SKUA_SCRIPT_H

#include <skua/error.h>
#include <skua/message.h>

SKUA_BEGIN_DECLS

struct skua_script;

struct skua_script_limits {
	int64_t instructions; /* per message */
	int64_t time_us;      /* per message, of the thread's processor time */
	int64_t memory;       /* of the whole script, bytes; also of a body that
			       * it asks for and that has to be uncompressed */
};

/* Compiles text (never bytecode); name appears in messages.  The sentence in e
 * has the line. */
SKUA_API int skua_script_new(const char *name, struct skua_str text,
    const struct skua_script_limits *limits, struct skua_script **script_r,
    struct skua_error *e) SKUA_MUST_CHECK;
SKUA_API void skua_script_free(struct skua_script *script);

/* Bytes that it holds now. */
SKUA_API size_t skua_script_memory(const struct skua_script *script);

/* Calls the script with one message; *result_r is the truth of what it
 * returned: nil and false are false, true, numbers and strings are true.
 * SKUA_ELIMIT when a budget is spent, SKUA_EINVAL for an error of the script, or
 * when it returned anything else; the next call starts afresh. */
SKUA_API int skua_script_judge(struct skua_script *script,
    const struct skua_record *record, bool *result_r, struct skua_error *e)
    SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
