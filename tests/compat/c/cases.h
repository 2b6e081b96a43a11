/* SPDX-License-Identifier: Apache-2.0 */
/* All cases: cases_*.c. */
#ifndef COMPAT_CASES_H
#define COMPAT_CASES_H

#include "scene.h"

/* cases_send.c */
case_fn send_sync;
case_fn send_to_a_new_topic;
case_fn send_batch;
case_fn send_compressed;
case_fn binary_headers;
/* cases_consume.c */
case_fn push_one;
case_fn push_tags;
case_fn push_resumes;
case_fn push_later;
case_fn push_two;
case_fn push_reset;
case_fn lite_seek;
case_fn lite_sql;
/* cases_admin.c */
case_fn admin_sees;
case_fn admin_finds;

#endif
