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
/* Of the longest address, in pairs. */
#define ENVELOPE_WORDS ((ADDR_MAX + 7) / 8 * 2)

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
	free(e->table);
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

/* Where an address stands in the table: beside its hash, so that one that is
 * another's place is passed by without a look at it. */
struct envelope_slot {
	uint32_t hash;
	uint32_t at; /* index of the recipient + 1; 0: free */
};

struct envelope_table {
	uint64_t keys[ENVELOPE_WORDS];
	size_t count; /* slots; more than half of them are free */
	struct envelope_slot slots[];
};

/* Pair-multiply-shift (Thorup, High Speed Hashing for Integers and Strings):
 * whoever chose two addresses, they meet once in 2^32 choices of the keys.
 * The domain's case is taken off; that folds other octets, too, is no harm. */
static uint32_t
envelope_hash(const struct envelope_table *t, const char *addr)
{
	char text[ENVELOPE_WORDS * sizeof(uint32_t)];
	const char *domain = addr_domain(addr);
	size_t len = strlen(addr);
	uint64_t sum = 0;

	memcpy(text, addr, len + 1);
	memset(text + len + 1, 0, sizeof(text) - len - 1);
	for (size_t i = domain ? (size_t)(domain - addr) : len; i < len; i++)
		text[i] |= 'a' - 'A';
	for (size_t i = 0; i * sizeof(uint32_t) < len; i += 2) {
		uint32_t words[2];

		memcpy(words, text + i * sizeof(uint32_t), sizeof(words));
		sum += (t->keys[i] + words[1]) * (t->keys[i + 1] + words[0]);
	}
	return (uint32_t)(sum >> 32);
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

/* Where addr is, or the free slot where it belongs; NULL addr: a free one. */
static struct envelope_slot *
envelope_slot(const struct envelope *e, struct envelope_table *t, uint32_t hash,
    const char *addr)
{
	size_t i = (size_t)((uint64_t)hash * t->count >> 32);

	while (t->slots[i].at &&
	       !(addr && t->slots[i].hash == hash &&
		   envelope_same(e->rcpts[t->slots[i].at - 1].addr, addr)))
		i = i + 1 == t->count ? 0 : i + 1;
	return &t->slots[i];
}

static struct envelope_table *
envelope_table(size_t count)
{
	struct envelope_table *t =
	    xcalloc(1, sizeof(*t) + count * sizeof(t->slots[0]));

	t->count = count;
	return t;
}

/* A table for those that are there already; its keys are secret, because
 * addresses are chosen by others. */
static void
envelope_make_table(struct envelope *e)
{
	e->table = envelope_table(8 * ENVELOPE_FEW);
	/* without them it is slower at worst */
	(void)getrandom(e->table->keys, sizeof(e->table->keys), GRND_NONBLOCK);
	for (size_t i = 0; i < e->count; i++) {
		uint32_t hash = envelope_hash(e->table, e->rcpts[i].addr);

		*envelope_slot(e, e->table, hash, NULL) =
		    (struct envelope_slot){ hash, (uint32_t)i + 1 };
	}
}

static void
envelope_widen_table(struct envelope *e)
{
	struct envelope_table *old = e->table;
	struct envelope_table *t = envelope_table(2 * old->count);

	memcpy(t->keys, old->keys, sizeof(t->keys));
	for (size_t i = 0; i < old->count; i++)
		if (old->slots[i].at)
			*envelope_slot(e, t, old->slots[i].hash, NULL) =
			    old->slots[i];
	free(old);
	e->table = t;
}

static void
envelope_make_room(struct envelope *e)
{
	if (e->count == e->cap) {
		e->cap = e->cap ? e->cap * 2 : 8;
		e->rcpts = xreallocarray(e->rcpts, e->cap, sizeof(e->rcpts[0]));
	}
	/* few are looked through faster than a table is made */
	if (!e->table && e->count == ENVELOPE_FEW)
		envelope_make_table(e);
	else if (e->table && 2 * (e->count + 1) > e->table->count)
		envelope_widen_table(e);
}

static bool
envelope_has(const struct envelope *e, const char *addr)
{
	for (size_t i = 0; i < e->count; i++)
		if (envelope_same(e->rcpts[i].addr, addr))
			return true;
	return false;
}

/* Whether addr is there already; *slot is where it belongs, if there is a
 * table. */
static bool
envelope_find(const struct envelope *e, const char *addr,
    struct envelope_slot **slot, uint32_t *hash)
{
	if (!e->table)
		return envelope_has(e, addr);
	*hash = envelope_hash(e->table, addr);
	*slot = envelope_slot(e, e->table, *hash, addr);
	return (*slot)->at != 0;
}

int
envelope_take(
    struct envelope *e, char *addr, const char *where, struct error *err)
{
	auto_free char *taken = addr;
	struct envelope_slot *slot = NULL;
	uint32_t hash = 0;

	if (addr_validate(addr, strlen(addr), false, where, err) < 0)
		return -1;
	envelope_make_room(e);
	if (envelope_find(e, addr, &slot, &hash))
		return 0;
	if (e->count == ENVELOPE_RCPT_MAX)
		return err_set(err, ERR_DATA, _("more than %d recipients"),
		    ENVELOPE_RCPT_MAX);
	e->rcpts[e->count] = (struct rcpt){
		.addr = auto_take(taken),
		.fate = FATE_PENDING,
		.why = ERROR_INIT,
	};
	e->count++;
	if (slot)
		*slot = (struct envelope_slot){ hash, (uint32_t)e->count };
	return 0;
}

int
envelope_add(
    struct envelope *e, const char *addr, const char *where, struct error *err)
{
	return envelope_take(e, xstrdup(addr), where, err);
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
