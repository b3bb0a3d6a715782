/* SPDX-License-Identifier: ISC */
/* One mail transaction (RFC 5321 3.3, 4.1.1.2 to 4.1.1.4; RFC 2920). */
#include "config.h"

#include "smtp/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "mail/addr.h"
#include "smtp/body.h"
#include "smtp/wire.h"

/* The body's deadline as a whole: at least so long, or so slow. */
#define TRANSACT_BODY_MIN_S (30 * 60)
#define TRANSACT_BODY_RATE 1024 /* octets in a second */

struct transact {
	struct smtp *s;
	struct envelope *env;
	const struct message *m;
	bool *is_accepted; /* by recipient */
	size_t accepted;   /* how many */
	struct error mail; /* why MAIL was refused */
	struct error data; /* why DATA was refused */
	bool is_data_open; /* 354: the server waits for a message */
};

static void
transact_release(struct transact *t)
{
	free(t->is_accepted);
	error_release(&t->mail);
	error_release(&t->data);
}
AUTO_DEFINE(transact);

static void
transact_rule_rcpt(struct rcpt *rcpt, const struct error *why)
{
	err_copy(&rcpt->why, why);
	rcpt->fate = err_fate(why);
}

/* --- what can be known before anything is said ---------------------------- */

/* Whether addr can go to this server as it is; looked at once more just
 * before it is written, wherever it came from. */
static int
transact_check_address(const char *addr, bool allow_null, struct error *err)
{
	size_t len = strlen(addr);

	if (addr_validate(addr, len, allow_null, _("the envelope"), err) < 0)
		return -1;
	if (text_is_ascii(addr, len))
		return 0;
	return err_set(err, ERR_ADDRESS,
	    _("the server does not support internationalized addresses: %s"),
	    addr);
}

/* RFC 1870: what is too big for the server is not offered to it. */
static int
transact_check_size(const struct transact *t, struct error *err)
{
	uint64_t size = message_wire_size(t->m);
	uint64_t max;

	if (!smtp_size_max(t->s, &max) || size <= max)
		return 0;
	(void)err_set(
	    err, ERR_TOO_BIG, _("the message is too big for the server"));
	return err_detail(err, "%" PRIu64 " octets, SIZE %" PRIu64, size, max);
}

static int
transact_check(struct transact *t, struct error *err)
{
	if (transact_check_address(t->env->from, true, err) < 0)
		return -1;
	for (size_t i = 0; i < t->env->count; i++) {
		AUTO(error) struct error why = ERROR_INIT;
		struct rcpt *rcpt = &t->env->rcpts[i];

		if (rcpt->fate == FATE_PENDING &&
		    transact_check_address(rcpt->addr, false, &why) < 0)
			transact_rule_rcpt(rcpt, &why);
	}
	return transact_check_size(t, err);
}

/* --- replies -------------------------------------------------------------- */

/* Keeps a refusal as the reason in *why; -1 with err where the reply was none
 * for this command: what comes next cannot be told then. */
static int
transact_judge(enum smtp_phase phase, const struct reply *reply,
    const char *arg, struct error *why, struct error *err)
{
	if (phase_judge(phase, reply, arg, why) == 0 ||
	    why->kind != ERR_PROTOCOL)
		return 0;
	err_copy(err, why);
	return -1;
}

static int
transact_rule(struct transact *t, const struct smtp_owed *owed,
    const struct reply *reply, struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;
	struct rcpt *rcpt = &t->env->rcpts[owed->index];

	switch (owed->phase) {
	case PHASE_MAIL:
		return transact_judge(
		    PHASE_MAIL, reply, t->env->from, &t->mail, err);
	case PHASE_RCPT:
		if (transact_judge(PHASE_RCPT, reply, rcpt->addr, &why, err) <
		    0)
			return -1;
		t->is_accepted[owed->index] = !why.kind;
		t->accepted += !why.kind;
		/* 503 because MAIL was refused is no verdict of its own */
		if (why.kind && !t->mail.kind)
			transact_rule_rcpt(rcpt, &why);
		return 0;
	case PHASE_DATA:
		t->is_data_open = reply->code == 354;
		return transact_judge(PHASE_DATA, reply, NULL, &t->data, err);
	default: /* RSET */
		return phase_judge(owed->phase, reply, NULL, err);
	}
}

/* Collects and rules replies until at most `left` are owed. */
static int
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

/* --- the envelope --------------------------------------------------------- */

/* Behind each command: waits where the server does not pipeline, and makes
 * room where much is under way. */
static int
transact_pace(struct transact *t, struct error *err)
{
	if (!(t->s->ext.offered & SMTP_EXT_PIPELINING))
		return transact_collect(t, 0, err);
	if (wire_is_full(t->s))
		return transact_collect(t, t->s->count / 2, err);
	return 0;
}

static int
transact_mail(struct transact *t, struct error *err)
{
	struct smtp *s = t->s;
	struct smtp_owed owed = { .phase = PHASE_MAIL };
	char size[40] = "";
	const char *body = "";

	if (s->ext.offered & SMTP_EXT_SIZE)
		(void)snprintf(size, sizeof(size), " SIZE=%" PRIu64,
		    message_wire_size(t->m)); /* cannot be cut: 20 digits */
	if ((s->ext.offered & SMTP_EXT_8BITMIME) && message_is_8bit(t->m))
		body = " BODY=8BITMIME";
	if (s->needs_reset &&
	    (wire_add(s, (struct smtp_owed){ .phase = PHASE_RSET }, err,
		 "RSET") < 0 ||
		transact_pace(t, err) < 0))
		return -1;
	s->needs_reset = true;
	if (wire_add(s, owed, err, "MAIL FROM:<%s>%s%s", t->env->from, size,
		body) < 0)
		return -1;
	return transact_pace(t, err);
}

/* MAIL RCPT* DATA, as one flight or step by step. */
static int
transact_envelope(struct transact *t, struct error *err)
{
	bool is_pipelined = t->s->ext.offered & SMTP_EXT_PIPELINING;

	if (transact_mail(t, err) < 0)
		return -1;
	for (size_t i = 0; i < t->env->count && !t->mail.kind; i++) {
		const struct rcpt *rcpt = &t->env->rcpts[i];
		struct smtp_owed owed = { .phase = PHASE_RCPT, .index = i };

		if (rcpt->fate != FATE_PENDING)
			continue;
		if (wire_add(t->s, owed, err, "RCPT TO:<%s>", rcpt->addr) < 0 ||
		    transact_pace(t, err) < 0)
			return -1;
	}
	if (t->mail.kind || (!is_pipelined && !t->accepted))
		return transact_collect(t, 0, err);
	if (wire_add(t->s, (struct smtp_owed){ .phase = PHASE_DATA }, err,
		"DATA") < 0)
		return -1;
	return transact_collect(t, 0, err);
}

/* --- the message ---------------------------------------------------------- */

static int
transact_write(void *ctx, const char *p, size_t len, struct error *err)
{
	struct transact *t = ctx;

	wire_enter(t->s, PHASE_BODY);
	return wire_write(t->s, p, len, err);
}

static int
transact_encode(struct transact *t, struct body *b, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(2 * HEADER_SIZE_MAX);
	AUTO(spool_reader)
	struct spool_reader r = { 0 };
	const char *p;
	size_t len;
	int rc;

	if (message_head(t->m, &head) < 0)
		return err_set(err, ERR_DATA, _("the header is too long"));
	if (body_add(b, buf_str(&head), head.len, err) < 0 ||
	    body_end_line(b, err) < 0 || body_add(b, "\n", 1, err) < 0)
		return -1;
	spool_reader_init(&r, &t->m->body, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		if (body_add(b, p, len, err) < 0)
			return -1;
	return rc < 0 ? -1 : body_end(b, err);
}

/* What the server has to say while it is our turn: a refusal is the verdict,
 * anything else leaves err as it was (SM-12). */
static void
transact_heed_refusal(struct transact *t, struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;
	AUTO(reply) struct reply reply = REPLY_INIT;

	t->s->timeout_s = 1; /* what it said is there already */
	if (wire_read(t->s, PHASE_DOT, &reply, &why) == 0)
		(void)phase_judge(PHASE_DOT, &reply, NULL, &why);
	if (why.reply.code && why.kind != ERR_PROTOCOL)
		err_move(err, &why);
}

/* Everything up to and with the final dot.  -1: it did not go out as a whole,
 * and the connection must go with it (SM-18). */
static int
transact_body(struct transact *t, struct error *err)
{
	AUTO(body) struct body b;
	int64_t slow_s =
	    (int64_t)(message_wire_size(t->m) / TRANSACT_BODY_RATE);
	int rc;

	body_init(&b, transact_write, t);
	if (lines_pending(&t->s->in)) {
		t->s->may_quit = false;
		(void)err_set(
		    err, ERR_PROTOCOL, _("the server spoke out of turn"));
		transact_heed_refusal(t, err);
		return -1;
	}
	t->s->stop_at = deadline_in(
	    slow_s > TRANSACT_BODY_MIN_S ? slow_s : TRANSACT_BODY_MIN_S);
	rc = transact_encode(t, &b, err);
	t->s->stop_at = DEADLINE_NONE;
	t->s->may_quit = t->s->may_quit && rc == 0;
	if (rc < 0 && err->kind == ERR_LOST)
		transact_heed_refusal(t, err);
	return rc;
}

/* Anything but a complete reply to the dot leaves open whether the message was
 * taken (RFC 1047); a 421 is such a reply. */
static int
transact_in_doubt(struct error *err)
{
	struct error why = ERROR_INIT;

	if (err->kind == ERR_DEFERRED)
		return -1;
	err_move(&why, err);
	(void)err_set(err, ERR_IN_DOUBT,
	    _("the server may have taken the mail, but did not say so: %s"),
	    why.text);
	if (why.detail)
		(void)err_detail(err, "%s", why.detail);
	(void)err_hint(err, _("Sending the mail again may deliver it twice."));
	err->reply = why.reply;
	why.reply = (struct reply)REPLY_INIT;
	error_release(&why);
	return -1;
}

/* The verdict for everyone the server accepted. */
static void
transact_settle(
    struct transact *t, const struct reply *reply, const struct error *why)
{
	for (size_t i = 0; i < t->env->count; i++) {
		struct rcpt *rcpt = &t->env->rcpts[i];

		if (!t->is_accepted[i] || rcpt->fate != FATE_PENDING)
			continue;
		if (why->kind) {
			transact_rule_rcpt(rcpt, why);
			continue;
		}
		rcpt->fate = FATE_SENT;
		error_release(&rcpt->why);
		reply_copy(&rcpt->why.reply, reply);
	}
}

/* The reply to the dot. */
static int
transact_finish(struct transact *t, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;
	AUTO(error) struct error why = ERROR_INIT;

	if (wire_read(t->s, PHASE_DOT, &reply, err) < 0 ||
	    transact_judge(PHASE_DOT, &reply, NULL, &why, err) < 0)
		return transact_in_doubt(err);
	t->s->needs_reset = false;
	transact_settle(t, &reply, &why);
	return 0;
}

/* Nobody was accepted, the server waits for a message all the same: it gets
 * an empty one (RFC 2920 3.1), and whatever it says to that is no delivery. */
static int
transact_empty(struct transact *t, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;

	if (transact_write(t, ".\r\n", 3, err) < 0 ||
	    wire_read(t->s, PHASE_DOT, &reply, err) < 0)
		return -1;
	t->s->needs_reset = false;
	return 0;
}

static int
transact_run(struct transact *t, struct error *err)
{
	if (transact_envelope(t, err) < 0)
		return -1;
	if (t->mail.kind)
		envelope_rule(t->env, &t->mail);
	if (t->is_data_open && (t->mail.kind || !t->accepted))
		return transact_empty(t, err);
	if (t->is_data_open)
		return transact_body(t, err) < 0 ? -1 : transact_finish(t, err);
	if (t->data.kind)
		transact_settle(t, NULL, &t->data);
	return 0;
}

static bool
transact_has_pending(const struct envelope *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].fate == FATE_PENDING)
			return true;
	return false;
}

int
smtp_transact(struct smtp *s, struct envelope *env, const struct message *m,
    struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;
	AUTO(transact)
	struct transact t = { .s = s, .env = env, .m = m };

	if (transact_check(&t, &why) < 0)
		envelope_rule(env, &why);
	if (!transact_has_pending(env))
		return 0;
	t.is_accepted = xcalloc(env->count, sizeof(*t.is_accepted));
	if (transact_run(&t, err) == 0)
		return 0;
	envelope_rule(env, err);
	return -1;
}
