/* SPDX-License-Identifier: Apache-2.0 */
/* How many accepted connections there are.  A connection comes and goes rarely
 * beside what it sends: one lock serves. */
#include <pthread.h>

#include "base/hash.h"
#include "base/mem.h"
#include "net/address_count.h"

struct address {
	UT_hash_handle hh;
	int64_t count;
	uint8_t ip[16]; /* the rest of one of IPv4 is 0 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct address *addresses;
static _Atomic int64_t open_count, refused_count;

static struct address *
find(const struct skua_addr *addr, uint8_t ip[16])
{
	struct address *a;

	memset(ip, 0, 16);
	memcpy(ip, addr->ip, addr->len <= 16 ? addr->len : 16);
	HASH_FIND(hh, addresses, ip, 16, a);
	return a;
}

static void
add(const uint8_t ip[16], struct address *a)
{
	if (a == NULL) {
		a = sk_new(struct address);
		memcpy(a->ip, ip, 16);
		HASH_ADD(hh, addresses, ip, 16, a);
	}
	a->count++;
	atomic_fetch_add(&open_count, 1);
}

bool
skua_address_count_add(const struct skua_addr *addr,
    const struct limits *limits)
{
	struct address *a;
	uint8_t ip[16];
	bool may;

	(void)pthread_mutex_lock(&lock);
	a = find(addr, ip);
	may = atomic_load(&open_count) < held_get(&limits->conns) &&
	    (a == NULL ? 0 : a->count) < held_get(&limits->conns_per_addr);
	if (may)
		add(ip, a);
	else
		atomic_fetch_add(&refused_count, 1);
	(void)pthread_mutex_unlock(&lock);
	return may;
}

void
skua_address_count_drop(const struct skua_addr *addr)
{
	struct address *a;
	uint8_t ip[16];

	(void)pthread_mutex_lock(&lock);
	a = find(addr, ip);
	if (a != NULL) {
		atomic_fetch_sub(&open_count, 1);
		if (--a->count == 0) {
			HASH_DEL(addresses, a);
			free(a);
		}
	}
	(void)pthread_mutex_unlock(&lock);
}

int64_t
skua_address_count_open(void)
{
	return atomic_load(&open_count);
}

int64_t
skua_address_count_refused(void)
{
	return atomic_load(&refused_count);
}
