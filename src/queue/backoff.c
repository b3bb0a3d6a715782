/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/backoff.h"

#include <sys/random.h>

#define BACKOFF_MINUTE 60
#define BACKOFF_DAY (24 * 3600)

/* After the first attempt, the second, ...; the last from then on. */
static const int backoff_steps[] = { 10 * BACKOFF_MINUTE, 30 * BACKOFF_MINUTE,
	60 * BACKOFF_MINUTE, 120 * BACKOFF_MINUTE, 180 * BACKOFF_MINUTE };

#define BACKOFF_STEPS (sizeof(backoff_steps) / sizeof(backoff_steps[0]))

/* A tenth more or less. */
static int
backoff_jitter(int seconds)
{
	unsigned char octet = 128;
	int tenth = seconds / 10;

	if (getrandom(&octet, 1, GRND_NONBLOCK) < 0)
		octet = 128; /* then all come back together */
	return seconds - tenth + 2 * tenth * octet / 255;
}

static int
backoff_wait(unsigned tries, enum backoff_cause cause)
{
	size_t step = tries < BACKOFF_STEPS ? tries : BACKOFF_STEPS;

	if (cause == BACKOFF_IN_DOUBT)
		return BACKOFF_DOUBT_S;
	if (cause == BACKOFF_GREYLISTED && tries <= 1)
		return 5 * BACKOFF_MINUTE;
	return backoff_jitter(backoff_steps[step ? step - 1 : 0]);
}

void
backoff_count(
    struct entry_cells *c, time_t born_s, enum backoff_cause cause, time_t now)
{
	time_t since = now - (c->last_s ? c->last_s : born_s);

	if (since > BACKOFF_DAY)
		since = BACKOFF_DAY;
	if (since > 0)
		c->waited_s += since;
	c->last_s = now;
	c->deaths = 0;
	if (c->tries < ENTRY_TRIES_MAX)
		c->tries++;
	c->next_s = now + backoff_wait(c->tries, cause);
}

bool
backoff_is_due(const struct entry_cells *c, time_t now)
{
	return c->next_s <= now || c->next_s > now + BACKOFF_MAX_S;
}

bool
backoff_is_expired(
    const struct entry_cells *c, bool is_null_sender, int64_t expiry_s)
{
	if (!expiry_s)
		expiry_s =
		    is_null_sender ? BACKOFF_EXPIRY_NULL_S : BACKOFF_EXPIRY_S;
	return c->waited_s >= expiry_s && c->tries >= BACKOFF_EXPIRY_TRIES;
}

bool
backoff_is_late(const struct entry_cells *c)
{
	return !c->is_delay_told && c->waited_s >= BACKOFF_LATE_S;
}
