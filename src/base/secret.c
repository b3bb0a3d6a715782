/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/xalloc.h"

/* Octets: more than the libraries' computations take. */
#define SECRET_STACK ((size_t)32 * 1024)

void
secret_wipe(void *p, size_t len)
{
#if HAVE_EXPLICIT_BZERO
	explicit_bzero(p, len);
#else
	volatile unsigned char *v = p;

	while (len--)
		*v++ = 0;
#endif
}

/* Not inlined: the room must be where theirs was. */
__attribute__((noinline)) void
secret_wipe_stack(void)
{
	char room[SECRET_STACK];

	secret_wipe(room, sizeof(room));
}

/* Pages for len octets.  Without them (a tiny RLIMIT_AS) there is still the
 * heap: size 0 tells which it was. */
static char *
secret_map(size_t len, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p;

	*size = (len + page - 1) / page * page;
	p = mmap(NULL, *size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		*size = 0;
		return xmalloc(len);
	}
	/* Best effort each: an old kernel or a small RLIMIT_MEMLOCK must not
	 * keep the mail from going out. */
	(void)mlock(p, *size);
#ifdef MADV_DONTDUMP
	(void)madvise(p, *size, MADV_DONTDUMP);
#endif
#ifdef MADV_WIPEONFORK
	(void)madvise(p, *size, MADV_WIPEONFORK);
#endif
	return p;
}

void
secret_reserve(struct secret *s, size_t len)
{
	struct secret fresh = SECRET_INIT;

	fresh.data = secret_map(len + 1, &fresh.size);
	fresh.len = len;
	memset(fresh.data, 0, len + 1);
	secret_release(s);
	*s = fresh;
}

/* data may be s's own. */
void
secret_set(struct secret *s, const char *data, size_t len)
{
	struct secret fresh = SECRET_INIT;

	secret_reserve(&fresh, len);
	if (len)
		memcpy(fresh.data, data, len);
	secret_release(s);
	*s = fresh;
}

void
secret_inherit(const struct secret *s)
{
#ifdef MADV_KEEPONFORK
	if (s->size)
		(void)madvise(s->data, s->size, MADV_KEEPONFORK);
#else
	(void)s; /* it never was otherwise */
#endif
}

void
secret_copy(struct secret *to, const struct secret *from)
{
	if (from->data)
		secret_set(to, from->data, from->len);
	else
		secret_release(to);
}

void
secret_release(struct secret *s)
{
	if (!s || !s->data)
		return;
	secret_wipe(s->data, s->len);
	if (s->size)
		(void)munmap(s->data, s->size);
	else
		free(s->data);
	*s = (struct secret)SECRET_INIT;
}
