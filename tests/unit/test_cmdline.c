/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 40

/* Splits at blanks; '' is an empty word. */
static int
parse(struct plan *p, const char *line, struct error *err)
{
	auto_free char *copy = xstrdup(line);
	char *argv[WORDS_MAX + 1] = { NULL };
	char *rest = copy, *word;
	int argc = 0;

	while ((word = strsep(&rest, " ")) != NULL) {
		assert_true(argc < WORDS_MAX);
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	plan_init(p);
	return cmdline_parse(p, argc, argv, err);
}

/* The operands, joined by a bar. */
static char *
operands(const struct plan *p)
{
	char *all = xstrdup("");

	for (size_t i = 0; i < p->operand_count; i++)
		xreplace(&all,
		    xasprintf("%s%s%s", all, i ? "|" : "", p->operands[i]));
	return all;
}

struct good {
	const char *line;
	const char *sender; /* NULL: none given */
	const char *operands;
	bool read_recipients;
};

/* The calls of callers.md 2a, and msmtp's own. */
static const struct good good_rows[] = {
	{ "/usr/sbin/sendmail -FCronDaemon -i -B8BITMIME -oem root", NULL,
	    "root", false },
	{ "sendmail -FCronDaemon -odi -oem -oi -t -f root", "root", "", true },
	{ "sendmail -i -FCronDaemon -B8BITMIME -oem a, b", NULL, "a,|b",
	    false },
	{ "sendmail -FAnacron -odi root,second@example.com", NULL,
	    "root,second@example.com", false },
	{ "sendmail -oem -oi -B8BITMIME -f a@x -- b@x -c@x", "a@x", "b@x|-c@x",
	    false },
	{ "sendmail -t -i", NULL, "", true },
	{ "sendmail -ti", NULL, "", true },
	{ "sendmail -oi -fme@x -t", "me@x", "", true },
	{ "sendmail -f <> -- x@y", "", "x@y", false },
	{ "sendmail -f '' x@y", "", "x@y", false },
	{ "sendmail -eq -f <> rcpt", "", "rcpt", false },
	{ "sendmail -e q rcpt", NULL, "rcpt", false },
	{ "sendmail -e -t", NULL, "", true },
	{ "sendmail -r me@x you@x", "me@x", "you@x", false },
	{ "sendmail -o i -t", NULL, "", true },
	{ "sendmail -t -oi -odi -v", NULL, "", true },
	{ "sendmail -bm -oA/etc/aliases x@y", NULL, "x@y", false },
	{ "sendmail -G -Ac -m -n -x -U -p smtp -h 3 -L tag x@y", NULL, "x@y",
	    false },
	{ "sendmail x@y -- -t z@w", NULL, "x@y|-t|z@w", false },
	{ "sendmail -f -- x@y -- -t", "--", "x@y|-t", false },
	{ "sendmail -- -t", NULL, "-t", false },
	{ "sendmail --read-recipients --from=me@x", "me@x", "", true },
	{ "msmtp x@y -t z@w", NULL, "x@y|z@w", true },
	{ "msmtp x@y -f me@x -- -t", "me@x", "x@y|-t", false },
	{ "postrider --read-r --from=<me@x>", "me@x", "", true },
	{ "msmtp -f MAILER-DAEMON x@y", "", "x@y", false },
	{ "msmtp -i -n -m -G -A c -B 7BIT -h 1 -L x -O y -oi r@x", NULL, "r@x",
	    false },
	{ "msmtp --tls-force-sslv3=on r@x", NULL, "r@x", false },
	/* an unknown letter takes the rest of its word with it */
	{ "sendmail -Z x@y", NULL, "x@y", false },
	{ "sendmail -Zfevil@x -t x@y", NULL, "x@y", true },
	{ "sendmail -tZfevil@x -fme@x x@y", "me@x", "x@y", true },
	{ "sendmail -Z -ftwo@x -Z -- -t", "two@x", "-t", false },
	{ "sendmail -oMr smtp -oMrsmtp -oMaa a -oMa 1.2.3.4 x@y", NULL, "x@y",
	    false },
	{ "sendmail -E -Jx -T9 -p x -s -c x@y", NULL, "x@y", false },
	{ "sendmail -a work x@y", NULL, "x@y", false },
	{ "sendmail -awork x@y", NULL, "x@y", false },
	{ "rmail x@y", NULL, "x@y", false },
};

static void
test_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(good_rows); i++) {
		const struct good *g = &good_rows[i];
		AUTO(plan) struct plan p = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *got = NULL;

		if (parse(&p, g->line, &err) < 0)
			fail_msg("%s: %s", g->line, err.text);
		got = operands(&p);
		if (strcmp(got, g->operands) != 0 ||
		    p.read_recipients != g->read_recipients ||
		    p.has_sender != (g->sender != NULL))
			fail_msg("%s: operands %s", g->line, got);
		if (g->sender)
			assert_string_equal(p.sender, g->sender);
		assert_int_equal(p.mode, MODE_SEND);
	}
}

static const struct {
	const char *line, *word, *hint;
} bad_rows[] = {
	{ "msmtp -Z", "-Z", NULL },
	{ "msmtp --nope", "--nope", NULL },
	{ "msmtp --tls-certchek=off", "--tls-certchek", "--tls-certcheck" },
	{ "msmtp --passwor=hunter2", "--passwor is ambiguous", NULL },
	{ "msmtp --password=hunter2", "password cannot", "file" },
	{ "msmtp --passwort=hunter2", "--passwort", "--password" },
	{ "msmtp --set", "--set is ambiguous",
	    "--set-date-header|--set-msgid-header" },
	{ "msmtp --tls-c=off", "--tls-c is ambiguous", "--tls-certcheck" },
	{ "msmtp --read-recipients=hunter2", "takes no value", NULL },
	{ "msmtp -f", "-f needs a value", NULL },
	{ "msmtp --host", "--host needs a value", NULL },
	{ "msmtp --host=", "host needs a value", NULL },
	{ "msmtp --port=99999", "99999", "65535" },
	{ "msmtp --tls=maybe", "maybe", "on|off" },
	{ "msmtp --host=h -a x", "--host and --account", NULL },
	{ "msmtp --account=x --host=h", "--host and --account", NULL },
	{ "msmtp -f x --read-envelope-from", "--read-envelope-from", NULL },
	{ "msmtp -bs", "-bs", NULL },
	{ "msmtp -q", "-q", NULL },
	{ "sendmail -bd", "-bd", NULL },
	{ "smtpd", "-bd", "sendmail -t" },
	{ "rsmtp", "-bS", "sendmail -t" },
	{ "sendmail -bs", "-bs", "sendmail -t" },
	{ "sendmail -q15x", "-q", "-q30m" },
	{ "sendmail -qI", "-q", NULL },
	{ "sendmail -Mrm 1", "-Mrm", "-M ID" },
	{ "sendmail -auhunter2 x@y", "-au", "configuration" },
	{ "sendmail -aphunter2 x@y", "-ap", "configuration" },
	{ "ssmtp -ap hunter2 x@y", "-ap", "configuration" },
	{ "ssmtp -amLOGIN x@y", "-am", NULL },
	{ "sendmail -S", "-S", NULL },
	{ "msmtp -r x", "-r", NULL },
	{ "sendmail --pretend", "print", NULL },
	{ "sendmail -P", "-P", NULL },
	{ "msmtp -N sometimes", "sometimes", "never" },
	{ "msmtp -Rbody", "body", "hdrs" },
	{ "msmtp -V ''", "-V", "100" },
	{ "sendmail -V a\x01", "-V", "100" },
	{ "sendmail -V \xc3\xa4", "-V", "100" },
	/* 98 octets, 102 as xtext */
	{ "msmtp -V "
	  "++34567890123456789012345678901234567890123456789012345678901234567"
	  "890123456789012345678901234567890",
	    "-V", "100" },
	{ "sendmail --requiretls=off", "--requiretls", NULL },
	/* IN-20: nothing after the first operand is an option, or somebody */
	{ "sendmail x@y -t", "-t", "first" },
	{ "send-mail x@y -C/etc/shadow", "-C/etc/shadow", "--" },
	{ "sendmail.postrider x@y -fme@x", "-fme@x", "hyphen" },
	{ "-sendmail x@y z@w -oQ/tmp -- -t", "-oQ/tmp", NULL },
	/* IN-20, IN-23: nothing that runs, writes, redirects or weakens */
	{ "sendmail --passwordeval=id", "--passwordeval", "configuration" },
	{ "sendmail --logfile=/tmp/x", "--logfile", NULL },
	{ "sendmail --tls=off", "--tls", NULL },
	{ "sendmail --tls-certc=off", "--tls-certcheck", NULL },
	{ "sendmail --tls-trust-file=/tmp/x", "--tls-trust-file", NULL },
	{ "sendmail --tls-starttls=off", "--tls-starttls", NULL },
	{ "sendmail --tls-host-override=x", "--tls-host-override", NULL },
	{ "sendmail --host=x", "--host", NULL },
	{ "sendmail --port=26", "--port", NULL },
	{ "sendmail --auth=off", "--auth", NULL },
	{ "sendmail --status-fd=1", "--status-fd", NULL },
	{ "sendmail --charset=x", "--charset", NULL },
	{ "sendmail --socket=/x", "--socket", NULL },
	{ "sendmail --proxy-host=x", "--proxy-host", NULL },
	{ "sendmail --source-ip=::1", "--source-ip", NULL },
};

static void
test_mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bad_rows); i++) {
		AUTO(plan) struct plan p = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		if (parse(&p, bad_rows[i].line, &err) == 0)
			fail_msg("accepted %s", bad_rows[i].line);
		assert_int_equal(err_exit_code(&err), 64);
		if (!strstr(err.text, bad_rows[i].word))
			fail_msg("%s gives: %s", bad_rows[i].line, err.text);
		if (bad_rows[i].hint &&
		    (!err.hint || !strstr(err.hint, bad_rows[i].hint)))
			fail_msg("%s hints: %s", bad_rows[i].line, err.hint);
		assert_null(strstr(err.text, "hunter2"));
	}
}

/* IN-20, IN-23: under the name sendmail these are read and forgotten. */
static void
test_sendmail_opens_nothing(void **state)
{
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(parse(&p,
			     "sendmail -C/etc/shadow --file=/etc/shadow "
			     "-X/tmp/x -oQ/tmp -OQueueDirectory=/tmp -d7 x@y",
			     &err),
	    0);
	assert_null(p.file);
	assert_null(p.overrides.logfile);
	assert_int_equal(p.warning_count, 5);
	for (int id = 0; id < OPT_COUNT; id++)
		assert_false(p.overrides.is_own[id]);
	assert_false(p.is_debug);
	assert_int_equal(p.operand_count, 1);
}

static void
test_settings(void **state)
{
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(
	    parse(&p,
		"msmtp --tls --auth= --port=0587 --connect-timeout=7 -X - "
		"-F J.Doe --user= -a work -C /rc -d "
		"-N failure,delay -R hdrs -V Q+1",
		&err),
	    0);
	assert_int_equal(p.overrides.tls, TOGGLE_ON);
	assert_int_equal(p.overrides.auth, TOGGLE_ON);
	assert_int_equal(p.overrides.port, 587);
	assert_int_equal(p.overrides.timeout_s, 7);
	assert_string_equal(p.overrides.logfile, "-");
	assert_string_equal(p.full_name, "J.Doe");
	assert_string_equal(p.overrides.from_full_name, "J.Doe");
	assert_true(p.overrides.is_own[OPT_USER]);
	assert_null(p.overrides.user);
	assert_string_equal(p.account_name, "work");
	assert_string_equal(p.file, "/rc");
	assert_string_equal(p.overrides.dsn_notify, "FAILURE,DELAY");
	assert_string_equal(p.overrides.dsn_return, "HDRS");
	assert_string_equal(p.envid, "Q+1");
	assert_true(p.is_debug);
	assert_int_equal(p.overrides.origin[OPT_TLS].kind, ORIGIN_COMMAND_LINE);
}

static void
test_modes(void **state)
{
	static const struct {
		const char *line;
		enum mode mode;
	} rows[] = { { "postrider --help", MODE_HELP },
		{ "sendmail --version", MODE_VERSION },
		{ "sendmail -bV", MODE_VERSION },
		{ "msmtp -d0.1", MODE_VERSION }, { "msmtp -d", MODE_SEND },
		{ "sendmail -d0.4 -v", MODE_VERSION },
		{ "sendmail -d0.1 -bt", MODE_VERSION },
		{ "sendmail -d0.1 -q", MODE_VERSION },
		{ "sendmail -bp", MODE_MAILQ }, { "mailq", MODE_MAILQ },
		{ "mailq.postrider -v", MODE_MAILQ },
		{ "postrider -bp", MODE_MAILQ }, { "hoststat", MODE_MAILQ },
		{ "sendmail -bP", MODE_MAILQ }, { "runq", MODE_QUEUE_RUN },
		{ "mailq -qRx", MODE_MAILQ }, { "purgestat", MODE_QUEUE_RUN },
		{ "newaliases", MODE_NEWALIASES },
		{ "sendmail -I", MODE_NEWALIASES },
		{ "sendmail -bv x@y", MODE_VERIFY },
		{ "sendmail -bt x@y", MODE_VERIFY },
		{ "sendmail -q", MODE_QUEUE_RUN },
		{ "sendmail -q -bm x@y", MODE_QUEUE_RUN },
		{ "sendmail -q30m", MODE_QUEUE_RUN },
		{ "sendmail -M x", MODE_QUEUE_RUN } };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(plan) struct plan p = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(parse(&p, rows[i].line, &err), 0);
		assert_int_equal(p.mode, rows[i].mode);
	}
}

/* What sendmail's letters mean to a plan. */
static void
test_letters(void **state)
{
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(
	    parse(&p,
		"sendmail -t -odb -oem -oi -B7BIT -n -G -U -h 12 -L ta\x1bg "
		"-oA/my/aliases -O Timeout.queuereturn=2d -Orequiretls "
		"-ONoRecipientAction=add-to-undisclosed -O ExtractArgs=remove "
		"-N sometimes -R some -C/x -C/x x@y",
		&err),
	    0);
	assert_int_equal(p.delivery, DELIVERY_BEHIND);
	assert_int_equal(p.errors, ERRORS_MAIL);
	assert_int_equal(p.dots, TOGGLE_ON);
	assert_int_equal(p.eightbit, TOGGLE_OFF);
	assert_true(p.no_aliases && p.no_fixups && p.subtracts);
	assert_int_equal(p.overrides.headers_8bit, CONTENT_SMTPUTF8);
	assert_int_equal(p.overrides.requiretls, TOGGLE_ON);
	assert_int_equal(p.hops, 12);
	assert_string_equal(p.log_tag, "ta\\x1bg");
	assert_string_equal(p.alias_file, "/my/aliases");
	assert_int_equal(p.expiry_s, 2 * 24 * 60 * 60);
	assert_int_equal(p.no_recipient, NO_RECIPIENT_UNDISCLOSED);
	/* -N, -R and -C */
	assert_int_equal(p.warning_count, 3);
	assert_null(p.overrides.dsn_notify);
}

static const struct {
	const char *line;
	enum delivery_mode delivery;
	enum error_mode errors;
} mode_rows[] = {
	{ "sendmail -odi -oem", DELIVERY_NOW, ERRORS_MAIL },
	{ "sendmail -odf -em", DELIVERY_NOW, ERRORS_MAIL },
	{ "sendmail -odqs -e q", DELIVERY_QUEUE, ERRORS_QUIET },
	{ "sendmail -odd -oew", DELIVERY_QUEUE, ERRORS_MAIL },
	{ "sendmail -O DeliveryMode=b -oee", DELIVERY_BEHIND, ERRORS_MAIL_OK },
	{ "sendmail -ODeliveryMode=x -e -ep", DELIVERY_UNSET, ERRORS_PRINT },
	/* who calls it so reads what it prints */
	{ "msmtp -odq -oem", DELIVERY_QUEUE, ERRORS_PRINT },
};

static void
test_delivery_and_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(mode_rows); i++) {
		AUTO(plan) struct plan p = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		if (parse(&p, mode_rows[i].line, &err) < 0)
			fail_msg("%s: %s", mode_rows[i].line, err.text);
		if (p.delivery != mode_rows[i].delivery ||
		    p.errors != mode_rows[i].errors)
			fail_msg("%s: %d %d", mode_rows[i].line,
			    (int)p.delivery, (int)p.errors);
	}
}

static void
test_queue_selection(void **state)
{
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(
	    parse(&p, "sendmail -qf -q1h30m -qIabc -q!Rx@y -qSme -qQ -qGall",
		&err),
	    0);
	assert_int_equal(p.mode, MODE_QUEUE_RUN);
	assert_true(p.queue.is_forced && p.queue.is_held);
	assert_int_equal(p.queue.every_s, 90 * 60);
	assert_int_equal(p.queue.count, 3);
	assert_int_equal(p.queue.matches[0].part, SELECTOR_ID);
	assert_string_equal(p.queue.matches[0].text, "abc");
	assert_int_equal(p.queue.matches[1].part, SELECTOR_RECIPIENT);
	assert_true(p.queue.matches[1].is_negated);
	assert_int_equal(p.queue.matches[2].part, SELECTOR_SENDER);
	plan_release(&p);

	/* the older way */
	assert_int_equal(parse(&p, "sendmail -Rexample -q", &err), 0);
	assert_int_equal(p.queue.count, 1);
	assert_string_equal(p.queue.matches[0].text, "example");
	plan_release(&p);

	assert_int_equal(parse(&p, "sendmail -M abc def", &err), 0);
	assert_int_equal(p.operand_count, 2);
	assert_true(p.queue.is_forced);
	plan_release(&p);

	assert_int_equal(parse(&p, "purgestat", &err), 0);
	assert_true(p.purges_state);
	plan_release(&p);
	assert_int_equal(parse(&p, "sendmail -bP", &err), 0);
	assert_int_equal(p.queue_view, QUEUE_VIEW_COUNT);
}

/* IN-22 */
static void
test_name_of_the_program(void **state)
{
	char *const none[] = { NULL };
	char odd[] = "/x/\x1b[31m\nmail\xc3\xbc";
	char *const strange[] = { odd, NULL };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(cmdline_parse(&p, 0, none, &err), -1);
	assert_int_equal(err_exit_code(&err), 64);
	assert_int_equal(cmdline_parse(&p, 1, strange, &err), 0);
	assert_string_equal(p.program, "?[31m?mail??");
	assert_int_equal(p.personality, PERSONALITY_MSMTP);
}

/* A control character in a name would end up in a header (IN-51). */
static void
test_full_name_is_one_line(void **state)
{
	char *const argv[] = { (char[]){ "sendmail" },
		(char[]){ "-FJ\nBcc: evil@x" }, (char[]){ "x@y" }, NULL };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(cmdline_parse(&p, 3, argv, &err), -1);
	assert_int_equal(err_exit_code(&err), 64);
}

/* Each option that there is has its line in --help. */
static void
test_help_is_complete(void **state)
{
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *help = NULL;

	(void)state;
	assert_int_equal(parse(&p, "msmtp --help", &err), 0);
	help = help_text(&p);
	for (int id = 0; id < OPT_COUNT; id++) {
		auto_free char *name = opt_long_name((enum opt_id)id);
		auto_free char *option = xasprintf("--%s", name);
		bool is_there = strstr(help, option) != NULL;

		if (id == OPT_PASSWORD) /* --passwordeval begins with it */
			continue;
		assert_int_equal(is_there,
		    (opt_table[id].places & OPT_ON_LINE) ? true : false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_sendmail_opens_nothing),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_delivery_and_errors),
		cmocka_unit_test(test_queue_selection),
		cmocka_unit_test(test_name_of_the_program),
		cmocka_unit_test(test_full_name_is_one_line),
		cmocka_unit_test(test_help_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
