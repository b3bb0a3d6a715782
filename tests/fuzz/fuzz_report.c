/* SPDX-License-Identifier: ISC */
/* Reports: whatever a server said, a recipient is called and a mail has in its
 * header, three parts come out, with nothing in them that their labels deny,
 * and a header of known fields alone. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "mail/mime.h"
#include "mail/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_STRINGS 8

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

/* The parts of the report, as the walker sees them. */
struct fuzz_parts {
	size_t count;
	bool is_7bit; /* the one being read */
};

static int
fuzz_on_head(void *ctx, const struct mime_entity *e, struct error *err)
{
	struct fuzz_parts *parts = ctx;

	(void)err;
	parts->count++;
	fuzz_require(text_is_ascii(e->head, e->head_len));
	fuzz_require(e->type.kind != MIME_SEALED);
	parts->is_7bit = e->type.coding != MIME_CODING_8BIT;
	return 0;
}

static int
fuzz_on_content(void *ctx, const char *p, size_t len, struct error *err)
{
	const struct fuzz_parts *parts = ctx;

	(void)err;
	if (parts->is_7bit)
		fuzz_require(text_is_ascii(p, len) && !memchr(p, '\0', len));
	return 0;
}

static int
fuzz_on_content_end(void *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

static int
fuzz_on_frame(void *ctx, enum mime_frame frame, const char *p, size_t len,
    struct error *err)
{
	(void)ctx;
	(void)frame;
	(void)err;
	fuzz_require(text_is_ascii(p, len));
	return 0;
}

static const struct mime_events fuzz_events = { fuzz_on_head, fuzz_on_content,
	fuzz_on_content_end, fuzz_on_frame };

static void
fuzz_check(const struct message *m)
{
	static const char *const names[] = { "From", "To", "Subject", "Date",
		"Message-ID", "In-Reply-To", "References", "Auto-Submitted",
		"MIME-Version", "Content-Type" };
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	AUTO(mime_walk) struct mime_walk walk;
	AUTO(spool_reader) struct spool_reader reader;
	AUTO(error) struct error err = ERROR_INIT;
	struct fuzz_parts parts = { 0 };
	struct mime_field f;
	const char *p;
	size_t pos = 0, len, seen = 0;

	(void)message_head(m, &head);
	while (mime_field_next(buf_str(&head), head.len, &pos, &f)) {
		size_t i = 0;

		while (i < 10 && !mime_field_is(&f, names[i]))
			i++;
		fuzz_require(i < 10 && !(seen & ((size_t)1 << i)));
		seen |= (size_t)1 << i;
	}
	mime_walk_init(&walk, &fuzz_events, &parts);
	fuzz_require(
	    mime_walk_head(&walk, buf_str(&head), head.len, &err) == 0);
	spool_reader_init(&reader, &m->body, 0);
	while (spool_next(&reader, &p, &len, &err) > 0)
		fuzz_require(mime_walk_push(&walk, p, len, &err) == 0);
	fuzz_require(mime_walk_finish(&walk, &err) == 0);
	fuzz_require(parts.count == 4);
}

/* Strings with NULs between them; the last is the mail's header. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *copy = xmemdupz((const char *)data, size);
	const char *strings[FUZZ_STRINGS] = { "", "", "", "", "", "", "", "" };
	AUTO(message) struct message original;
	AUTO(message) struct message out;
	AUTO(error) struct error err = ERROR_INIT;
	struct error why = ERROR_INIT;
	struct report_rcpt rcpt = { .why = &why };
	struct report r = { .id = "fuzz",
		.attempt = 1,
		.domain = "example.test",
		.to = "alice@example.test",
		.now = 1795300000,
		.arrival = 1795286400,
		.original = &original,
		.rcpts = &rcpt,
		.count = 1 };
	size_t at = 0;

	for (size_t i = 0; i < FUZZ_STRINGS && at < size; i++) {
		strings[i] = copy + at;
		at += strlen(strings[i]) + 1;
	}
	message_init(&original);
	message_init(&out);
	if (strlen(strings[7]) > HEADER_PUSH_MAX ||
	    header_push(
		&original.header, strings[7], strlen(strings[7]), &err) < 0 ||
	    (original.header.state != HEADER_DONE &&
		header_finish(&original.header, &err) < 0))
		return 0;
	r.host = strings[0];
	r.envid = strings[1];
	rcpt.addr = strings[2];
	rcpt.orcpt = *strings[3] ? strings[3] : NULL;
	rcpt.remote = strings[4];
	rcpt.action = (enum report_action)(size % 3);
	why.kind = size % 2 ? ERR_REFUSED : ERR_CONNECT;
	why.reply.code = size % 2 ? 550 : 0;
	why.reply.text = xstrdup(strings[5]);
	why.text = xstrdup(strings[6]);
	why.detail = xstrdup(strings[5]);
	fuzz_require(report_make(&r, &out, &err) == 0);
	fuzz_check(&out);
	error_release(&why);
	return 0;
}
