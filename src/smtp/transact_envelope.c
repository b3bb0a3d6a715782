/* SPDX-License-Identifier: ISC */
/* The envelope of a transaction (RFC 5321 4.1.1.2, 4.1.1.3; RFC 2920). */
#include "config.h"

#include "smtp/transact.h"

#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "mail/addr.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/params.h"
#include "smtp/session.h"

/* Domains that are told apart where a server limits them (RFC 9422 4.3). */
#define ENVELOPE_DOMAINS_MAX 64

/* --- replies -------------------------------------------------------------- */

int
transact_judge(enum smtp_phase phase, const struct reply *reply,
    const char *arg, struct error *why, struct error *err)
{
	if (phase_judge(phase, reply, arg, why) == 0 ||
	    why->kind != ERR_PROTOCOL)
		return 0;
	err_copy(err, why);
	return -1;
}

/* RFC 5321 4.5.3.1.10: so many recipients and no more, said with either code.
 * What speaks of the address or the mailbox (RFC 3463 3.2, 3.3) is a verdict
 * on that one alone. */
static bool
transact_is_too_many(const struct transact *t, const struct reply *reply)
{
	return (reply->code == 452 || reply->code == 552) && t->accepted &&
	       reply->esc[1] != 1 && reply->esc[1] != 2;
}

static int
transact_rule_named(
    struct transact *t, size_t i, const struct reply *reply, struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;
	struct rcpt *rcpt = &t->env->rcpts[i];

	if (transact_judge(PHASE_RCPT, reply, rcpt->addr, &why, err) < 0)
		return -1;
	if (!why.kind) {
		t->state[i] = TRANSACT_ACCEPTED;
		t->accepted++;
		t->fit = 0;
	} else if (transact_is_too_many(t, reply)) {
		t->state[i] = TRANSACT_PUT_OFF;
		if (!t->put_off++)
			t->fit = t->accepted;
	} else if (!t->mail.kind) {
		/* 503 because MAIL was refused is no verdict of its own */
		transact_rule_rcpt(rcpt, &why);
	}
	return 0;
}

static int
transact_rule(struct transact *t, const struct smtp_owed *owed,
    const struct reply *reply, struct error *err)
{
	switch (owed->phase) {
	case PHASE_MAIL:
		return transact_judge(
		    PHASE_MAIL, reply, t->env->from, &t->mail, err);
	case PHASE_RCPT:
		return transact_rule_named(t, owed->index, reply, err);
	case PHASE_DATA:
		t->is_data_open = reply->code == 354;
		return transact_judge(PHASE_DATA, reply, NULL, &t->data, err);
	case PHASE_BDAT:
		if (t->data.kind)
			return 0; /* the first refusal is the reason */
		return transact_judge(PHASE_BDAT, reply, NULL, &t->data, err);
	default: /* RSET */
		return phase_judge(owed->phase, reply, NULL, err);
	}
}

int
transact_collect(struct transact *t, size_t left, struct error *err)
{
	while (t->s->count > left) {
		AUTO(reply) struct reply reply = REPLY_INIT;
		struct smtp_owed owed;

		if (wire_next(t->s, &owed, &reply, err) < 0 ||
		    transact_rule(t, &owed, &reply, err) < 0)
			return -1;
	}
	return 0;
}

/* --- who ------------------------------------------------------------------ */

/* The domains that were named. */
struct envelope_domains {
	const char *names[ENVELOPE_DOMAINS_MAX];
	size_t count, max; /* max 0: no limit */
};

/* Whether addr may be named beside the others. */
static bool
envelope_domains_add(struct envelope_domains *d, const char *addr)
{
	const char *domain = addr_domain(addr);

	if (!d->max || !domain)
		return true;
	for (size_t i = 0; i < d->count; i++)
		if (text_caseeq(d->names[i], domain))
			return true;
	if (d->count == d->max)
		return false;
	d->names[d->count++] = domain;
	return true;
}

static void
envelope_domains_init(struct envelope_domains *d, const struct ext *e)
{
	*d = (struct envelope_domains){ .max = e->rcpt_domain_max };
	if (d->max > ENVELOPE_DOMAINS_MAX)
		d->max = ENVELOPE_DOMAINS_MAX;
}

/* --- commands ------------------------------------------------------------- */

/* Behind each command: waits where the server does not pipeline, and makes
 * room where much is under way. */
static int
transact_pace(struct transact *t, struct error *err)
{
	if (t->is_ahead)
		return 0; /* there is room, and the replies are another's */
	if (!transact_has(t, SMTP_EXT_PIPELINING))
		return transact_collect(t, 0, err);
	if (wire_is_full(t->s))
		return transact_collect(t, t->s->count / 2, err);
	return 0;
}

/* Begins a command: it waits for parameters and wire_end(). */
static int
transact_name(
    struct transact *t, const char *verb, const char *addr, struct error *err)
{
	struct buf *out = &t->s->out;
	size_t start = out->len;

	/* wire_end() sees whether it is full */
	(void)buf_add_str(out, verb);
	(void)buf_add_char(out, '<');
	if (params_address(out, addr, t->is_utf8, err) < 0) {
		buf_truncate(out, start);
		return -1;
	}
	(void)buf_add_char(out, '>');
	return 0;
}

static int
transact_mail(struct transact *t, struct error *err)
{
	struct smtp *s = t->s;
	struct smtp_owed owed = { .phase = PHASE_MAIL };
	size_t start;

	if (s->needs_reset &&
	    (wire_add(s, (struct smtp_owed){ .phase = PHASE_RSET }, err,
		 "RSET") < 0 ||
		transact_pace(t, err) < 0))
		return -1;
	s->needs_reset = true;
	s->mails++;
	start = s->out.len;
	if (transact_name(t, "MAIL FROM:", t->env->from, err) < 0)
		return -1;
	params_mail(&s->out, t);
	if (wire_end(s, start, owed, err) < 0)
		return -1;
	return transact_pace(t, err);
}

static int
transact_rcpt(struct transact *t, size_t i, struct error *err)
{
	const struct rcpt *rcpt = &t->env->rcpts[i];
	struct smtp_owed owed = { .phase = PHASE_RCPT, .index = i };
	size_t start = t->s->out.len;

	if (transact_name(t, "RCPT TO:", rcpt->addr, err) < 0)
		return -1;
	params_rcpt(&t->s->out, t, rcpt);
	if (wire_end(t->s, start, owed, err) < 0)
		return -1;
	t->state[i] = TRANSACT_NAMED;
	t->named++;
	return transact_pace(t, err);
}

/* As many as the server takes at once. */
static int
transact_rcpts(struct transact *t, struct error *err)
{
	struct envelope_domains domains;
	size_t max = t->s->rcpt_max;

	envelope_domains_init(&domains, &t->s->ext);
	for (size_t i = t->first; i < t->env->count && !t->mail.kind; i++) {
		const struct rcpt *rcpt = &t->env->rcpts[i];

		if (rcpt->fate != FATE_PENDING)
			continue;
		if (max && t->named == max)
			break;
		if (envelope_domains_add(&domains, rcpt->addr) &&
		    transact_rcpt(t, i, err) < 0)
			return -1;
	}
	return 0;
}

/* `BDAT n LAST` and the message, behind the envelope in one write. */
static int
transact_flight(struct transact *t, struct error *err)
{
	AUTO(buf) struct buf message = BUF_INIT(TRANSACT_FLIGHT_MAX);
	struct smtp_owed owed = { .phase = PHASE_DOT };

	if (t->s->count > TRANSACT_FLIGHT_OWED &&
	    transact_collect(t, TRANSACT_FLIGHT_OWED / 2, err) < 0)
		return -1;
	if (t->mail.kind || (!t->accepted && !t->s->count))
		return transact_collect(t, 0, err);
	if (transact_encode_whole(t, &message, err) < 0 ||
	    transact_commit(t, err) < 0 ||
	    wire_add(t->s, owed, err, "BDAT %zu LAST", message.len) < 0)
		return -1;
	wire_add_octets(t->s, buf_str(&message), message.len);
	if (wire_flush(t->s, err) < 0) {
		if (err->kind == ERR_LOST)
			transact_heed_refusal(t, err);
		return -1;
	}
	t->is_out = true;
	return transact_collect(t, 1, err);
}

int
transact_name_all(struct transact *t, struct error *err)
{
	return transact_mail(t, err) < 0 || transact_rcpts(t, err) < 0 ? -1 : 0;
}

int
transact_envelope(struct transact *t, struct error *err)
{
	if (transact_name_all(t, err) < 0)
		return -1;
	if (t->mail.kind || t->way == TRANSACT_CHUNKS ||
	    (!transact_has(t, SMTP_EXT_PIPELINING) && !t->accepted))
		return transact_collect(t, 0, err);
	if (t->way == TRANSACT_FLIGHT)
		return transact_flight(t, err);
	if (wire_add(t->s, (struct smtp_owed){ .phase = PHASE_DATA }, err,
		"DATA") < 0)
		return -1;
	return transact_collect(t, 0, err);
}
