/* SPDX-License-Identifier: ISC */
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

#include "mail/envelope.h"

/* Row 12 of the bad inputs */
static void
test_duplicates_once(void **state)
{
	static const char *const in[] = { "a@b.org", "A@b.org", "a@B.ORG",
		"a@b.org", "root", "Root", "root", "\"x y\"@b", "\"x y\"@B",
		"\"X y\"@b" };
	static const char *const out[] = { "a@b.org", "A@b.org", "root", "Root",
		"\"x y\"@b", "\"X y\"@b" };
	AUTO(envelope) struct envelope e = ENVELOPE_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_int_equal(envelope_add(&e, in[i], "test", &err), 0);
	assert_int_equal(e.count, sizeof(out) / sizeof(out[0]));
	for (size_t i = 0; i < e.count; i++) {
		assert_string_equal(e.rcpts[i].addr, out[i]);
		assert_int_equal(e.rcpts[i].fate, FATE_PENDING);
	}
}

/* IN-02, row 9 */
static void
test_add_refuses(void **state)
{
	static const char *const bad[] = { "", "<a@b>", "a@b\r\n", "|id",
		"/etc/passwd", "a b@c", "a@b c", "@b" };
	AUTO(envelope) struct envelope e = ENVELOPE_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (envelope_add(&e, bad[i], "test", &err) == 0)
			fail_msg("accepted %s", bad[i]);
		assert_int_equal(err.kind, ERR_ADDRESS);
	}
	assert_int_equal(e.count, 0);
}

/* Row 11, IN-31: as many as there may be, twice each, in linear time */
static void
test_many(void **state)
{
	AUTO(envelope) struct envelope e = ENVELOPE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	clock_t start = clock();
	char addr[64];

	(void)state;
	for (unsigned i = 0; i < 2 * ENVELOPE_RCPT_MAX; i++) {
		(void)snprintf(
		    addr, sizeof(addr), "user%u@h%u.example", i / 2, i / 2 % 7);
		assert_int_equal(envelope_add(&e, addr, "test", &err), 0);
	}
	assert_int_equal(e.count, ENVELOPE_RCPT_MAX);
	assert_string_equal(e.rcpts[99999].addr, "user99999@h4.example");
	assert_int_equal(envelope_add(&e, addr, "test", &err), 0);
	assert_int_equal(envelope_add(&e, "one@more", "test", &err), -1);
	assert_int_equal(err.kind, ERR_DATA);
	assert_int_equal(e.count, ENVELOPE_RCPT_MAX);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
}

/* IN-08 */
static void
test_from(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = { { "", "" }, { "<>", "" }, { "a@b", "a@b" },
		{ "<a@b>", "a@b" }, { "root", "root" }, { "<<>>", NULL },
		{ "<a@b", NULL }, { "a@b>", NULL },
		{ "a@b>\r\nRCPT TO:<evil@x", NULL }, { " ", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(envelope) struct envelope e = ENVELOPE_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		int rc = envelope_set_from(&e, rows[i].in, "-f", &err);

		assert_int_equal(rc, rows[i].out ? 0 : -1);
		if (rows[i].out)
			assert_string_equal(e.from, rows[i].out);
		else
			assert_null(e.from);
	}
}

static void
test_rule_and_exit_code(void **state)
{
	AUTO(envelope) struct envelope e = ENVELOPE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct reply refusal = { 550, { 5, 1, 1 }, NULL };
	size_t worst = 99;

	(void)state;
	assert_int_equal(envelope_exit_code(&e, &worst), 0);
	assert_int_equal(envelope_add(&e, "a@b", "test", &err), 0);
	assert_int_equal(envelope_add(&e, "c@d", "test", &err), 0);
	assert_int_equal(envelope_add(&e, "e@f", "test", &err), 0);
	assert_int_equal(envelope_add(&e, "g@h", "test", &err), 0);
	/* nothing known yet is not success */
	assert_int_equal(envelope_exit_code(&e, &worst), 75);
	assert_int_equal(worst, 0);

	e.rcpts[0].fate = FATE_SENT;
	e.rcpts[2].fate = FATE_FAIL;
	(void)err_set_reply(&e.rcpts[2].why, ERR_REFUSED, &refusal, "refused");
	(void)err_set(&err, ERR_TLS_CERT, "no trust");
	envelope_rule(&e, &err);
	assert_int_equal(e.rcpts[0].fate, FATE_SENT);
	assert_int_equal(e.rcpts[1].fate, FATE_DEFER);
	assert_string_equal(e.rcpts[1].why.text, "no trust");
	assert_int_equal(e.rcpts[2].fate, FATE_FAIL);
	assert_string_equal(e.rcpts[2].why.text, "refused");
	assert_int_equal(e.rcpts[3].fate, FATE_DEFER);

	assert_int_equal(envelope_exit_code(&e, &worst), 65);
	assert_int_equal(worst, 2);
	e.rcpts[2].fate = FATE_SENT;
	assert_int_equal(envelope_exit_code(&e, &worst), 69);
	assert_int_equal(worst, 1);
	e.rcpts[1].fate = e.rcpts[3].fate = FATE_SENT;
	assert_int_equal(envelope_exit_code(&e, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duplicates_once),
		cmocka_unit_test(test_add_refuses),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_rule_and_exit_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
