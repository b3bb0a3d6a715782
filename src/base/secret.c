/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/secret.h"

#include <stdbool.h>
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

/* One call each for what makes memory safe: together they take longer than most
 * of what is done with a secret.  So pages are made ready several at a time. */
#define SECRET_PAGES 8

enum secret_state { SECRET_FREE, SECRET_TAKEN, SECRET_INHERITED };

static struct {
	char *pages; /* SECRET_PAGES of them; NULL before the first secret */
	pid_t owner; /* who locked them: what fork() makes has no locks */
	enum secret_state state[SECRET_PAGES];
} secret_pool;

static size_t
secret_page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Best effort each: an old kernel or a small RLIMIT_MEMLOCK must not keep the
 * mail from going out. */
static char *
secret_map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)mlock(p, size);
#ifdef MADV_DONTDUMP
	(void)madvise(p, size, MADV_DONTDUMP);
#endif
#ifdef MADV_WIPEONFORK
	(void)madvise(p, size, MADV_WIPEONFORK);
#endif
	return p;
}

/* The pool is there, and locked, if that can be. */
static void
secret_make_ready(void)
{
	size_t size = SECRET_PAGES * secret_page();
	pid_t self = getpid();

	if (!secret_pool.pages)
		secret_pool.pages = secret_map(size);
	else if (secret_pool.owner != self)
		(void)mlock(secret_pool.pages, size);
	secret_pool.owner = self;
}

/* A page out of the pool, or NULL. */
static char *
secret_take(void)
{
	secret_make_ready();
	for (size_t i = 0; secret_pool.pages && i < SECRET_PAGES; i++)
		if (secret_pool.state[i] == SECRET_FREE) {
			secret_pool.state[i] = SECRET_TAKEN;
			return secret_pool.pages + i * secret_page();
		}
	return NULL;
}

/* Where p, a page, stands in the pool; or NULL. */
static enum secret_state *
secret_find(const char *p)
{
	for (size_t i = 0; secret_pool.pages && i < SECRET_PAGES; i++)
		if (p == secret_pool.pages + i * secret_page())
			return &secret_pool.state[i];
	return NULL;
}

/* Room for len octets.  Without pages (a tiny RLIMIT_AS) there is still the
 * heap: size 0 tells which it was. */
static char *
secret_room(size_t len, size_t *size)
{
	size_t page = secret_page();
	char *p = len <= page ? secret_take() : NULL;

	*size = (len + page - 1) / page * page;
	if (!p)
		p = secret_map(*size);
	if (p)
		return p;
	*size = 0;
	return xmalloc(len);
}

void
secret_reserve(struct secret *s, size_t len)
{
	struct secret fresh = SECRET_INIT;

	fresh.data = secret_room(len + 1, &fresh.size);
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
	enum secret_state *state = secret_find(s->data);

	if (s->size)
		(void)madvise(s->data, s->size, MADV_KEEPONFORK);
	if (state)
		*state = SECRET_INHERITED;
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

/* False when it is not of the pool. */
static bool
secret_give_back(const struct secret *s)
{
	enum secret_state *state = secret_find(s->data);

	if (!state)
		return false;
#ifdef MADV_WIPEONFORK
	if (*state == SECRET_INHERITED)
		(void)madvise(s->data, s->size, MADV_WIPEONFORK);
#endif
	*state = SECRET_FREE;
	return true;
}

void
secret_release(struct secret *s)
{
	if (!s || !s->data)
		return;
	secret_wipe(s->data, s->len);
	if (!s->size)
		free(s->data);
	else if (!secret_give_back(s))
		(void)munmap(s->data, s->size);
	*s = (struct secret)SECRET_INIT;
}
