/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/parse.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

/* Octets of an unusable line that a detail shows. */
#define PARSE_SHOWN_MAX 200

void
parse_init(struct parse *p, size_t text_max)
{
	*p = (struct parse){ .code = 0 };
	buf_init(&p->text, text_max);
}

void
parse_release(struct parse *p)
{
	if (p)
		buf_release(&p->text);
}

static int
parse_bad(const char *line, size_t len, struct error *err)
{
	size_t shown = len > PARSE_SHOWN_MAX ? PARSE_SHOWN_MAX : len;

	(void)err_set(err, ERR_PROTOCOL,
	    len ? _("the server sent an invalid reply")
		: _("the server sent an empty reply"));
	return shown ? err_detail(err, "%.*s", (int)shown, line) : -1;
}

/* The code, or -1. */
static int
parse_code(const char *line, size_t len)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' ||
	    !text_is_digit(line[1]) || !text_is_digit(line[2]))
		return -1;
	if (len > 3 && line[3] != ' ' && line[3] != '-')
		return -1;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* One number of an enhanced status code, at most three digits; the octets it
 * takes, or 0. */
static size_t
parse_number(const char *s, size_t len, unsigned short *out)
{
	unsigned value = 0;
	size_t n = 0;

	while (n < len && n < 3 && text_is_digit(s[n]))
		value = value * 10 + (unsigned)(s[n++] - '0');
	*out = (unsigned short)value;
	return n;
}

/* class "." subject "." detail (RFC 2034 4); one whose class contradicts the
 * basic code is none (RP-17). */
static void
parse_enhanced(struct parse *p, const char *text, size_t len)
{
	unsigned short esc[3];
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		size_t n = parse_number(text + at, len - at, &esc[i]);

		at += n;
		if (n == 0)
			return;
		if (i < 2 && (at == len || text[at++] != '.'))
			return;
	}
	if ((at < len && text[at] != ' ') || esc[0] != p->code / 100)
		return;
	memcpy(p->esc, esc, sizeof(esc));
}

/* The text of one line; as much of it as the ceiling leaves room for. */
static void
parse_keep(struct parse *p, const char *text, size_t len)
{
	size_t room = p->text.max - p->text.len;

	if (p->lines > 1 && room) {
		(void)buf_add_char(&p->text, '\n'); /* there is room */
		room--;
	}
	(void)buf_add(&p->text, text, len < room ? len : room); /* ditto */
}

int
parse_line(struct parse *p, const char *line, size_t len, const char **text,
    size_t *text_len, struct error *err)
{
	int code = parse_code(line, len);

	if (code < 0 || memchr(line, '\0', len) || len > PARSE_LINE_MAX)
		return parse_bad(line, len, err);
	if (p->code && p->code != code)
		return parse_bad(line, len, err);
	p->octets += len;
	if (++p->lines > PARSE_LINES_MAX || p->octets > PARSE_OCTETS_MAX)
		return err_set(err, ERR_PROTOCOL,
		    _("the server sent a reply that is too long"));
	p->code = code;
	*text = len > 4 ? line + 4 : line + len;
	*text_len = len > 4 ? len - 4 : 0;
	if (p->lines == 1)
		parse_enhanced(p, *text, *text_len);
	parse_keep(p, *text, *text_len);
	return len == 3 || line[3] == ' ';
}

void
parse_take(struct parse *p, struct reply *reply)
{
	reply_release(reply);
	reply->code = p->code;
	memcpy(reply->esc, p->esc, sizeof(p->esc));
	reply->text = buf_detach(&p->text);
}
