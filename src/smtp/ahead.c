/* SPDX-License-Identifier: ISC */
/* Several mails under way in one session: see smtp_begin(). */
#include "config.h"

#include "smtp/transact.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/session.h"

/* Octets that may stand in commands for one recipient. */
#define AHEAD_RCPT_SIZE 512

struct smtp_mail {
	struct transact t;
	size_t owed; /* its replies */
};

static size_t
ahead_pending(const struct envelope *env)
{
	size_t n = 0;

	for (size_t i = 0; i < env->count; i++)
		n += env->rcpts[i].fate == FATE_PENDING;
	return n;
}

/* Whether all of it fits behind what is under way, into buffers that a server
 * reads from before we read its replies. */
static bool
ahead_has_room(const struct transact *t)
{
	const struct smtp *s = t->s;
	size_t rcpts = ahead_pending(t->env);

	return s->count + rcpts + 3 <= TRANSACT_FLIGHT_OWED &&
	       s->octets + t->size + (rcpts + 2) * AHEAD_RCPT_SIZE <=
		   TRANSACT_FLIGHT_MAX;
}

bool
smtp_can_begin(const struct smtp *s)
{
	unsigned need = SMTP_EXT_PIPELINING | SMTP_EXT_CHUNKING;

	return (s->ext.offered & need) == need &&
	       s->chunking != SMTP_CHUNKING_OFF && !s->is_lmtp;
}

bool
smtp_is_answered(const struct smtp *s)
{
	return lines_pending(&s->in);
}

static bool
ahead_is_possible(const struct transact *t)
{
	const struct smtp *s = t->s;
	size_t rcpts = ahead_pending(t->env);

	return rcpts && t->way == TRANSACT_FLIGHT && !s->is_lmtp &&
	       transact_has(t, SMTP_EXT_PIPELINING) && !smtp_is_spent(s) &&
	       (!s->rcpt_max || rcpts <= s->rcpt_max) &&
	       !s->ext.rcpt_domain_max && ahead_has_room(t);
}

static int
ahead_write(struct smtp_mail *mail, const struct buf *octets, struct error *err)
{
	struct transact *t = &mail->t;
	struct smtp *s = t->s;
	struct smtp_owed owed = { .phase = PHASE_DOT };
	size_t before = s->count;

	t->is_ahead = true;
	/* whether the one before leaves something to be reset is not known */
	s->needs_reset |= before > 0;
	if (transact_name_all(t, err) < 0 ||
	    wire_add(s, owed, err, "BDAT %zu LAST", octets->len) < 0)
		return -1;
	wire_add_octets(s, buf_str(octets), octets->len);
	if (wire_flush(s, err) < 0)
		return -1;
	mail->owed = s->count - before;
	t->is_out = true;
	return 0;
}

static void
ahead_free(struct smtp_mail *mail)
{
	transact_release(&mail->t);
	free(mail);
}

int
smtp_begin(struct smtp *s, struct envelope *env, const struct message *m,
    struct smtp_mail **out, struct error *err)
{
	AUTO(buf) struct buf octets = BUF_INIT(TRANSACT_FLIGHT_MAX);
	AUTO(error) struct error why = ERROR_INIT;
	struct smtp_mail *mail = xcalloc(1, sizeof(*mail));
	struct transact *t = &mail->t;

	*out = NULL;
	if (transact_init(t, s, env, m, &why) < 0) {
		envelope_rule(env, &why);
	} else if (ahead_is_possible(t)) {
		if (transact_encode_whole(t, &octets, &why) < 0 ||
		    transact_commit(t, &why) < 0) {
			/* nothing of it was said */
			envelope_rule(env, &why);
		} else if (ahead_write(mail, &octets, err) < 0) {
			envelope_rule(env, err);
			ahead_free(mail);
			return -1;
		} else {
			*out = mail;
			return 1;
		}
	}
	ahead_free(mail);
	return 0;
}

int
smtp_end(struct smtp_mail *mail, struct error *err)
{
	struct transact *t = &mail->t;
	int rc;

	t->behind = t->s->count - mail->owed;
	rc = transact_finish(t, err);
	if (rc < 0)
		envelope_rule(t->env, t->lost.kind ? &t->lost : err);
	else if (t->mail.kind)
		envelope_rule(t->env, &t->mail);
	ahead_free(mail);
	return rc;
}

void
smtp_give_up(struct smtp_mail *mail, const struct error *why)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct transact *t = &mail->t;

	err_copy(&err, why);
	/* what was never answered may have been taken */
	if (why->kind != ERR_IN_DOUBT)
		(void)transact_in_doubt(t, &err);
	envelope_rule(t->env, &err);
	ahead_free(mail);
}
