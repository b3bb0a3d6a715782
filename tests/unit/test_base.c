/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/date.h"
#include "base/error.h"
#include "base/json.h"
#include "base/num.h"
#include "base/redact.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "base/xtext.h"

static void
test_buf_ceiling(void **state)
{
	AUTO(buf) struct buf b = BUF_INIT(5);

	(void)state;
	assert_int_equal(buf_add_str(&b, "abc"), 0);
	assert_int_equal(buf_add_str(&b, "def"), -1);
	assert_true(b.is_full);
	assert_string_equal(buf_str(&b), "abc");
	assert_int_equal(buf_add_str(&b, "de"), 0);
	buf_consume(&b, 2);
	assert_string_equal(buf_str(&b), "cde");
}

/* The room for what is printed may be there, or too small by one, or more
 * than the ceiling allows. */
static void
test_buf_printf_fits(void **state)
{
	(void)state;
	for (size_t before = 0; before < 140; before++)
		for (int n = 0; n < 140; n++) {
			AUTO(buf) struct buf b = BUF_INIT(200);
			size_t want = before + (size_t)n;

			while (b.len < before)
				(void)buf_add_char(&b, 'x');
			assert_int_equal(buf_printf(&b, "%0*d", n, 7),
			    want + !n <= 200 ? 0 : -1);
			want = b.is_full ? before : want + !n;
			assert_int_equal(b.len, want);
			assert_int_equal(strlen(buf_str(&b)), want);
			if (!b.is_full)
				assert_int_equal(b.data[b.len - 1], '7');
		}
}

/* Wherever the octet stands among others. */
static void
test_text_finds_octets(void **state)
{
	char s[40];

	(void)state;
	for (size_t len = 1; len < sizeof(s); len++)
		for (size_t at = 0; at < len; at++)
			for (int c = 0; c < 256; c++) {
				memset(s, c & 1 ? '~' : ' ', len);
				s[at] = (char)c;
				assert_int_equal(
				    text_is_ascii(s, len), c < 128);
				assert_int_equal(text_has_control(s, len),
				    c < 0x20 || c == 0x7f);
			}
}

static void
test_base64_both_ways(void **state)
{
	static const struct {
		const char *plain, *coded;
	} rows[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(buf) struct buf coded = BUF_INIT(100);
		AUTO(buf) struct buf plain = BUF_INIT(100);

		assert_int_equal(
		    base64_encode(&coded, rows[i].plain, strlen(rows[i].plain)),
		    0);
		assert_string_equal(buf_str(&coded), rows[i].coded);
		assert_int_equal(
		    base64_decode(&plain, buf_str(&coded), coded.len), 0);
		assert_string_equal(buf_str(&plain), rows[i].plain);
	}
}

/* RP-26 */
static void
test_base64_is_strict(void **state)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg=a",
		"Zh==", "Zm9=", "Zm 9", "Zm9v\n", "=Zm9",
		"Zg==Zg==", "Z===", "====", "Zm9v-A==" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(buf) struct buf plain = BUF_INIT(100);

		if (base64_decode(&plain, bad[i], strlen(bad[i])) == 0)
			fail_msg("accepted %s", bad[i]);
		assert_int_equal(plain.len, 0);
	}
}

/* LG-01 */
static void
test_text_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain", "plain" },
		{ "a\x1b]0;pwn\x07", "a\\x1b]0;pwn\\x07" },
		{ "a\r\nb\tc\\d", "a\\r\\nb\\tc\\\\d" },
		{ "\x9b"
		  "31m",
		    "\\x9b31m" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xe2\x80\xae"
		  "evil",
		    "\\xe2\\x80\\xaeevil" },
		{ "\xc0\x80", "\\xc0\\x80" },
		{ "\xc2\x85", "\\xc2\\x85" },
		{ "\x7f", "\\x7f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *out = text_escaped(rows[i].in);

		assert_string_equal(out, rows[i].out);
		text_unescape(out);
		assert_string_equal(out, rows[i].in);
	}
}

/* What is no escape stays. */
static void
test_text_unescape(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "\\", "\\" },
		{ "a\\", "a\\" },
		{ "\\x", "\\x" },
		{ "\\x1", "\\x1" },
		{ "\\x1g", "\\x1g" },
		{ "\\x00", "\\x00" },
		{ "\\x1B", "\\x1B" },
		{ "\\x1b.", "\x1b." },
		{ "\\\\n", "\\n" },
		{ "\\q\\n", "\\q\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = xstrdup(rows[i].in);

		text_unescape(text);
		assert_string_equal(text, rows[i].out);
	}
}

static void
test_text_escape_is_bounded(void **state)
{
	auto_free char *in = xmalloc(100000);
	auto_free char *out = NULL;

	(void)state;
	memset(in, 'x', 99999);
	in[99999] = '\0';
	out = text_escaped(in);
	assert_true(strlen(out) <= 515);
	assert_string_equal(out + strlen(out) - 3, "...");
}

static void
test_num_is_strict(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x10",
		"1a", "99999999999999999999", "18446744073709551616", "65536",
		"0" };
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(num_parse(bad[i], 1, 65535, &n), -1);
	assert_int_equal(n, 7);
	assert_int_equal(num_parse("025", 1, 65535, &n), 0);
	assert_int_equal(n, 25);
	assert_int_equal(
	    num_parse("18446744073709551615", 0, UINT64_MAX, &n), 0);
	assert_true(n == UINT64_MAX);
}

static void
test_error_reply_decides(void **state)
{
	struct reply r = { 451, { 4, 7, 1 }, NULL };
	AUTO(error) struct error err = ERROR_INIT;
	unsigned short esc[3];

	(void)state;
	r.text = xstrdup("4.7.1 later");
	assert_int_equal(err_set_reply(&err, ERR_REFUSED, &r, "no"), -1);
	assert_int_equal(err.kind, ERR_DEFERRED);
	assert_int_equal(err_exit_code(&err), 75);
	err_status(&err, esc);
	assert_int_equal(esc[1], 7);
	/* RP-17: a contradictory enhanced code does not count */
	err.reply.esc[0] = 2;
	err_status(&err, esc);
	assert_int_equal(esc[0], 4);
	assert_int_equal(esc[1], 0);
	/* a reply that lives in the error it goes to */
	assert_int_equal(err_set_reply(&err, ERR_AUTH, &err.reply, "x"), -1);
	assert_string_equal(err.reply.text, "4.7.1 later");
	reply_release(&r);
}

static void
test_error_table_is_whole(void **state)
{
	(void)state;
	for (int kind = 0; kind < ERR_KINDS; kind++) {
		assert_non_null(err_table[kind].name);
		assert_true(err_table[kind].fate != FATE_PENDING);
		assert_int_equal(err_table[kind].esc[0],
		    err_table[kind].fate == FATE_SENT   ? 2
		    : err_table[kind].fate == FATE_FAIL ? 5
							: 4);
	}
}

/* CR-20 */
static void
test_redact_stars_echo(void **state)
{
	AUTO(redact) struct redact r = REDACT_INIT;
	char plain[] = "501 bad: wonderland, wonderland";
	char coded[] = "501 bad: d29uZGVybGFuZA==";

	(void)state;
	redact_add(&r, "wonderland", 10);
	redact_apply(&r, plain, strlen(plain));
	redact_apply(&r, coded, strlen(coded));
	assert_string_equal(plain, "501 bad: **********, **********");
	assert_string_equal(coded, "501 bad: ****************");
}

/* Base64 of more than the secret: those digits that say something of it. */
static void
test_redact_stars_a_part(void **state)
{
	static const char *const rows[][2] = {
		{ "d29uZGVybGFuZHg=", "*************Hg=" }, /* x behind it */
		{ "eHdvbmRlcmxhbmQ=", "eH************Q=" },
		{ "eHh3b25kZXJsYW5k", "eHh*************" },
		{ "eHh4d29uZGVybGFuZHh4", "eHh4*************Hh4" },
		{ "d29uZGVy", "d29uZGVy" },
	};
	AUTO(redact) struct redact r = REDACT_INIT;

	(void)state;
	redact_add(&r, "wonderland", 10);
	redact_add(&r, "ab", 2); /* too short */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = xstrdup(rows[i][0]);

		redact_apply(&r, text, strlen(text));
		assert_string_equal(text, rows[i][1]);
	}
}

static void
test_nearest_word(void **state)
{
	static const char *const words[] = { "host", "tls", "tls_certcheck",
		"timeout" };

	(void)state;
	assert_string_equal(
	    text_nearest("tls_certchek", words, 4), "tls_certcheck");
	assert_string_equal(text_nearest("Hosts", words, 4), "host");
	assert_null(text_nearest("frobnicate", words, 4));
}

static void
test_json_stays_one_line(void **state)
{
	AUTO(buf) struct buf out = BUF_INIT(1000);

	(void)state;
	(void)buf_add_char(&out, '{');
	json_name(&out, "a");
	json_string(&out, "x\"\\\n\x1b caf\xc3\xa9 \xff \xe2\x80\xae");
	json_name(&out, "b");
	json_string(&out, NULL);
	assert_string_equal(buf_str(&out),
	    "{\"a\":\"x\\\"\\\\\\u000a\\u001b caf\xc3\xa9 \\ufffd "
	    "\\u202e\",\"b\":null");
}

static void
test_date_form(void **state)
{
	char out[DATE_SIZE];

	(void)state;
	date_rfc5322(out, 0);
	assert_true(strstr(out, " 19") != NULL);
	assert_int_equal(strlen(out), 31);
}

/* IN-07; RFC 3461 4, RFC 6533 3 */
static void
test_xtext(void **state)
{
	static const struct {
		const char *in, *xtext, *utf8, *unicode;
	} rows[] = {
		{ "", "", "", "" },
		{ "a@b.c", "a@b.c", "a@b.c", "a@b.c" },
		{ "a+b=c", "a+2Bb+3Dc", "a\\x{2B}b\\x{3D}c",
		    "a\\x{2B}b\\x{3D}c" },
		{ "+00", "+2B00", "\\x{2B}00", "\\x{2B}00" },
		{ "a b", "a+20b", "a\\x{20}b", "a\\x{20}b" },
		{ "\x01~\x7f", "+01~+7F", "\\x{1}~\\x{7F}", "\\x{1}~\\x{7F}" },
		{ "\\", "\\", "\\x{5C}", "\\x{5C}" },
		{ "\xc3\xa4", "+C3+A4", "\\x{E4}", "\xc3\xa4" },
		{ "\xf0\x9f\x93\xac", "+F0+9F+93+AC", "\\x{1F4EC}",
		    "\xf0\x9f\x93\xac" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(buf) struct buf out = BUF_INIT(100);

		xtext_add(&out, rows[i].in);
		assert_string_equal(buf_str(&out), rows[i].xtext);
		buf_reset(&out);
		xtext_add_utf8(&out, rows[i].in, false);
		assert_string_equal(buf_str(&out), rows[i].utf8);
		buf_reset(&out);
		xtext_add_utf8(&out, rows[i].in, true);
		assert_string_equal(buf_str(&out), rows[i].unicode);
	}
}

/* FIPS 180-4's examples, and every cut of them. */
static void
test_sha256(void **state)
{
	static const struct {
		const char *text, *sum;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		      "7852b855" },
		{ "abc",
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2"
		    "0015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419"
		    "db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijk"
		  "lmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037a"
		    "fee9d1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text);

		for (size_t cut = 0; cut <= len; cut++) {
			unsigned char sum[SHA256_SIZE];
			char hex[2 * SHA256_SIZE + 1];
			struct sha256 s;

			sha256_init(&s);
			sha256_add(&s, rows[i].text, cut);
			sha256_add(&s, rows[i].text + cut, len - cut);
			sha256_end(&s, sum);
			for (size_t at = 0; at < SHA256_SIZE; at++)
				(void)snprintf(
				    hex + 2 * at, 3, "%02x", sum[at]);
			assert_string_equal(hex, rows[i].sum);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_ceiling),
		cmocka_unit_test(test_buf_printf_fits),
		cmocka_unit_test(test_text_finds_octets),
		cmocka_unit_test(test_base64_both_ways),
		cmocka_unit_test(test_base64_is_strict),
		cmocka_unit_test(test_text_escape),
		cmocka_unit_test(test_text_unescape),
		cmocka_unit_test(test_text_escape_is_bounded),
		cmocka_unit_test(test_num_is_strict),
		cmocka_unit_test(test_error_reply_decides),
		cmocka_unit_test(test_error_table_is_whole),
		cmocka_unit_test(test_redact_stars_echo),
		cmocka_unit_test(test_redact_stars_a_part),
		cmocka_unit_test(test_nearest_word),
		cmocka_unit_test(test_json_stays_one_line),
		cmocka_unit_test(test_date_form),
		cmocka_unit_test(test_xtext),
		cmocka_unit_test(test_sha256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
