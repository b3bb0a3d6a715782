/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "log/log.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "log/sinks.h"

typedef int log_sink(const struct log_sinks *sinks, enum log_level level,
    const char *line, struct error *err);

static const struct log_row {
	size_t field;     /* of struct log_sinks: a string, NULL when off */
	const char *name; /* for messages; NULL: the field's value */
	log_sink *write;
} log_table[] = {
	{ offsetof(struct log_sinks, file), NULL, log_to_file },
	{ offsetof(struct log_sinks, syslog), "syslog", log_to_syslog },
};

/* Octets of a line; past it the line is cut. */
#define LOG_LINE_MAX (4 * 1024 * 1024)

/* What could end a value, a line, or mislead a reader becomes '?'. */
static bool
log_is_plain(uint32_t cp, bool is_quoted)
{
	if (cp < 0x20 || cp == 0x7f || cp == '\'' || utf8_is_format(cp))
		return false;
	return is_quoted || cp != ' ';
}

static void
log_value(struct buf *out, const char *s, size_t len, bool is_quoted)
{
	while (len) {
		uint32_t cp;
		size_t n = utf8_decode(s, len, &cp);

		if (n && log_is_plain(cp, is_quoted))
			(void)buf_add(out, s, n);
		else
			(void)buf_add_char(out, '?');
		n = n ? n : 1;
		s += n;
		len -= n;
	}
}

/* "key=value "; nothing for NULL. */
static void
log_field(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	(void)buf_printf(out, "%s=", key);
	log_value(out, value, strlen(value), false);
	(void)buf_add_char(out, ' ');
}

/* The reply as it came: each line with its code, joined by a literal \n. */
static void
log_reply(struct buf *out, const struct reply *r)
{
	const char *line = r->text ? r->text : "";

	(void)buf_printf(out, "smtpstatus=%d smtpmsg='", r->code);
	for (;;) {
		size_t len = strcspn(line, "\n");
		bool is_last = line[len] == '\0';

		(void)buf_printf(out, "%d%c", r->code, is_last ? ' ' : '-');
		log_value(out, line, len, true);
		if (is_last)
			break;
		(void)buf_add_str(out, "\\n");
		line += len + 1;
	}
	(void)buf_add_str(out, "' ");
}

static void
log_recipients(struct buf *out, const struct log_record *r)
{
	if (!r->recipient_count)
		return;
	(void)buf_add_str(out, "recipients=");
	for (size_t i = 0; i < r->recipient_count; i++) {
		if (i)
			(void)buf_add_char(out, ',');
		log_value(
		    out, r->recipients[i], strlen(r->recipients[i]), false);
	}
	(void)buf_add_char(out, ' ');
}

char *
log_line(const struct log_record *r)
{
	AUTO(buf) struct buf out = BUF_INIT(LOG_LINE_MAX);

	if (r->socket)
		log_field(&out, "socket", r->socket);
	else
		log_field(&out, "host", r->host);
	log_field(&out, "tls", r->is_tls ? "on" : "off");
	log_field(&out, "auth", r->is_auth ? "on" : "off");
	log_field(&out, "user", r->is_auth ? r->user : NULL);
	log_field(&out, "from", r->from);
	log_recipients(&out, r);
	if (r->exit_code == 0)
		(void)buf_printf(
		    &out, "mailsize=%llu ", (unsigned long long)r->mail_size);
	if (r->reply && r->reply->code)
		log_reply(&out, r->reply);
	if (r->error) {
		(void)buf_add_str(&out, "errormsg='");
		log_value(&out, r->error, strlen(r->error), true);
		(void)buf_add_str(&out, "' ");
	}
	(void)buf_printf(&out, "exitcode=%s", err_exit_name(r->exit_code));
	return buf_detach(&out);
}

/* One failed sink does not keep the others from getting their line. */
static int
log_to_all(const struct log_sinks *sinks, enum log_level level,
    const char *line, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < sizeof(log_table) / sizeof(log_table[0]); i++) {
		const struct log_row *row = &log_table[i];
		const char *target =
		    *(const char *const *)((const char *)sinks + row->field);
		AUTO(error) struct error why = ERROR_INIT;

		if (!target || row->write(sinks, level, line, &why) == 0)
			continue;
		result = err_set(err, why.kind, _("cannot log to %s: %s"),
		    row->name ? row->name : target, why.text);
		(void)err_detail(err, "%s", line);
	}
	return result;
}

int
log_write(const struct log_sinks *sinks, const struct log_record *r,
    struct error *err)
{
	auto_free char *line = NULL;

	if (!sinks->file && !sinks->syslog)
		return 0;
	line = log_line(r);
	return log_to_all(sinks,
	    r->exit_code == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, line, err);
}

static int
log_words(const struct log_sinks *sinks, enum log_level level, const char *kind,
    const char *text, struct error *err)
{
	AUTO(buf) struct buf line = BUF_INIT(LOG_LINE_MAX);

	(void)buf_printf(&line, "%s: ", kind);
	log_value(&line, text, strlen(text), true);
	return log_to_all(sinks, level, buf_str(&line), err);
}

int
log_note(const struct log_sinks *sinks, const char *text, struct error *err)
{
	return log_words(sinks, LOG_LEVEL_INFO, "note", text, err);
}

int
log_warn(const struct log_sinks *sinks, const char *text, struct error *err)
{
	return log_words(sinks, LOG_LEVEL_WARNING, "warning", text, err);
}
