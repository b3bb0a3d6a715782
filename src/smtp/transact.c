/* SPDX-License-Identifier: ISC */
/* One mail, in as many transactions as it takes (RFC 5321 3.3). */
#include "config.h"

#include "smtp/transact.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/xalloc.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/session.h"

static void
transact_end(struct transact *t)
{
	if (t->is_committed)
		stop_let_go();
	t->is_committed = false;
}

void
transact_release(struct transact *t)
{
	if (!t)
		return;
	transact_end(t);
	free(t->state);
	error_release(&t->mail);
	error_release(&t->data);
	error_release(&t->lost);
}

bool
transact_has(const struct transact *t, unsigned ext)
{
	return (t->s->ext.offered & ext) != 0;
}

int
transact_commit(struct transact *t, struct error *err)
{
	if (stop_signal())
		return err_set(err, ERR_TIMEOUT,
		    _("the program was told to stop before the mail was out"));
	if (t->s->commit && t->s->commit(t->s->commit_ctx, err) < 0)
		return -1;
	if (!t->is_committed)
		stop_hold();
	t->is_committed = true;
	return 0;
}

void
transact_rule_rcpt(struct rcpt *rcpt, const struct error *why)
{
	err_copy(&rcpt->why, why);
	rcpt->fate = err_fate(why);
}

static void
transact_sent(struct rcpt *rcpt, const struct reply *reply)
{
	rcpt->fate = FATE_SENT;
	error_release(&rcpt->why);
	reply_copy(&rcpt->why.reply, reply);
}

/* Whether the recipient is one whom the message may have reached. */
static bool
transact_is_in_it(const struct transact *t, size_t i)
{
	return t->env->rcpts[i].fate == FATE_PENDING &&
	       (t->state[i] == TRANSACT_NAMED ||
		   t->state[i] == TRANSACT_ACCEPTED);
}

static bool
transact_anybody_in_it(const struct transact *t)
{
	for (size_t i = t->first; i < t->env->count; i++)
		if (transact_is_in_it(t, i))
			return true;
	return false;
}

/* --- the end of the message ----------------------------------------------- */

/* Anything but a complete reply to the end of the message leaves open whether
 * it was taken (RFC 1047); a 421 is such a reply.  Those who were not named in
 * this transaction have nothing to do with it. */
int
transact_in_doubt(struct transact *t, struct error *err)
{
	if (err->kind == ERR_DEFERRED || !transact_anybody_in_it(t))
		return -1;
	err_move(&t->lost, err);
	(void)err_set(err, ERR_IN_DOUBT,
	    _("the server may have taken the mail, but did not say so: %s"),
	    t->lost.text);
	if (t->lost.detail)
		(void)err_detail(err, "%s", t->lost.detail);
	(void)err_hint(err, _("Sending the mail again may deliver it twice."));
	reply_copy(&err->reply, &t->lost.reply);
	for (size_t i = t->first; i < t->env->count; i++)
		if (transact_is_in_it(t, i))
			transact_rule_rcpt(&t->env->rcpts[i], err);
	return -1;
}

/* The verdict for everyone the server accepted.  A message that it does not
 * want is not offered again for those who are left. */
static void
transact_settle(
    struct transact *t, const struct reply *reply, const struct error *why)
{
	if (why->kind) {
		envelope_rule(t->env, why);
		return;
	}
	for (size_t i = t->first; i < t->env->count; i++)
		if (t->state[i] == TRANSACT_ACCEPTED &&
		    t->env->rcpts[i].fate == FATE_PENDING)
			transact_sent(&t->env->rcpts[i], reply);
}

/* The next reply to the message; that to BDAT was owed from the start. */
static int
transact_final(struct transact *t, struct reply *reply, struct error *err)
{
	struct smtp_owed owed;

	return t->s->count ? wire_next(t->s, &owed, reply, err)
			   : wire_read(t->s, PHASE_DOT, reply, err);
}

/* LMTP: a reply for each recipient who was accepted, in their order (RFC 2033
 * 4.2). */
static int
transact_finish_each(struct transact *t, struct error *err)
{
	for (size_t i = t->first; i < t->env->count; i++) {
		AUTO(reply) struct reply reply = REPLY_INIT;
		AUTO(error) struct error why = ERROR_INIT;

		if (t->state[i] != TRANSACT_ACCEPTED)
			continue;
		if (transact_final(t, &reply, err) < 0 ||
		    transact_judge(PHASE_DOT, &reply, NULL, &why, err) < 0)
			return transact_in_doubt(t, err);
		if (t->env->rcpts[i].fate != FATE_PENDING)
			continue; /* a chunk was refused before */
		if (why.kind)
			transact_rule_rcpt(&t->env->rcpts[i], &why);
		else
			transact_sent(&t->env->rcpts[i], &reply);
	}
	t->s->needs_reset = t->data.kind;
	return 0;
}

static int
transact_verdicts(struct transact *t, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;
	AUTO(error) struct error why = ERROR_INIT;

	if (transact_collect(t, t->behind + 1, err) < 0)
		return transact_in_doubt(t, err);
	/* a chunk before the last was refused, and the message with it */
	if (t->data.kind)
		transact_settle(t, NULL, &t->data);
	if (t->s->is_lmtp && t->accepted)
		return transact_finish_each(t, err);
	if (transact_final(t, &reply, err) < 0 ||
	    transact_judge(PHASE_DOT, &reply, NULL, &why, err) < 0)
		return transact_in_doubt(t, err);
	/* after a dot it is over whatever was said; a chunk that was refused
	 * leaves the envelope standing */
	t->s->needs_reset = t->way != TRANSACT_DATA && why.kind;
	if (t->accepted)
		transact_settle(t, &reply, &why);
	return 0;
}

/* Whether there was a reply too many: in one flight each stands where the one
 * before it should be, and which of them was that to the message cannot be told
 * (RP-07).  A 421 may come by itself. */
static bool
transact_is_misheard(const struct transact *t)
{
	const struct lines *in = &t->s->in;
	size_t len = in->held.len - in->given;

	return t->way == TRANSACT_FLIGHT && !t->s->count && lines_pending(in) &&
	       memcmp(in->held.data + in->given, "421", len < 3 ? len : 3) != 0;
}

int
transact_finish(struct transact *t, struct error *err)
{
	if (transact_verdicts(t, err) < 0)
		return -1;
	if (!transact_is_misheard(t))
		return 0;
	t->s->may_quit = false;
	for (size_t i = t->first; i < t->env->count; i++)
		if (t->state[i] != TRANSACT_OUTSIDE) {
			t->env->rcpts[i].fate = FATE_PENDING;
			t->state[i] = TRANSACT_NAMED;
		}
	(void)err_set(err, ERR_PROTOCOL, _("the server spoke out of turn"));
	return transact_in_doubt(t, err);
}

/* Nobody was accepted, the server waits for a message all the same: it gets
 * an empty one (RFC 2920 3.1), and whatever it says to that is no delivery. */
static int
transact_empty(struct transact *t, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;

	wire_enter(t->s, PHASE_BODY);
	if (wire_write(t->s, ".\r\n", 3, err) < 0 ||
	    wire_read(t->s, PHASE_DOT, &reply, err) < 0)
		return -1;
	t->s->needs_reset = false;
	return 0;
}

/* --- one transaction ------------------------------------------------------ */

static int
transact_message(struct transact *t, struct error *err)
{
	bool is_wanted = t->accepted && !t->mail.kind;

	if (t->is_data_open && !is_wanted)
		return transact_empty(t, err);
	if (t->is_data_open || (t->way == TRANSACT_CHUNKS && is_wanted)) {
		if (transact_body(t, err) < 0)
			return -1;
		if (t->is_out)
			return transact_finish(t, err);
	}
	/* DATA refused because nobody was accepted says nothing of those who
	 * were not named yet */
	if (t->data.kind && t->accepted)
		transact_settle(t, NULL, &t->data);
	return 0;
}

static int
transact_run(struct transact *t, struct error *err)
{
	int rc = transact_envelope(t, err);

	if (rc < 0)
		return t->is_out ? transact_in_doubt(t, err) : -1;
	if (t->mail.kind)
		envelope_rule(t->env, &t->mail);
	if (t->is_out)
		return transact_finish(t, err);
	return transact_message(t, err);
}

/* --- the mail ------------------------------------------------------------- */

static enum transact_way
transact_choose_way(const struct transact *t)
{
	if (t->s->chunking == SMTP_CHUNKING_OFF ||
	    !transact_has(t, SMTP_EXT_CHUNKING))
		return TRANSACT_DATA;
	if (t->size <= TRANSACT_FLIGHT_MAX)
		return TRANSACT_FLIGHT;
	return t->size <= TRANSACT_CHUNKS_MAX || t->m->is_binary ||
		       t->s->chunking == SMTP_CHUNKING_ON ||
		       !transact_has(t, SMTP_EXT_PIPELINING)
		   ? TRANSACT_CHUNKS
		   : TRANSACT_DATA;
}

/* Whether somebody is left, from t->first on. */
static bool
transact_is_wanted(struct transact *t)
{
	while (t->first < t->env->count &&
	       t->env->rcpts[t->first].fate != FATE_PENDING)
		t->first++;
	return t->first < t->env->count;
}

/* Before the next transaction for the same mail. */
static void
transact_reset(struct transact *t)
{
	if (t->fit && (!t->s->rcpt_max || t->fit < t->s->rcpt_max))
		t->s->rcpt_max = t->fit;
	transact_end(t);
	memset(t->state, TRANSACT_OUTSIDE, t->env->count);
	t->named = t->accepted = t->put_off = t->fit = 0;
	t->is_data_open = t->is_out = false;
	error_release(&t->data);
}

int
transact_init(struct transact *t, struct smtp *s, struct envelope *env,
    const struct message *m, struct error *err)
{
	*t = (struct transact){ .s = s, .env = env, .m = m };
	t->size = message_wire_size(m);
	t->is_8bit = message_is_8bit(m);
	t->way = transact_choose_way(t);
	t->state = xcalloc(env->count, sizeof(*t->state));
	return transact_check(t, err);
}

int
smtp_transact(struct smtp *s, struct envelope *env, const struct message *m,
    struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;
	AUTO(transact) struct transact t = { 0 };

	if (transact_init(&t, s, env, m, &why) < 0)
		envelope_rule(env, &why);
	while (transact_is_wanted(&t) && !smtp_is_spent(s)) {
		if (transact_run(&t, err) < 0) {
			envelope_rule(env, t.lost.kind ? &t.lost : err);
			return -1;
		}
		transact_reset(&t);
	}
	return 0;
}
