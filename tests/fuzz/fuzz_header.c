/* SPDX-License-Identifier: ISC */
/* Messages: what is called Bcc never leaves, every recipient may go on the
 * wire, the size is what a naive encoder counts, and how the octets come makes
 * no difference. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "mail/message.h"
#include "smtp/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

/* The octets in a file without a name, read from its start. */
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

/* Octets on the wire, counted one by one. */
static uint64_t
fuzz_wire_size(const char *p, size_t len)
{
	uint64_t size = 0;
	bool is_at_start = true;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n' && i && p[i - 1] == '\r')
			continue;
		is_at_start = p[i] == '\n' || p[i] == '\r';
		size += is_at_start ? 2 : 1;
	}
	return size + (is_at_start ? 0 : 2);
}

/* A simple reading of the head that leaves: one field to a line with its
 * folds; nothing of it may be called Bcc. */
static void
fuzz_check_head(const char *head, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *line = head + at;
		const char *lf = memchr(line, '\n', len - at);
		size_t n;

		fuzz_require(lf && lf > line);
		n = (size_t)(lf - line);
		fuzz_require(!memchr(line, '\r', n) && !memchr(line, '\0', n));
		fuzz_require(text_is_blank(*line) || memchr(line, ':', n));
		fuzz_require(!text_has_caseprefix(line, "bcc:") &&
			     !text_has_caseprefix(line, "bcc ") &&
			     !text_has_caseprefix(line, "bcc\t") &&
			     !text_has_caseprefix(line, "resent-bcc:"));
		at += n + 1;
	}
}

static void
fuzz_check_recipients(const struct message *m)
{
	AUTO(addr_list) struct addr_list l = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	char *from;

	if (message_recipients(m, &l, &err) < 0)
		fuzz_require(l.count == 0 && err.kind == ERR_ADDRESS);
	for (size_t i = 0; i < l.count; i++)
		fuzz_require(addr_validate(l.items[i], strlen(l.items[i]),
				 false, "fuzz", &err) == 0);
	fuzz_require(message_from(m, &from, &err) == 0);
	free(from);
}

static int
fuzz_take(void *ctx, const char *p, size_t len, struct error *err)
{
	(void)err;
	return buf_add(ctx, p, len);
}

/* What DATA writes is of the size that was declared, when the dots that were
 * added are taken off, and has neither a bare CR or LF nor a NUL. */
static void
fuzz_check_wire(
    const struct buf *head, const char *p, size_t len, const struct traits *t)
{
	AUTO(buf) struct buf wire = BUF_INIT(8 * HEADER_SIZE_MAX);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	uint64_t size = 0, lines = 0;

	body_init(&b, fuzz_take, &wire);
	fuzz_require(body_add(&b, buf_str(head), head->len, &err) == 0 &&
		     body_end_line(&b, &err) == 0 &&
		     body_add(&b, "\n", 1, &err) == 0 &&
		     (!len || body_add(&b, p, len, &err) == 0) &&
		     body_end(&b, &err) == 0);
	for (const char *line = wire.data; *line; lines++) {
		size_t n = strcspn(line, "\r\n");

		fuzz_require(memcmp(line + n, "\r\n", 2) == 0);
		size += n + 2 - (*line == '.');
		fuzz_require((strncmp(line, ".\r\n", 3) == 0) ==
			     (line + n + 2 == wire.data + wire.len));
		line += n + 2;
	}
	fuzz_require(strlen(wire.data) == wire.len);
	/* the final dot */
	fuzz_require(size - 2 == t->wire_size && lines - 1 == t->lines);
}

static void
fuzz_check_sizes(const struct message *m, const struct buf *head)
{
	AUTO(spool_reader) struct spool_reader r;
	AUTO(error) struct error err = ERROR_INIT;
	const char *p = "";
	size_t len = 0;
	struct traits t;

	/* small enough to come as one block */
	spool_reader_init(&r, &m->body, 0);
	fuzz_require(spool_next(&r, &p, &len, &err) >= 0);
	message_traits(m, &t);
	fuzz_require(t.wire_size == fuzz_wire_size(buf_str(head), head->len) +
					2 + fuzz_wire_size(p, len));
	fuzz_check_wire(head, p, len, &t);
	fuzz_require(t.has_8bit >= !text_is_ascii(p, len));
	fuzz_require(t.wire_size >= 2 * t.lines);
}

static bool
fuzz_same_field(const struct field *a, const struct field *b)
{
	return a->id == b->id && a->at == b->at && a->len == b->len &&
	       a->name_len == b->name_len && a->value == b->value;
}

/* The parser alone, in pieces whose lengths the input gives. */
static void
fuzz_check_pieces(
    const struct message *whole, int whole_rc, const uint8_t *data, size_t size)
{
	struct header h = HEADER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < size) {
		size_t n = 1 + data[at] % 7;

		n = n < size - at ? n : size - at;
		rc = header_push(&h, (const char *)data + at, n, &err);
		at += n;
	}
	if (rc == 0)
		rc = header_finish(&h, &err);
	fuzz_require((rc < 0) == (whole_rc < 0) || !size);
	if (rc > 0) {
		fuzz_require(h.count == whole->header.count);
		fuzz_require(h.body_at == whole->header.body_at);
		for (size_t i = 0; i < h.count; i++)
			fuzz_require(fuzz_same_field(
			    &h.fields[i], &whole->header.fields[i]));
	}
	header_release(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum field_id removed[] = { FIELD_BCC, FIELD_RESENT_BCC,
		FIELD_RETURN_PATH, FIELD_CONTENT_LENGTH };
	AUTO(message) struct message m;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	int rc;

	message_init(&m);
	rc = fuzz_read(&m, data, size, &err);
	fuzz_check_pieces(&m, rc, data, size);
	if (rc < 0) {
		fuzz_require(err.kind == ERR_DATA);
		return 0;
	}
	fuzz_check_recipients(&m);
	for (size_t i = 0; i < sizeof(removed) / sizeof(removed[0]); i++)
		message_remove(&m, removed[i]);
	fuzz_require(message_head(&m, &head) == 0);
	fuzz_check_head(buf_str(&head), head.len);
	fuzz_check_sizes(&m, &head);
	for (size_t i = 0; i < m.header.count; i++) {
		auto_free char *value = message_value(&m, &m.header.fields[i]);

		fuzz_require(!strpbrk(value, "\r\n"));
	}
	return 0;
}
