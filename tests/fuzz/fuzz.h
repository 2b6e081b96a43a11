/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MUST(x) ((x) ? (void)0 : abort())

/* What was read goes here, so that reading is not left out. */
extern volatile size_t fuzz_sink;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
