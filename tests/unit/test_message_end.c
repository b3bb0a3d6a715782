/* SPDX-License-Identifier: ISC */
/*
 * Whatever is in a message, and however it was cut, a receiver sees one end of
 * it and no other (SM-01 to SM-07, SM-10): random octets, mostly those that
 * line ends are made of, against the sloppiest receivers there are.
 *
 *	test_message_end [CASES [SEED]]		200,000 cases without
 *
 * The receiver takes any of CR, LF, CRLF for the end of a line on either side
 * of the dot: LF.LF, CR.CR, LF.CRLF, CRLF.LF, CR.CRLF and so on are all found
 * in one look; it looks at the octets as they are, without NULs, without CRs,
 * and without both.  A chunk (BDAT) has just the size that was declared, and
 * what a receiver as the RFC has it makes of DATA is the same as what is in
 * the chunks.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "mail/scan.h"
#include "smtp/body.h"

#define CASES 200000
/* Octets of a message: few mostly, some so many that blocks end inside. */
#define SMALL 48
#define LARGE (BODY_BLOCK + BODY_BLOCK / 2)
#define LARGE_EVERY 2000
#define WIRE_MAX (8 * LARGE)

static uint64_t cases = CASES;
static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
static uint64_t first_seed;

static uint32_t
rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

static size_t
make_message(char *out)
{
	static const char some[] = "\r\n.\r\n.\r\n.\0a";
	size_t len = rnd(LARGE_EVERY) ? rnd(SMALL) : rnd(LARGE);
	uint32_t kind = rnd(4);

	for (size_t i = 0; i < len; i++)
		out[i] = kind == 0 && rnd(4) ? (char)rnd(256)
					     : some[rnd(sizeof(some) - 1)];
	/* dots at the very ends of blocks */
	if (len > BODY_BLOCK && kind == 1) {
		memset(out, 'x', len);
		for (size_t i = BODY_BLOCK / 4; i + 8 < len;
		     i += BODY_BLOCK / 4)
			for (size_t k = 0; k < 8; k++)
				out[i - 4 + k] = some[rnd(sizeof(some) - 1)];
	}
	return len;
}

static int
take(void *ctx, const char *p, size_t len, struct error *err)
{
	(void)err;
	return buf_add(ctx, p, len);
}

/* In random pieces. */
static void
encode(struct buf *wire, const char *in, size_t len, bool is_exact)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(body) struct body b;

	buf_reset(wire);
	body_init(&b, take, wire);
	b.is_exact = is_exact;
	for (size_t at = 0; at < len;) {
		size_t n = 1 + rnd(len > SMALL ? 40000 : 7);

		if (n > len - at)
			n = len - at;
		assert_int_equal(body_add(&b, in + at, n, &err), 0);
		at += n;
	}
	assert_int_equal(body_end(&b, &err), 0);
}

static uint64_t
declared(const char *in, size_t len)
{
	struct scan s = SCAN_INIT;

	for (size_t at = 0; at < len;) {
		size_t n = 1 + rnd(len > SMALL ? 40000 : 7);

		if (n > len - at)
			n = len - at;
		scan_push(&s, in + at, n);
		at += n;
	}
	scan_finish(&s);
	return s.traits.wire_size;
}

/* Ends of the message that such a receiver sees; *left: octets behind the dot
 * of the last one. */
static unsigned
sloppy_ends(const struct buf *wire, bool no_nul, bool no_cr, size_t *left)
{
	char before = '\n'; /* the 354 was */
	bool is_dot = false;
	unsigned ends = 0;

	for (size_t i = 0; i < wire->len; i++) {
		char c = wire->data[i];
		bool is_end = c == '\r' || c == '\n';

		if ((no_nul && !c) || (no_cr && c == '\r'))
			continue;
		if (is_dot && is_end) {
			ends++;
			*left = wire->len - i;
		}
		is_dot = c == '.' && (before == '\r' || before == '\n');
		before = c;
	}
	return ends;
}

/* DATA as the RFC has it: the dots taken off again, compared with plain. */
static bool
is_stuffed(const struct buf *wire, const struct buf *plain)
{
	size_t at = 0, i = 0;
	bool is_start = true;

	if (wire->len < 3)
		return false;
	for (; i < wire->len - 3; i++) {
		char c = wire->data[i];

		if (is_start && c == '.' && wire->data[++i] != '.')
			return false;
		if (at == plain->len || plain->data[at++] != c)
			return false;
		is_start = c == '\n';
	}
	return is_start && at == plain->len &&
	       memcmp(wire->data + i, ".\r\n", 3) == 0;
}

static bool
has_bare(const struct buf *wire)
{
	for (size_t i = 0; i < wire->len; i++) {
		char c = wire->data[i];

		if (c == '\0' ||
		    (c == '\n' && (i == 0 || wire->data[i - 1] != '\r')) ||
		    (c == '\r' &&
			(i + 1 == wire->len || wire->data[i + 1] != '\n')))
			return true;
	}
	return false;
}

static void
check_case(const char *in, size_t len, struct buf *data, struct buf *chunk)
{
	const char *what = NULL;

	encode(data, in, len, false);
	encode(chunk, in, len, true);
	for (unsigned k = 0; k < 4 && !what; k++) {
		size_t left = 0;

		if (sloppy_ends(data, k & 1, k & 2, &left) != 1)
			what = "not one end";
		else if (left != ((k & 2) ? 1 : 2))
			what = "an end before the end";
	}
	if (has_bare(data) || has_bare(chunk))
		what = "a bare CR, LF or NUL";
	else if (!is_stuffed(data, chunk))
		what = "another message";
	else if (chunk->len != declared(in, len))
		what = "another size";
	if (what)
		fail_msg("%s, with %zu octets; seed %llu", what, len,
		    (unsigned long long)first_seed);
}

static void
test_one_end(void **state)
{
	AUTO(buf) struct buf data = BUF_INIT(WIRE_MAX);
	AUTO(buf) struct buf chunk = BUF_INIT(WIRE_MAX);
	auto_free char *in = xmalloc(LARGE);
	struct timespec begin, end;

	(void)state;
	first_seed = seed;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (uint64_t i = 0; i < cases; i++)
		check_case(in, make_message(in), &data, &chunk);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	print_message("%llu cases in %ld s\n", (unsigned long long)cases,
	    (long)(end.tv_sec - begin.tv_sec));
}

/* Each receiver finds what it looks for: the test can fail. */
static void
test_receivers(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		unsigned ends[4]; /* as it is, no NUL, no CR, neither */
	} rows[] = {
		{ "a\n.\nb\r\n.\r\n", 10, { 2, 2, 2, 2 } },
		{ "a\r.\rb\r\n.\r\n", 10, { 2, 2, 1, 1 } },
		{ "a\r\n.\nb\r\n.\r\n", 11, { 2, 2, 2, 2 } },
		{ "a\n.\r\nb\r\n.\r\n", 11, { 2, 2, 2, 2 } },
		{ "a\n\0.\nb\r\n.\r\n", 11, { 1, 2, 1, 2 } },
		{ "a\n.\0\nb\r\n.\r\n", 11, { 1, 2, 1, 2 } },
		{ "a\n\r\r.\r\nb\r\n.\r\n", 13, { 2, 2, 2, 2 } },
		{ "a\n.\r", 4, { 1, 1, 0, 0 } },
		{ "a\r\n..\r\nb\r\n.\r\n", 13, { 1, 1, 1, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(buf) struct buf wire = BUF_INIT(100);

		(void)buf_add(&wire, rows[i].wire, rows[i].len);
		for (unsigned k = 0; k < 4; k++) {
			size_t left;

			assert_int_equal(
			    sloppy_ends(&wire, k & 1, k & 2, &left),
			    rows[i].ends[k]);
		}
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receivers),
		cmocka_unit_test(test_one_end),
	};

	if (argc > 1)
		cases = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10) | 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
