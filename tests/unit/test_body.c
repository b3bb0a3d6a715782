/* SPDX-License-Identifier: ISC */
/* The encoder between message and wire: SM-01 to SM-07, SM-10, SM-15. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "smtp/body.h"

#define WIRE_MAX ((size_t)16 * 1024 * 1024)

/* --- helpers -------------------------------------------------------------- */

struct sink {
	struct buf wire;
	size_t writes;
	size_t fail_at; /* which write fails; 0: none */
	bool was_short; /* a write of less than a block must be the last */
};

static int
sink_write(void *ctx, const char *p, size_t len, struct error *err)
{
	struct sink *s = ctx;

	assert_false(s->was_short);
	s->was_short = len != BODY_BLOCK;
	if (++s->writes == s->fail_at)
		return err_set(err, ERR_LOST, "lost");
	return buf_add(&s->wire, p, len);
}

/* Encodes in in pieces of `piece` octets, behind a first piece of `first`. */
static void
encode(struct buf *wire, const char *in, size_t len, size_t first, size_t piece)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	struct sink s = { .wire = BUF_INIT(WIRE_MAX) };

	body_init(&b, sink_write, &s);
	for (size_t at = 0; at < len;) {
		size_t n = at == 0 && first ? first : piece;

		if (n > len - at)
			n = len - at;
		/* in a copy of its own: reading past it shows */
		{
			auto_free char *copy = xmemdupz(in + at, n);

			assert_int_equal(body_add(&b, copy, n, &err), 0);
		}
		at += n;
	}
	assert_int_equal(body_end(&b, &err), 0);
	buf_release(wire);
	*wire = s.wire;
}

/* The same by the plainest means: octet by octet, no state but what is out. */
static void
encode_naively(struct buf *wire, const char *in, size_t len)
{
	bool is_start = true;

	buf_reset(wire);
	for (size_t i = 0; i < len; i++) {
		char c = in[i];

		if (c == '\n' && i > 0 && in[i - 1] == '\r')
			continue;
		if (c == '\r' || c == '\n') {
			assert_int_equal(buf_add(wire, "\r\n", 2), 0);
			is_start = true;
			continue;
		}
		if (is_start && c == '.')
			assert_int_equal(buf_add_char(wire, '.'), 0);
		assert_int_equal(buf_add_char(wire, c ? c : '?'), 0);
		is_start = false;
	}
	if (!is_start)
		assert_int_equal(buf_add(wire, "\r\n", 2), 0);
	assert_int_equal(buf_add(wire, ".\r\n", 3), 0);
}

/* A receiver as the RFC has it; the octets it would store. */
static void
unstuff(struct buf *message, const char *wire, size_t len)
{
	size_t at = 0;

	buf_reset(message);
	for (;;) {
		const char *cr = memmem(wire + at, len - at, "\r\n", 2);
		size_t n;

		assert_non_null(cr);
		n = (size_t)(cr - wire) - at;
		if (n == 1 && wire[at] == '.') {
			assert_int_equal(at + 3, len);
			return;
		}
		if (wire[at] == '.') {
			assert_int_equal(wire[at + 1], '.');
			at++;
			n--;
		}
		(void)buf_add(message, wire + at, n + 2);
		at += n + 2;
	}
}

/* What sloppy receivers take for the end of a line. */
enum {
	SLOPPY_LF = 1,     /* LF alone */
	SLOPPY_CR = 2,     /* CR alone */
	SLOPPY_NUL = 4,    /* drops NULs first */
	SLOPPY_CRCRLF = 8, /* any number of CRs before the LF */
	SLOPPY_KINDS = 16,
};

/* Octets of the line end at p, or 0. */
static size_t
sloppy_end(const char *p, size_t len, int kind)
{
	size_t crs = 0;

	if (len >= 2 && p[0] == '\r' && p[1] == '\n')
		return 2;
	if ((kind & SLOPPY_LF) && len && p[0] == '\n')
		return 1;
	while (crs < len && p[crs] == '\r')
		crs++;
	if ((kind & SLOPPY_CRCRLF) && crs && crs < len && p[crs] == '\n')
		return crs + 1;
	return (kind & SLOPPY_CR) && crs ? 1 : 0;
}

/* How often such a receiver sees a line with a dot alone; *last is where the
 * octets behind the last one begin. */
static size_t
sloppy_ends(const struct buf *wire, int kind, size_t *last)
{
	AUTO(buf) struct buf in = BUF_INIT(WIRE_MAX);
	size_t count = 0;
	bool is_start = true;

	for (size_t i = 0; i < wire->len; i++)
		if (wire->data[i] || !(kind & SLOPPY_NUL))
			(void)buf_add_char(&in, wire->data[i]);
	for (size_t i = 0; i < in.len;) {
		size_t end;

		if (is_start && in.data[i] == '.' &&
		    (end = sloppy_end(in.data + i + 1, in.len - i - 1, kind))) {
			count++;
			i += 1 + end;
			*last = i;
			continue;
		}
		end = sloppy_end(in.data + i, in.len - i, kind);
		is_start = end > 0;
		i += end ? end : 1;
	}
	return count;
}

/* All that must hold for whatever goes out. */
static void
check_wire(const struct buf *wire)
{
	for (size_t i = 0; i < wire->len; i++) {
		char c = wire->data[i];

		assert_int_not_equal(c, '\0');
		if (c == '\n')
			assert_true(i > 0 && wire->data[i - 1] == '\r');
		if (c == '\r')
			assert_true(
			    i + 1 < wire->len && wire->data[i + 1] == '\n');
	}
	for (int kind = 0; kind < SLOPPY_KINDS; kind++) {
		size_t last = 0;

		assert_int_equal(sloppy_ends(wire, kind, &last), 1);
		assert_int_equal(last, wire->len);
	}
}

static void
check_same(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(buf_str(a), buf_str(b), a->len);
}

/* --- tables --------------------------------------------------------------- */

#define ROW(id, in, out)                                                       \
	{                                                                      \
		id, in, sizeof(in) - 1, out, sizeof(out) - 1                   \
	}

static const struct {
	const char *id;
	const char *in;
	size_t in_len;
	const char *out;
	size_t out_len;
} rows[] = {
	/* SM-01: the sequences of the smuggling scanners */
	ROW("SM-01 a", "A\n.\nB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 b", "A\n.\rB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 c", "A\r.\nB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 d", "A\r.\rB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 e", "A\n.\r\nB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 f", "A\r.\r\nB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 g", "A\r\n.\rB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 h", "A\r\n.\nB", "A\r\n..\r\nB\r\n.\r\n"),
	ROW("SM-01 i", "A\r\n.\r\r\nB", "A\r\n..\r\n\r\nB\r\n.\r\n"),
	ROW("SM-01 j", "A\r\r\n.\r\r\nB", "A\r\n\r\n..\r\n\r\nB\r\n.\r\n"),
	ROW("SM-01 k", "A\r\n\0.\r\nB", "A\r\n?.\r\nB\r\n.\r\n"),
	ROW("SM-01 l", "A\r\n.\0\r\nB", "A\r\n..?\r\nB\r\n.\r\n"),
	ROW("SM-02", "a\r.\r\nMAIL FROM:<x>\r\n",
	    "a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n"),
	ROW("SM-03 dot", "x\n.\ny\n", "x\r\n..\r\ny\r\n.\r\n"),
	ROW("SM-03 two dots", "x\n..\ny\n", "x\r\n...\r\ny\r\n.\r\n"),
	ROW("SM-03 dot x", "x\n.x\n", "x\r\n..x\r\n.\r\n"),
	ROW("SM-03 first", ".\nx\n", "..\r\nx\r\n.\r\n"),
	ROW("SM-03 last", "x\n.", "x\r\n..\r\n.\r\n"),
	ROW("SM-03 inside", "x.y\n", "x.y\r\n.\r\n"),
	ROW("SM-05 no newline", "x", "x\r\n.\r\n"),
	ROW("tabs", "a\tb\vc\001d e f g h i j k l m n o p q r s t u v w\n",
	    "a\tb\vc\001d e f g h i j k l m n o p q r s t u v w\r\n.\r\n"),
	ROW("SM-05 CR at the end", "x\r", "x\r\n.\r\n"),
	ROW("SM-05 CR only", "\r", "\r\n.\r\n"),
	ROW("SM-05 LF only", "\n", "\r\n.\r\n"),
	ROW("SM-05 CRLF only", "\r\n", "\r\n.\r\n"),
	ROW("SM-05 nothing", "", ".\r\n"),
	ROW("SM-05 blank line at the end", "x\n\n", "x\r\n\r\n.\r\n"),
	ROW("SM-07 name", "Su\0b: x\n", "Su?b: x\r\n.\r\n"),
	ROW("SM-07 alone", "\0", "?\r\n.\r\n"),
	ROW("SM-07 at the end", "x\n\0", "x\r\n?\r\n.\r\n"),
	ROW("SM-10 mixed", "a\r\nb\nc\rd", "a\r\nb\r\nc\r\nd\r\n.\r\n"),
	ROW("LFCR", "a\n\rb", "a\r\n\r\nb\r\n.\r\n"),
	ROW("8-bit", "\xff\x80\n.\xc3\xa4\n",
	    "\xff\x80\r\n..\xc3\xa4\r\n.\r\n"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
test_rows_at_every_split(void **state)
{
	AUTO(buf) struct buf wire = BUF_INIT(WIRE_MAX);

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		print_message("%s\n", rows[i].id);
		for (size_t first = 0; first <= rows[i].in_len; first++) {
			encode(&wire, rows[i].in, rows[i].in_len, first,
			    first % 3 ? 1 : 4096);
			assert_int_equal(wire.len, rows[i].out_len);
			assert_memory_equal(
			    wire.data, rows[i].out, rows[i].out_len);
		}
		check_wire(&wire);
	}
}

/* SM-04: each row in the middle of something longer, read in blocks of every
 * size from 1 to 4096. */
static void
test_blocks_of_every_size(void **state)
{
	AUTO(buf) struct buf wire = BUF_INIT(WIRE_MAX);
	AUTO(buf) struct buf want = BUF_INIT(WIRE_MAX);
	auto_free char *in = xmalloc(8192);

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		size_t len = 4090 + rows[i].in_len + 20;

		memset(in, 'x', len);
		memcpy(in + 4090, rows[i].in, rows[i].in_len);
		encode_naively(&want, in, len);
		for (size_t piece = 1; piece <= 4096; piece += 1 + piece / 64) {
			encode(&wire, in, len, 0, piece);
			check_same(&wire, &want);
		}
		encode(&wire, in, len, 0, 4090 + 1);
		check_same(&wire, &want);
	}
}

/* Where one block of output ends and the next begins. */
static void
test_where_blocks_meet(void **state)
{
	AUTO(buf) struct buf wire = BUF_INIT(WIRE_MAX);
	AUTO(buf) struct buf want = BUF_INIT(WIRE_MAX);
	auto_free char *in = xmalloc(2 * BODY_BLOCK);

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t at = BODY_BLOCK - 40; at < BODY_BLOCK + 4; at++) {
			size_t len = at + rows[i].in_len + (at % 50);

			memset(in, 'x', len);
			memcpy(in + at, rows[i].in, rows[i].in_len);
			encode_naively(&want, in, len);
			encode(&wire, in, len, 0, len);
			check_same(&wire, &want);
		}
	}
}

/* --- at random ------------------------------------------------------------ */

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static size_t
random_input(char *in, size_t max, uint64_t *seed)
{
	static const char alphabet[] = "A.\r\n\0.\r\n.x\xff";
	size_t len = next_random(seed) % max;
	uint64_t plain = next_random(seed) % 40;

	for (size_t i = 0; i < len; i++)
		in[i] =
		    next_random(seed) % 40 < plain
			? 'y'
			: alphabet[next_random(seed) % (sizeof(alphabet) - 1)];
	return len;
}

/* SM-01, SM-04: against the naive encoder, cut at random; POSTRIDER_ROUNDS in
 * the environment for more of them. */
static void
test_random(void **state)
{
	const char *rounds_text = getenv("POSTRIDER_ROUNDS");
	long rounds = rounds_text ? strtol(rounds_text, NULL, 10) : 5000;
	AUTO(buf) struct buf wire = BUF_INIT(WIRE_MAX);
	AUTO(buf) struct buf want = BUF_INIT(WIRE_MAX);
	AUTO(buf) struct buf again = BUF_INIT(WIRE_MAX);
	AUTO(buf) struct buf stored = BUF_INIT(WIRE_MAX);
	uint64_t seed = 88172645463325252U;
	char in[600];

	(void)state;
	for (long i = 0; i < rounds; i++) {
		size_t len = random_input(in, sizeof(in), &seed);

		encode_naively(&want, in, len);
		encode(&wire, in, len, next_random(&seed) % 100,
		    1 + next_random(&seed) % 100);
		check_same(&wire, &want);
		check_wire(&wire);
		/* what a receiver stores goes out again as it came */
		unstuff(&stored, wire.data, wire.len);
		encode(&again, buf_str(&stored), stored.len, 0, WIRE_MAX);
		check_same(&again, &wire);
	}
}

/* --- the rest ------------------------------------------------------------- */

/* A line end between head and body is a line of its own, also behind a CR. */
static void
test_blank_line_behind_cr(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	struct sink s = { .wire = BUF_INIT(WIRE_MAX) };

	(void)state;
	body_init(&b, sink_write, &s);
	assert_int_equal(body_add(&b, "A: b\r", 5, &err), 0);
	assert_int_equal(body_end_line(&b, &err), 0);
	assert_int_equal(body_add(&b, "\n", 1, &err), 0);
	assert_int_equal(body_add(&b, ".", 1, &err), 0);
	assert_int_equal(body_end(&b, &err), 0);
	assert_string_equal(buf_str(&s.wire), "A: b\r\n\r\n..\r\n.\r\n");
	buf_release(&s.wire);
}

/* Nothing more is written once writing failed, and it says so. */
static void
test_write_failure(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	auto_free char *in = xcalloc(1, 3 * BODY_BLOCK);
	struct sink s = { .wire = BUF_INIT(WIRE_MAX), .fail_at = 2 };

	(void)state;
	memset(in, 'z', 3 * BODY_BLOCK);
	body_init(&b, sink_write, &s);
	assert_int_equal(body_add(&b, in, 3 * BODY_BLOCK, &err), -1);
	assert_int_equal(err.kind, ERR_LOST);
	assert_int_equal(s.writes, 2);
	assert_int_equal(s.wire.len, BODY_BLOCK);
	buf_release(&s.wire);
}

/* The one octet that ends the last line is one too many for the block. */
static void
test_failure_at_the_end(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	auto_free char *in = xcalloc(1, BODY_BLOCK);
	struct sink s = { .wire = BUF_INIT(WIRE_MAX), .fail_at = 1 };

	(void)state;
	memset(in, 'z', BODY_BLOCK);
	body_init(&b, sink_write, &s);
	assert_int_equal(body_add(&b, in, BODY_BLOCK - 1, &err), 0);
	assert_int_equal(body_end(&b, &err), -1);
	assert_int_equal(err.kind, ERR_LOST);
	assert_int_equal(s.writes, 1);
	buf_release(&s.wire);
}

/* For BDAT nothing is added: what ends with a block leaves nothing behind. */
static void
test_exact_block(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	auto_free char *in = xcalloc(1, BODY_BLOCK);
	struct sink s = { .wire = BUF_INIT(WIRE_MAX) };

	(void)state;
	memset(in, '.', BODY_BLOCK);
	in[BODY_BLOCK - 2] = '\n'; /* one more on the wire */
	body_init(&b, sink_write, &s);
	b.is_exact = true;
	assert_int_equal(body_add(&b, in, BODY_BLOCK - 1, &err), 0);
	assert_int_equal(body_end(&b, &err), 0);
	assert_int_equal(s.writes, 1);
	assert_int_equal(s.wire.len, BODY_BLOCK);
	buf_release(&s.wire);
	body_release(NULL);
}

/* RFC 3030 3: octets that leave as they are, behind a header that does not. */
static void
test_raw(void **state)
{
	static const size_t sizes[] = { 0, 1, BODY_BLOCK - 3, BODY_BLOCK - 2,
		3 * BODY_BLOCK + 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(body) struct body b;
		auto_free char *octets = xmalloc(sizes[i] + 1);
		struct sink s = { .wire = BUF_INIT(WIRE_MAX) };

		for (size_t at = 0; at < sizes[i]; at++)
			octets[at] = "\r\n.\0x\n\n\r"[at % 8];
		body_init(&b, sink_write, &s);
		b.is_exact = true;
		assert_int_equal(body_add(&b, "\n", 1, &err), 0);
		assert_int_equal(body_add_raw(&b, octets, sizes[i], &err), 0);
		assert_int_equal(body_end(&b, &err), 0);
		assert_int_equal(s.wire.len, sizes[i] + 2);
		assert_memory_equal(s.wire.data, "\r\n", 2);
		assert_memory_equal(s.wire.data + 2, octets, sizes[i]);
		buf_release(&s.wire);
	}
}

static void
test_raw_failure(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;
	auto_free char *octets = xcalloc(2, BODY_BLOCK);
	struct sink s = { .wire = BUF_INIT(WIRE_MAX), .fail_at = 1 };

	(void)state;
	body_init(&b, sink_write, &s);
	assert_int_equal(body_add_raw(&b, octets, 2 * BODY_BLOCK, &err), -1);
	assert_int_equal(err.kind, ERR_LOST);
	buf_release(&s.wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_at_every_split),
		cmocka_unit_test(test_blocks_of_every_size),
		cmocka_unit_test(test_where_blocks_meet),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_blank_line_behind_cr),
		cmocka_unit_test(test_write_failure),
		cmocka_unit_test(test_failure_at_the_end),
		cmocka_unit_test(test_exact_block),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_raw_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
