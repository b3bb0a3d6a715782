/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/encode.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/text.h"

/* Octets that one step may add: a line's end, a break, an escape, a group. */
#define ENCODE_SLACK 16
/* Texts that escapes make no longer than that stay readable. */
#define ENCODE_SMALL 256

void
encoder_init(struct encoder *e, enum encoding encoding,
    int (*write)(void *ctx, const char *p, size_t len, struct error *err),
    void *ctx)
{
	*e = (struct encoder){
		.encoding = encoding, .write = write, .ctx = ctx
	};
}

static int
encoder_flush(struct encoder *e, struct error *err)
{
	size_t len = e->len;

	e->len = 0;
	return len ? e->write(e->ctx, e->out, len, err) : 0;
}

/* There is room: see ENCODE_SLACK. */
static void
encoder_put(struct encoder *e, const char *p, size_t len)
{
	memcpy(e->out + e->len, p, len);
	e->len += len;
	e->column += len;
}

static void
encoder_break(struct encoder *e, const char *mark)
{
	encoder_put(e, mark, strlen(mark));
	encoder_put(e, "\n", 1);
	e->column = 0;
	e->is_dash = false;
}

/* --- quoted-printable ----------------------------------------------------- */

/* One unit that may not be cut; the line has room for a "=" behind it. */
static void
qp_put(struct encoder *e, const char *p, size_t len)
{
	if (e->column + len > ENCODE_LINE_MAX - 1)
		encoder_break(e, "=");
	e->is_dash = e->column == 0 && *p == '-';
	encoder_put(e, p, len);
}

static void
qp_escape(struct encoder *e, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	char unit[3] = { '=', hex[u >> 4], hex[u & 15] };

	qp_put(e, unit, sizeof(unit));
}

/* A blank stands for itself, but not before the end of a line. */
static void
qp_settle(struct encoder *e, bool is_line_end)
{
	char c = e->held;

	e->held = 0;
	if (!c)
		return;
	if (is_line_end && e->encoding == ENCODE_QP)
		qp_escape(e, c);
	else
		qp_put(e, &c, 1);
}

/* Of what is encoded already: an equals sign begins an escape, which no break
 * may part. */
static void
qp_put_again(struct encoder *e, char c)
{
	if (c == '=' && e->column + 3 > ENCODE_LINE_MAX - 1)
		encoder_break(e, "=");
	if (c == '=')
		e->spare = 3;
	if (e->spare) {
		e->spare--;
		e->is_dash = false;
		encoder_put(e, &c, 1);
	} else {
		qp_put(e, &c, 1);
	}
}

static bool
qp_is_plain(const struct encoder *e, char c)
{
	if (c == '=')
		return e->encoding == ENCODE_QP_AGAIN;
	if (c == '-' && e->is_dash && e->column == 1)
		return false;
	return c > ' ' && c < 127;
}

static void
qp_octet(struct encoder *e, char c)
{
	if (c == '\n' && e->is_after_cr) {
		e->is_after_cr = false;
		return;
	}
	e->is_after_cr = c == '\r';
	if (c == '\n' || c == '\r') {
		qp_settle(e, true);
		e->spare = 0;
		encoder_break(e, "");
		return;
	}
	qp_settle(e, false);
	if (text_is_blank(c))
		e->held = c;
	else if (!c)
		qp_put(e, "?", 1);
	else if (!qp_is_plain(e, c))
		qp_escape(e, c);
	else if (e->encoding == ENCODE_QP_AGAIN)
		qp_put_again(e, c);
	else
		qp_put(e, &c, 1);
}

/* --- base64 --------------------------------------------------------------- */

static void
base64_put(struct encoder *e, const char *p, size_t len)
{
	if (e->column + len > ENCODE_LINE_MAX)
		encoder_break(e, "");
	encoder_put(e, p, len);
}

static void
base64_flush(struct encoder *e)
{
	AUTO(buf) struct buf text = BUF_INIT(4);

	if (!e->group_len)
		return;
	(void)base64_encode(&text, e->group, e->group_len); /* 4 octets */
	base64_put(e, text.data, text.len);
	e->group_len = 0;
}

static void
base64_octet(struct encoder *e, char c)
{
	e->group[e->group_len++] = (unsigned char)c;
	if (e->group_len == sizeof(e->group))
		base64_flush(e);
}

static void
base64_text_octet(struct encoder *e, char c)
{
	bool is_pair = c == '\n' && e->is_after_cr;

	e->is_after_cr = c == '\r';
	if (is_pair)
		return;
	if (c == '\n' || c == '\r') {
		base64_octet(e, '\r');
		base64_octet(e, '\n');
	} else {
		base64_octet(e, c ? c : '?');
	}
}

static void
base64_again_octet(struct encoder *e, char c)
{
	if (text_is_alnum(c) || c == '+' || c == '/' || c == '=')
		base64_put(e, &c, 1);
}

/* --- all of them ---------------------------------------------------------- */

int
encoder_add(struct encoder *e, const char *p, size_t len, struct error *err)
{
	static void (*const octet[])(struct encoder * e, char c) = {
		[ENCODE_QP] = qp_octet,
		[ENCODE_QP_AGAIN] = qp_octet,
		[ENCODE_BASE64_TEXT] = base64_text_octet,
		[ENCODE_BASE64] = base64_octet,
		[ENCODE_BASE64_AGAIN] = base64_again_octet,
	};

	for (size_t i = 0; i < len; i++) {
		octet[e->encoding](e, p[i]);
		if (e->len > sizeof(e->out) - ENCODE_SLACK &&
		    encoder_flush(e, err) < 0)
			return -1;
	}
	return 0;
}

int
encoder_end(struct encoder *e, struct error *err)
{
	qp_settle(e, true);
	base64_flush(e);
	return encoder_flush(e, err);
}

void
encode_size_add(struct encode_size *s, const char *p, size_t len)
{
	uint64_t escapes = 0;

	for (size_t i = 0; i < len; i++)
		escapes += (unsigned char)p[i] >= 127 || p[i] == '=' ||
			   ((unsigned char)p[i] < ' ' && p[i] != '\n' &&
			       p[i] != '\r' && p[i] != '\t');
	s->octets += len;
	s->escapes += escapes;
}

bool
encode_size_wants_base64(const struct encode_size *s)
{
	uint64_t more = 2 * s->escapes;

	return more > ENCODE_SMALL && more > s->octets / 3;
}
