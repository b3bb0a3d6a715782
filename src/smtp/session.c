/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/session.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "smtp/parse.h"
#include "smtp/wire.h"

struct smtp *
smtp_new(struct stream **io, int64_t timeout_s)
{
	struct smtp *s = xcalloc(1, sizeof(*s));

	s->io = io;
	s->timeout_s = timeout_s;
	s->stop_at = DEADLINE_NONE;
	lines_init(&s->in, io, PARSE_LINE_MAX);
	buf_init(&s->out, WIRE_OCTETS_MAX + WIRE_COMMAND_MAX + 2);
	ext_init(&s->ext);
	return s;
}

void
smtp_free(struct smtp *s)
{
	if (!s)
		return;
	lines_release(&s->in);
	buf_release(&s->out);
	ext_release(&s->ext);
	redact_release(&s->redact);
	free(s->greeting);
	free(s->offers);
	free(s);
}

void
smtp_set_lmtp(struct smtp *s)
{
	s->is_lmtp = true;
}

void
smtp_set_commit(
    struct smtp *s, int (*commit)(void *ctx, struct error *err), void *ctx)
{
	s->commit = commit;
	s->commit_ctx = ctx;
}

void
smtp_set_chunking(struct smtp *s, enum smtp_chunking chunking)
{
	s->chunking = chunking;
}

bool
smtp_is_spent(const struct smtp *s)
{
	return s->ext.mail_max && s->mails >= s->ext.mail_max;
}

unsigned
smtp_extensions(const struct smtp *s)
{
	return s->ext.offered;
}

const char *
smtp_mechanisms(const struct smtp *s)
{
	return buf_str(&s->ext.mechs);
}

bool
smtp_size_max(const struct smtp *s, uint64_t *size)
{
	if (s->ext.has_size_max)
		*size = s->ext.size_max;
	return s->ext.has_size_max;
}

const char *
smtp_greeting(const struct smtp *s)
{
	return s->greeting ? s->greeting : "";
}

const char *
smtp_offers(const struct smtp *s)
{
	return s->offers ? s->offers : "";
}

struct redact *
smtp_redact(struct smtp *s)
{
	return &s->redact;
}

/* A server for implicit TLS waits for our first octet, or complains about what
 * it takes for one with an alert (ST-13). */
static int
session_hint_tls(struct smtp *s, struct error *err)
{
	const struct buf *held = &s->in.held;
	bool is_record = held->len >= 2 &&
			 (held->data[0] == 0x15 || held->data[0] == 0x16) &&
			 held->data[1] == 0x03;

	if (is_record || (err->kind == ERR_TIMEOUT && !held->len))
		(void)err_hint(err,
		    _("If this port wants TLS from the first octet on, set "
		      "tls on and tls_starttls off."));
	return -1;
}

/* RFC 5321 3.1 */
int
smtp_greet(struct smtp *s, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;

	if (wire_read(s, PHASE_GREETING, &reply, err) < 0)
		return session_hint_tls(s, err);
	/* No QUIT to a server that is none for us (ST-09). */
	if (phase_judge(PHASE_GREETING, &reply, NULL, err) < 0)
		return -1;
	s->may_quit = true;
	xreplace(&s->greeting, auto_take(reply.text));
	return 0;
}

/* What was offered is known now. */
static int
session_known(struct smtp *s)
{
	if (!(s->ext.offered & SMTP_EXT_8BITMIME))
		s->ext.offered &= ~(unsigned)SMTP_EXT_SMTPUTF8;
	s->rcpt_max = s->ext.rcpt_max;
	return 0;
}

/* RFC 5321 4.1.1.1 */
int
smtp_hello(
    struct smtp *s, const char *domain, bool need_ehlo, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;
	enum smtp_phase ehlo = s->is_lmtp ? PHASE_LHLO : PHASE_EHLO;

	if (!*domain || strpbrk(domain, " \t") ||
	    text_has_control(domain, strlen(domain)))
		return err_set(err, ERR_CONFIG,
		    _("%s cannot be used as the name in EHLO"), domain);
	ext_reset(&s->ext);
	s->may_quit = true;
	if (wire_ask(s, ehlo, &reply, err, "%s %s", phase_table[ehlo].name,
		domain) < 0)
		return -1;
	if (!reply_is_permanent(&reply) || need_ehlo || s->is_lmtp) {
		if (phase_judge(ehlo, &reply, NULL, err) < 0)
			return -1;
		xreplace(&s->offers, auto_take(reply.text));
		return session_known(s);
	}
	if (wire_ask(s, PHASE_HELO, &reply, err, "HELO %s", domain) < 0)
		return -1;
	return phase_judge(PHASE_HELO, &reply, NULL, err);
}

/* RFC 3207 4 */
int
smtp_starttls(struct smtp *s, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;

	if (!(s->ext.offered & SMTP_EXT_STARTTLS))
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server does not support TLS via the STARTTLS "
		      "command"));
	if (wire_ask(s, PHASE_STARTTLS, &reply, err, "STARTTLS") < 0 ||
	    phase_judge(PHASE_STARTTLS, &reply, NULL, err) < 0)
		return -1;
	/* Whatever stands behind the reply was not protected by the TLS that
	 * is to come (ST-03), and a line that ends otherwise than in CRLF may
	 * hide where the reply ends. */
	s->may_quit = false;
	ext_reset(&s->ext);
	if (lines_pending(&s->in) || s->in.is_bare)
		return err_set(err, ERR_PROTOCOL,
		    _("the server sent more than its reply to STARTTLS"));
	return 0;
}

/* RFC 1985 5 */
int
smtp_etrn(struct smtp *s, const char *node, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;

	if (!(s->ext.offered & SMTP_EXT_ETRN))
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server does not support %s"), "ETRN");
	if (!*node || strpbrk(node, " \t") ||
	    text_has_control(node, strlen(node)))
		return err_set(
		    err, ERR_DATA, _("%s is no argument for ETRN"), node);
	if (wire_ask(s, PHASE_ETRN, &reply, err, "ETRN %s", node) < 0)
		return -1;
	if (phase_judge(PHASE_ETRN, &reply, node, err) == 0)
		return 0;
	/* not now and not for this node: nothing a later try would change */
	if (reply.code == 458 || reply.code == 459)
		err->kind = ERR_UNSUPPORTED;
	else if (reply.code != 500 && reply.code != 501 &&
		 err->kind == phase_table[PHASE_ETRN].kind)
		err->kind = ERR_PROTOCOL; /* that was no answer to it */
	return -1;
}

void
smtp_quit(struct smtp *s)
{
	AUTO(error) struct error ignored = ERROR_INIT;

	/* Replies that are still owed would come first. */
	if (!s->may_quit || s->count)
		return;
	s->may_quit = false;
	wire_enter(s, PHASE_QUIT);
	/* What was to be known is known: nothing depends on it. */
	stream_end(*s->io);
	(void)wire_write(s, "QUIT\r\n", 6, &ignored);
}
