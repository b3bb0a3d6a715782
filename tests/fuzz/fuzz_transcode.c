/* SPDX-License-Identifier: ISC */
/* Messages made fit: what comes out is ASCII in short lines and needs nothing
 * more, has the same parts in the same places, and decodes to the same; how
 * the octets come makes no difference. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "mail/mime.h"
#include "mail/transcode.h"

#define FUZZ_MAX (64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

static int
fuzz_read(
    struct message *m, const uint8_t *data, size_t size, struct error *err)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_require(fd >= 0 && ftruncate(fd, 0) == 0);
	fuzz_require(pwrite(fd, data, size, 0) == (ssize_t)size);
	fuzz_require(lseek(fd, 0, SEEK_SET) == 0);
	return message_read(m, fd, err);
}

/* --- the same message? ---------------------------------------------------- */

/* Structure and decoded content of a message, written down. */
struct transcript {
	struct buf text;
	struct buf content; /* of the leaf being read */
	struct mime_type type;
};

static int
fuzz_on_head(void *ctx, const struct mime_entity *e, struct error *err)
{
	struct transcript *t = ctx;

	(void)err;
	t->type = e->type;
	(void)buf_printf(&t->text, "[%zu %d %d %d %.*s]", e->number,
	    e->type.kind, e->type.is_text, e->is_message,
	    (int)e->type.boundary_len, e->type.boundary);
	return 0;
}

static int
fuzz_on_content(void *ctx, const char *p, size_t len, struct error *err)
{
	struct transcript *t = ctx;

	(void)err;
	return buf_add(&t->content, p, len);
}

/* Octets of a line end at p, blanks before it apart; 0 for none. */
static size_t
fuzz_line_end(const char *p, size_t len)
{
	size_t n = strspn(p, " \t");

	if (n < len && p[n] == '\r')
		return n + 1 + (n + 1 < len && p[n + 1] == '\n');
	return n < len && p[n] == '\n' ? n + 1 : 0;
}

static int
fuzz_hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Blanks at the end of a line are kept, as most readers do. */
static void
fuzz_decode_qp(const struct buf *in, struct buf *out)
{
	for (size_t i = 0; i < in->len;) {
		const char *p = in->data + i;
		size_t left = in->len - i;
		size_t end = text_is_blank(*p) ? 0 : fuzz_line_end(p, left);
		size_t soft =
		    *p == '=' && left > 1 ? fuzz_line_end(p + 1, left - 1) : 0;

		if (soft) {
			i += 1 + soft;
		} else if (end) {
			(void)buf_add_char(out, '\n');
			i += end;
		} else if (*p == '=' && left > 2 && fuzz_hex(p[1]) >= 0 &&
			   fuzz_hex(p[2]) >= 0) {
			(void)buf_add_char(
			    out, (char)(fuzz_hex(p[1]) * 16 + fuzz_hex(p[2])));
			i += 3;
		} else {
			(void)buf_add_char(out, *p);
			i++;
		}
	}
}

static int
fuzz_base64(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

static void
fuzz_decode_base64(const struct buf *in, struct buf *out)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < in->len; i++) {
		int value = fuzz_base64(in->data[i]);

		if (in->data[i] == '=')
			have = 0;
		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		(void)buf_add_char(out, (char)(bits >> have));
	}
}

/* As lines end and NULs look on the wire; the last line end may be gone. */
static void
fuzz_normalise(const struct buf *in, struct buf *out)
{
	for (size_t i = 0; i < in->len; i++) {
		char c = in->data[i];

		if (c == '\n' && i && in->data[i - 1] == '\r')
			continue;
		(void)buf_add_char(out, c == '\r' ? '\n' : c ? c : '?');
	}
	while (out->len && out->data[out->len - 1] == '\n')
		buf_truncate(out, out->len - 1);
}

static int
fuzz_on_content_end(void *ctx, struct error *err)
{
	struct transcript *t = ctx;
	struct buf out = BUF_INIT(FUZZ_MAX);
	struct buf lines = BUF_INIT(FUZZ_MAX);

	(void)err;
	if (t->type.kind == MIME_LEAF && t->type.coding == MIME_CODING_QP)
		fuzz_decode_qp(&t->content, &out);
	else if (t->type.kind == MIME_LEAF &&
		 t->type.coding == MIME_CODING_BASE64)
		fuzz_decode_base64(&t->content, &out);
	else
		(void)buf_add(&out, buf_str(&t->content), t->content.len);
	fuzz_normalise(&out, &lines);
	(void)buf_printf(&t->text, "{%zu:", lines.len);
	(void)buf_add(&t->text, buf_str(&lines), lines.len);
	(void)buf_add_char(&t->text, '}');
	buf_reset(&t->content);
	buf_release(&out);
	buf_release(&lines);
	return 0;
}

static int
fuzz_on_frame(void *ctx, enum mime_frame frame, const char *p, size_t len,
    struct error *err)
{
	struct transcript *t = ctx;

	(void)err;
	if (frame == MIME_DELIMITER && len && *p == '-')
		(void)buf_add(&t->text, p, len);
	return 0;
}

static void
fuzz_write_down(const struct message *m, size_t piece, struct buf *out)
{
	static const struct mime_events events = { fuzz_on_head,
		fuzz_on_content, fuzz_on_content_end, fuzz_on_frame };
	struct transcript t = { .text = BUF_INIT(FUZZ_MAX),
		.content = BUF_INIT(FUZZ_MAX) };
	AUTO(spool_reader) struct spool_reader in;
	AUTO(mime_walk) struct mime_walk w;
	AUTO(buf) struct buf head = BUF_INIT(FUZZ_MAX);
	AUTO(error) struct error err = ERROR_INIT;
	const char *p;
	size_t len;

	mime_walk_init(&w, &events, &t);
	spool_reader_init(&in, &m->body, 0);
	fuzz_require(message_head(m, &head) == 0);
	fuzz_require(mime_walk_head(&w, buf_str(&head), head.len, &err) == 0);
	while (spool_next(&in, &p, &len, &err) > 0)
		for (size_t at = 0, n; at < len; at += n) {
			n = len - at < piece ? len - at : piece;
			fuzz_require(mime_walk_push(&w, p + at, n, &err) == 0);
		}
	fuzz_require(mime_walk_finish(&w, &err) == 0);
	buf_release(&t.content);
	*out = t.text;
}

static bool
fuzz_is_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void
fuzz_check_same(const struct message *in, const struct message *out)
{
	AUTO(buf) struct buf whole = BUF_INIT(0);
	AUTO(buf) struct buf pieces = BUF_INIT(0);
	AUTO(buf) struct buf converted = BUF_INIT(0);

	fuzz_write_down(in, SIZE_MAX, &whole);
	fuzz_write_down(in, 1, &pieces);
	fuzz_require(fuzz_is_same(&whole, &pieces));
	fuzz_write_down(out, 7, &converted);
	fuzz_require(fuzz_is_same(&whole, &converted));
}

/* --- is it fit? ----------------------------------------------------------- */

static void
fuzz_check_lines(const char *p, size_t len)
{
	size_t line = 0;

	for (size_t i = 0; i < len; i++) {
		line = p[i] == '\n' || p[i] == '\r' ? 0 : line + 1;
		fuzz_require(line <= 998);
	}
}

static void
fuzz_check_fit(const struct message *m, bool is_wide)
{
	const struct transcode_opts opts = { .charset = NULL };
	AUTO(survey) struct survey survey = SURVEY_INIT;
	AUTO(buf) struct buf head = BUF_INIT(FUZZ_MAX);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(spool_reader) struct spool_reader in;
	unsigned left;
	const char *p;
	size_t len;

	spool_reader_init(&in, &m->body, 0);
	fuzz_require(message_head(m, &head) == 0);
	fuzz_require(is_wide || text_is_ascii(buf_str(&head), head.len));
	fuzz_require(!memchr(buf_str(&head), '\r', head.len));
	fuzz_check_lines(buf_str(&head), head.len);
	/* small enough to come as one block */
	while (spool_next(&in, &p, &len, &err) > 0) {
		fuzz_require(is_wide || text_is_ascii(p, len));
		fuzz_check_lines(p, len);
	}
	fuzz_require(message_survey(m, &opts, &survey, &err) == 0);
	left = NEED_HEADER | NEED_BODY_LINES;
	fuzz_require(is_wide || !(survey.needs & left));
	fuzz_require(survey.is_wide == is_wide);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct transcode_opts opts = { .charset = NULL };
	AUTO(survey) struct survey survey = SURVEY_INIT;
	AUTO(message) struct message in;
	AUTO(message) struct message out;
	AUTO(error) struct error err = ERROR_INIT;

	message_init(&in);
	message_init(&out);
	if (fuzz_read(&in, data, size, &err) < 0)
		return 0;
	fuzz_require(message_survey(&in, &opts, &survey, &err) == 0);
	if (message_transcode(
		&in, &survey, NEED_BODY | NEED_HEADER, &opts, &out, &err) < 0) {
		fuzz_require(err.kind == ERR_CONVERT || err.kind == ERR_DATA);
		return 0;
	}
	fuzz_check_fit(&out, survey.is_wide);
	fuzz_check_same(&in, &out);
	return 0;
}
