/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/rehearse.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/connection.h"
#include "deliver/fit.h"
#include "deliver/tls_setup.h"

/* Octets of one command, and of what is said back to a flight of them. */
#define REHEARSE_LINE_MAX (256 * 1024)
#define REHEARSE_REPLY_MAX (8 * 1024 * 1024)

/* What comes next from us. */
enum rehearse_state {
	REHEARSE_COMMANDS,
	REHEARSE_DATA,
	REHEARSE_CHUNK,
};

struct rehearsal {
	struct stream stream; /* at the bottom: nothing is below */
	const struct audience *to;
	const char *extensions; /* lines of the reply to EHLO */
	bool is_lmtp;
	bool is_open; /* MAIL was seen: the audience listens */
	enum rehearse_state state;
	size_t accepted;  /* recipients: an LMTP server answers for each */
	bool is_last;     /* the chunk */
	size_t left;      /* octets of it */
	unsigned matched; /* octets of the message's end, for DATA */
	struct buf line;  /* a command that was begun */
	struct buf reply; /* what has not been read yet */
};

static const char rehearse_end[] = "\r\n.\r\n";
#define REHEARSE_END_LEN 5

/* --- the server ----------------------------------------------------------- */

static void
rehearse_say(struct rehearsal *r, const char *reply)
{
	(void)buf_add_str(&r->reply, reply); /* checked by rehearse_write() */
}

static void
rehearse_say_done(struct rehearsal *r)
{
	size_t count = r->is_lmtp ? r->accepted : 1;

	for (size_t i = 0; i < count; i++)
		rehearse_say(r, "250 2.0.0 ok\r\n");
	r->accepted = 0;
}

static bool
rehearse_is(const struct rehearsal *r, const char *verb)
{
	return text_has_caseprefix(buf_str(&r->line), verb);
}

static void
rehearse_begin_chunk(struct rehearsal *r)
{
	char *end;

	r->left = strtoul(buf_str(&r->line) + strlen("BDAT "), &end, 10);
	r->is_last = text_caseeq(end, " LAST");
	r->state = REHEARSE_CHUNK;
}

static int
rehearse_answer(struct rehearsal *r, struct error *err)
{
	if (rehearse_is(r, "EHLO ") || rehearse_is(r, "LHLO ")) {
		rehearse_say(r, r->extensions);
		return 0;
	}
	r->is_open = r->is_open || rehearse_is(r, "MAIL ");
	if (r->is_open &&
	    r->to->command(r->to->ctx, buf_str(&r->line), r->line.len, err) < 0)
		return -1;
	if (rehearse_is(r, "BDAT ")) {
		rehearse_begin_chunk(r);
	} else if (text_caseeq(buf_str(&r->line), "DATA")) {
		r->state = REHEARSE_DATA;
		r->matched = 2;
		rehearse_say(r, "354 go on\r\n");
	} else {
		r->accepted += rehearse_is(r, "RCPT ");
		rehearse_say(r, "250 2.0.0 ok\r\n");
	}
	return 0;
}

/* Each takes what it can of len octets and returns how many that were. */

static size_t
rehearse_line(struct rehearsal *r, const char *p, size_t len)
{
	const char *lf = memchr(p, '\n', len);
	size_t n = lf ? (size_t)(lf - p) + 1 : len;

	(void)buf_add(&r->line, p, n); /* checked by rehearse_write() */
	return n;
}

static size_t
rehearse_data(struct rehearsal *r, const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && r->matched < REHEARSE_END_LEN) {
		if (p[n] == rehearse_end[r->matched])
			r->matched++;
		else
			r->matched = p[n] == '\r';
		n++;
	}
	return n;
}

static int
rehearse_hear(
    struct rehearsal *r, const char *p, size_t *len, struct error *err)
{
	switch (r->state) {
	case REHEARSE_COMMANDS:
		*len = rehearse_line(r, p, *len);
		if (!r->line.len || r->line.data[r->line.len - 1] != '\n')
			return 0;
		buf_truncate(&r->line, r->line.len - strlen("\r\n"));
		if (rehearse_answer(r, err) < 0)
			return -1;
		buf_reset(&r->line);
		return 0;
	case REHEARSE_DATA:
		*len = rehearse_data(r, p, *len);
		break;
	case REHEARSE_CHUNK:
		*len = *len < r->left ? *len : r->left;
		r->left -= *len;
		break;
	}
	if (r->to->message(r->to->ctx, p, *len, err) < 0)
		return -1;
	if (r->state == REHEARSE_DATA ? r->matched < REHEARSE_END_LEN : r->left)
		return 0;
	if (r->state == REHEARSE_DATA || r->is_last)
		rehearse_say_done(r);
	else
		rehearse_say(r, "250 2.0.0 ok\r\n");
	r->state = REHEARSE_COMMANDS;
	return 0;
}

/* --- as a stream ---------------------------------------------------------- */

static ssize_t
rehearse_read(struct stream *s, void *p, size_t len, struct error *err)
{
	struct rehearsal *r = (struct rehearsal *)s;
	size_t n = len < r->reply.len ? len : r->reply.len;

	(void)err;
	if (n)
		memcpy(p, r->reply.data, n);
	buf_consume(&r->reply, n);
	return (ssize_t)n;
}

static int
rehearse_write(struct stream *s, const void *p, size_t len, struct error *err)
{
	struct rehearsal *r = (struct rehearsal *)s;
	const char *at = p;

	while (len) {
		size_t n = len;

		if (rehearse_hear(r, at, &n, err) < 0)
			return -1;
		at += n;
		len -= n;
	}
	if (r->line.is_full || r->reply.is_full)
		return err_set(err, ERR_SOFTWARE, _("a command is too long"));
	return 0;
}

static void
rehearse_free(struct stream *s)
{
	struct rehearsal *r = (struct rehearsal *)s;

	buf_release(&r->line);
	buf_release(&r->reply);
	free(r);
}

static const struct stream_ops rehearse_ops = { "rehearsal", rehearse_read,
	rehearse_write, rehearse_free };

/* --- the extensions ------------------------------------------------------- */

static int
rehearse_unknown(const char *word, struct error *err)
{
	AUTO(buf) struct buf known = BUF_INIT(1024);
	auto_free char *shown = text_escaped(word);
	enum smtp_ext bit;

	for (size_t i = 0; smtp_ext_name(i, &bit); i++)
		(void)buf_printf(
		    &known, "%s%s", i ? " " : "", smtp_ext_name(i, &bit));
	(void)err_set(
	    err, ERR_USAGE, _("%s is no extension that is known here"), shown);
	return err_hint(err, _("Write some of %s."), buf_str(&known));
}

/* One "KEYWORD" or "KEYWORD=PARAMETER" of the list. */
static int
rehearse_add_word(struct buf *out, char *word, struct error *err)
{
	char *param = strchr(word, '=');
	enum smtp_ext bit;

	if (param)
		*param++ = '\0';
	if (param && text_has_control(param, strlen(param)))
		return rehearse_unknown(param, err);
	for (size_t i = 0; smtp_ext_name(i, &bit); i++)
		if (text_caseeq(smtp_ext_name(i, &bit), word)) {
			(void)buf_printf(out, "250-%s%s%s\r\n", word,
			    param ? " " : "", param ? param : "");
			return 0;
		}
	return rehearse_unknown(word, err);
}

static int
rehearse_add_words(struct buf *out, const char *list, struct error *err)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		auto_free char *word = xmemdupz(list, len);

		if (*text_trim(word) &&
		    rehearse_add_word(out, text_trim(word), err) < 0)
			return -1;
		list += len;
		list += *list == ',';
	}
	return 0;
}

/* All that change what is said; LIMITS would only with numbers. */
static void
rehearse_add_all(struct buf *out)
{
	enum smtp_ext bit;

	for (size_t i = 0; smtp_ext_name(i, &bit); i++) {
		if (bit == SMTP_EXT_STARTTLS || bit == SMTP_EXT_LIMITS)
			continue;
		(void)buf_printf(out, "250-%s%s\r\n", smtp_ext_name(i, &bit),
		    bit == SMTP_EXT_AUTH ? " PLAIN" : "");
	}
}

/* --- the rehearsal -------------------------------------------------------- */

static struct stream *
rehearse_new(const struct audience *to, const char *extensions, bool is_lmtp)
{
	struct rehearsal *r = xcalloc(1, sizeof(*r));

	r->stream =
	    (struct stream){ .ops = &rehearse_ops, .deadline = DEADLINE_NONE };
	r->to = to;
	r->extensions = extensions;
	r->is_lmtp = is_lmtp;
	buf_init(&r->line, REHEARSE_LINE_MAX);
	buf_init(&r->reply, REHEARSE_REPLY_MAX);
	rehearse_say(r, "220 rehearsal\r\n");
	return &r->stream;
}

static int
rehearse_session(struct job *j, struct stream **io, struct error *err)
{
	AUTO(message) struct message fitted;
	struct message *m = &j->message;
	struct smtp *s = smtp_new(io, 0);
	auto_free char *remark = NULL;
	int rc = -1;

	message_init(&fitted);
	connection_settings(s, j->account);
	if (smtp_greet(s, err) == 0 &&
	    smtp_hello(s, "localhost", true, err) == 0 &&
	    fit_message(
		&m, j->account, smtp_extensions(s), &fitted, &remark, err) == 0)
		rc = smtp_transact(s, &j->envelope, m, err);
	smtp_free(s);
	return rc;
}

int
rehearse(struct job *j, const char *extensions, const struct audience *to,
    struct error *err)
{
	AUTO(buf) struct buf lines = BUF_INIT(64 * 1024);
	struct stream *io;
	int rc;

	(void)buf_add_str(&lines, "250-rehearsal\r\n");
	if (tls_setup_check(j->account, err) < 0 ||
	    (extensions && rehearse_add_words(&lines, extensions, err) < 0))
		return -1;
	if (!extensions)
		rehearse_add_all(&lines);
	if (buf_add_str(&lines, "250 HELP\r\n") < 0)
		return err_set(err, ERR_USAGE, _("too many extensions"));
	io = rehearse_new(
	    to, buf_str(&lines), j->account->protocol == PROTOCOL_LMTP);
	rc = rehearse_session(j, &io, err);
	stream_free(io);
	return rc;
}
