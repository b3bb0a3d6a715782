/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/envelope.h"

#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "mail/addr.h"

/* Recipients that need no table. */
#define ENVELOPE_FEW 16

void
envelope_release(struct envelope *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->count; i++) {
		free(e->rcpts[i].addr);
		free(e->rcpts[i].notify);
		free(e->rcpts[i].orcpt);
		error_release(&e->rcpts[i].why);
	}
	free(e->rcpts);
	free(e->slots);
	free(e->from);
	free(e->wishes.notify);
	free(e->wishes.ret);
	free(e->wishes.envid);
	free(e->wishes.deliver_by);
	free(e->wishes.release);
	free(e->wishes.priority);
	free(e->wishes.auth);
	*e = (struct envelope)ENVELOPE_INIT;
}

/* --- recipients once ------------------------------------------------------ */

static char
envelope_fold_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static uint64_t
envelope_stir(uint64_t h, char c)
{
	h = (h ^ (unsigned char)c) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Seeded, and stirred at the end, because addresses are chosen by others. */
static uint64_t
envelope_hash(const struct envelope *e, const char *addr)
{
	const char *domain = addr_domain(addr);
	uint64_t h = e->seed;

	for (const char *s = addr; *s && s != domain; s++)
		h = envelope_stir(h, *s);
	for (const char *s = domain; s && *s; s++)
		h = envelope_stir(h, envelope_fold_case(*s));
	return h ^ h >> 32;
}

static bool
envelope_same(const char *a, const char *b)
{
	const char *da = addr_domain(a), *db = addr_domain(b);

	if (!da || !db)
		return strcmp(a, b) == 0;
	return da - a == db - b && memcmp(a, b, (size_t)(da - a)) == 0 &&
	       text_caseeq(da, db);
}

/* Where addr is, or the free slot where it belongs. */
static uint32_t *
envelope_slot(const struct envelope *e, const char *addr)
{
	size_t mask = e->slot_count - 1;
	size_t i = (size_t)envelope_hash(e, addr) & mask;

	while (
	    e->slots[i] && !envelope_same(e->rcpts[e->slots[i] - 1].addr, addr))
		i = (i + 1) & mask;
	return &e->slots[i];
}

/* Keeps the table at most half full. */
static void
envelope_make_room(struct envelope *e)
{
	if (e->count == e->cap) {
		e->cap = e->cap ? e->cap * 2 : 8;
		e->rcpts = xreallocarray(e->rcpts, e->cap, sizeof(e->rcpts[0]));
	}
	/* few are looked through faster than a table is made */
	if (e->count < ENVELOPE_FEW || e->slot_count >= 2 * (e->count + 1))
		return;
	if (!e->slots &&
	    getrandom(&e->seed, sizeof(e->seed), GRND_NONBLOCK) < 0)
		e->seed = 1; /* slower at worst */
	e->slot_count = 4 * (e->count + 8);
	while (e->slot_count & (e->slot_count - 1))
		e->slot_count &= e->slot_count - 1;
	free(e->slots);
	e->slots = xcalloc(e->slot_count, sizeof(e->slots[0]));
	for (size_t i = 0; i < e->count; i++)
		*envelope_slot(e, e->rcpts[i].addr) = (uint32_t)i + 1;
}

static bool
envelope_has(const struct envelope *e, const char *addr)
{
	for (size_t i = 0; i < e->count; i++)
		if (envelope_same(e->rcpts[i].addr, addr))
			return true;
	return false;
}

int
envelope_add(
    struct envelope *e, const char *addr, const char *where, struct error *err)
{
	uint32_t *slot;

	if (addr_validate(addr, strlen(addr), false, where, err) < 0)
		return -1;
	envelope_make_room(e);
	slot = e->slots ? envelope_slot(e, addr) : NULL;
	if (slot ? *slot != 0 : envelope_has(e, addr))
		return 0;
	if (e->count == ENVELOPE_RCPT_MAX)
		return err_set(err, ERR_DATA, _("more than %d recipients"),
		    ENVELOPE_RCPT_MAX);
	e->rcpts[e->count] = (struct rcpt){
		.addr = xstrdup(addr),
		.fate = FATE_PENDING,
		.why = ERROR_INIT,
	};
	e->count++;
	if (slot)
		*slot = (uint32_t)e->count;
	return 0;
}

int
envelope_set_from(
    struct envelope *e, const char *addr, const char *where, struct error *err)
{
	size_t len = strlen(addr);
	auto_free char *bare = NULL;

	if (len >= 2 && addr[0] == '<' && addr[len - 1] == '>')
		bare = xmemdupz(addr + 1, len - 2);
	else
		bare = xstrdup(addr);
	if (addr_validate(bare, strlen(bare), true, where, err) < 0)
		return -1;
	xreplace(&e->from, auto_take(bare));
	return 0;
}

/* --- verdicts ------------------------------------------------------------- */

void
envelope_rule(struct envelope *e, const struct error *why)
{
	for (size_t i = 0; i < e->count; i++) {
		struct rcpt *r = &e->rcpts[i];

		if (r->fate != FATE_PENDING)
			continue;
		r->fate = err_fate(why);
		err_copy(&r->why, why);
	}
}

static int
envelope_badness(enum fate fate)
{
	switch (fate) {
	case FATE_FAIL:
		return 3;
	case FATE_DEFER:
		return 2;
	case FATE_PENDING:
		return 1;
	case FATE_SENT:
		break;
	}
	return 0;
}

bool
envelope_is_worse(const struct rcpt *a, const struct rcpt *b)
{
	return envelope_badness(a->fate) > envelope_badness(b->fate);
}

int
rcpt_exit_code(const struct rcpt *r)
{
	int code = err_exit_code(&r->why);

	if (r->fate == FATE_SENT)
		return EX_OK;
	/* Nobody has said why: it was not sent all the same. */
	return code ? code : EX_TEMPFAIL;
}

int
envelope_exit_code(const struct envelope *e, size_t *worst)
{
	size_t at = 0;

	for (size_t i = 1; i < e->count; i++)
		if (envelope_is_worse(&e->rcpts[i], &e->rcpts[at]))
			at = i;
	if (worst)
		*worst = at;
	return e->count ? rcpt_exit_code(&e->rcpts[at]) : EX_OK;
}
