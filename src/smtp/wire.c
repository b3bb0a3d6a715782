/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/wire.h"

#include <assert.h>
#include <string.h>

#include "base/i18n.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "smtp/parse.h"

void
wire_enter(struct smtp *s, enum smtp_phase phase)
{
	int64_t timeout_s = phase_table[phase].timeout_s;

	if (s->timeout_s > 0 && s->timeout_s < timeout_s)
		timeout_s = s->timeout_s;
	s->phase = phase;
	stream_set_deadline(
	    *s->io, deadline_min(deadline_in(timeout_s), s->stop_at));
}

bool
wire_is_full(const struct smtp *s)
{
	return s->count >= WIRE_OWED_MAX - 1 || s->octets >= WIRE_OCTETS_MAX;
}

/* The session is over.  A failure of the connection is told together with
 * what we were at. */
static int
wire_over(struct smtp *s, struct error *err)
{
	s->may_quit = false;
	if (err->kind == ERR_TIMEOUT || err->kind == ERR_LOST)
		xreplace(&err->text, xasprintf(_("%s while %s"), err->text,
					 _(phase_table[s->phase].waiting)));
	return -1;
}

static void
wire_owe(struct smtp *s, struct smtp_owed owed)
{
	assert(s->count < WIRE_OWED_MAX);
	s->owed[(s->first + s->count++) % WIRE_OWED_MAX] = owed;
	s->octets += owed.octets;
}

static int
wire_take_back(struct smtp *s, size_t start)
{
	buf_truncate(&s->out, start);
	s->out.is_full = false;
	return -1;
}

int
wire_end(struct smtp *s, size_t start, struct smtp_owed owed, struct error *err)
{
	size_t len = s->out.len - start;

	if (s->out.is_full || len > WIRE_COMMAND_MAX) {
		(void)err_set(err, ERR_SOFTWARE,
		    _("the command %s is too long"),
		    phase_table[owed.phase].name);
		return wire_take_back(s, start);
	}
	if (text_has_control(s->out.data + start, len)) {
		(void)err_set(err, ERR_SOFTWARE,
		    _("a control character in the command %s"),
		    phase_table[owed.phase].name);
		return wire_take_back(s, start);
	}
	(void)buf_add_str(&s->out, "\r\n"); /* its ceiling has room for it */
	owed.octets = len + 2;
	wire_owe(s, owed);
	return 0;
}

static int wire_vadd(struct smtp *s, struct smtp_owed owed, struct error *err,
    const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static int
wire_vadd(struct smtp *s, struct smtp_owed owed, struct error *err,
    const char *fmt, va_list ap)
{
	size_t start = s->out.len;

	(void)buf_vprintf(&s->out, fmt, ap); /* is_full is looked at */
	return wire_end(s, start, owed, err);
}

int
wire_add(struct smtp *s, struct smtp_owed owed, struct error *err,
    const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = wire_vadd(s, owed, err, fmt, ap);
	va_end(ap);
	return rc;
}

void
wire_add_octets(struct smtp *s, const char *p, size_t len)
{
	size_t last = (s->first + s->count - 1) % WIRE_OWED_MAX;

	(void)buf_add(&s->out, p, len); /* its ceiling has room for it */
	s->owed[last].octets += len;
	s->octets += len;
}

int
wire_write(struct smtp *s, const char *p, size_t len, struct error *err)
{
	if (stream_write(*s->io, p, len, err) < 0)
		return wire_over(s, err);
	return 0;
}

int
wire_flush(struct smtp *s, struct error *err)
{
	int rc;

	if (!s->out.len)
		return 0;
	if (s->octets == s->out.len && lines_pending(&s->in)) {
		(void)err_set(
		    err, ERR_PROTOCOL, _("the server spoke out of turn"));
		return wire_over(s, err);
	}
	wire_enter(s, s->owed[s->first].phase);
	rc = wire_write(s, s->out.data, s->out.len, err);
	secret_wipe(s->out.data, s->out.len);
	buf_reset(&s->out);
	return rc;
}

/* One line of a reply; 1 when it was the last. */
static int
wire_line(struct smtp *s, struct parse *p, struct error *err)
{
	const char *line, *text;
	size_t len, text_len;
	int rc = lines_next(&s->in, &line, &len, err);

	if (rc == 0)
		return err_set(
		    err, ERR_LOST, _("the server closed the connection"));
	if (rc < 0)
		return rc;
	rc = parse_line(p, line, len, &text, &text_len, err);
	if (rc < 0)
		return rc;
	if ((s->phase == PHASE_EHLO || s->phase == PHASE_LHLO) &&
	    p->code == 250 && p->lines > 1 &&
	    ext_line(&s->ext, text, text_len, err) < 0)
		return -1;
	return rc;
}

/* 421 may come in place of any reply, and nothing comes behind it. */
static int
wire_closing(struct smtp *s, const struct reply *reply, struct error *err)
{
	s->may_quit = false;
	return err_set_reply(err, ERR_DEFERRED, reply,
	    _("the server closes the session for now"));
}

int
wire_read(struct smtp *s, enum smtp_phase phase, struct reply *reply,
    struct error *err)
{
	/* A challenge is one line that must not be cut. */
	AUTO(parse) struct parse p;
	int rc;

	parse_init(&p, phase == PHASE_AUTH ? PARSE_LINE_MAX : PARSE_TEXT_MAX);
	wire_enter(s, phase);
	do {
		rc = wire_line(s, &p, err);
	} while (rc == 0);
	if (rc < 0) {
		redact_error(&s->redact, err);
		return wire_over(s, err);
	}
	parse_take(&p, reply);
	/* What a mechanism is to read must stay as it is. */
	if (phase != PHASE_AUTH || (reply->code != 334 && reply->code != 235))
		redact_apply(&s->redact, reply->text, strlen(reply->text));
	return reply->code == 421 ? wire_closing(s, reply, err) : 0;
}

int
wire_next(struct smtp *s, struct smtp_owed *owed, struct reply *reply,
    struct error *err)
{
	assert(s->count);
	if (wire_flush(s, err) < 0)
		return -1;
	*owed = s->owed[s->first];
	s->first = (s->first + 1) % WIRE_OWED_MAX;
	s->count--;
	s->octets -= owed->octets;
	return wire_read(s, owed->phase, reply, err);
}

int
wire_ask(struct smtp *s, enum smtp_phase phase, struct reply *reply,
    struct error *err, const char *fmt, ...)
{
	struct smtp_owed owed = { .phase = phase };
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = wire_vadd(s, owed, err, fmt, ap);
	va_end(ap);
	return rc < 0 ? rc : wire_next(s, &owed, reply, err);
}
