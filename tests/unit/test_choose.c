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
#include "conf/parse.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const char accounts[] = "account plain\nfrom me@example.org\nhost p\n"
			       "account glob\nfrom *@Glob.example\nhost g\n"
			       "account list\nfrom you+tag@example.org\n"
			       "account odd\nfrom a@b+c\n"
			       "account template\nfrom %F\nhost t\n";

static void
load(struct conf *c, const char *more)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *text = xasprintf("%s%s", accounts, more);
	struct parse_facts facts = { 0 };

	assert_int_equal(
	    parse_config(c, "rc", text, strlen(text), &facts, &err), 0);
	c->user_file = xstrdup("rc");
}

static void
test_by_sender(void **state)
{
	static const struct {
		const char *sender, *account; /* NULL: none */
	} rows[] = {
		{ "me@example.org", "plain" },
		{ "ME@Example.ORG", "plain" },
		{ "me+lists@example.org", "plain" },
		{ "me+a+b@example.org", "plain" },
		{ "me@example.org+x", NULL },
		{ "me", NULL },
		{ "meme@example.org", NULL },
		{ "any@Glob.example", "glob" },
		{ "any+more@Glob.example", "glob" },
		{ "any@glob.example", NULL },
		{ "you+tag@example.org", "list" },
		{ "you+other@example.org", NULL },
		{ "you@example.org", NULL },
		{ "a@b+c", "odd" },
		{ "a@b", NULL },
		{ "a@b+d", NULL },
		{ "+@example.org", NULL },
		{ "", NULL },
		{ "%F", "template" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(plan) struct plan p = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		struct account *a = NULL;

		load(&c, "");
		if (conf_choose(&c, &p, rows[i].sender, NULL, &a, &err) < 0) {
			if (rows[i].account)
				fail_msg("%s: %s", rows[i].sender, err.text);
			continue;
		}
		if (!rows[i].account || strcmp(a->name, rows[i].account) != 0)
			fail_msg("%s chose %s", rows[i].sender, a->name);
		account_free(a);
	}
}

static void
test_order(void **state)
{
	AUTO(conf) struct conf c = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	(void)state;
	load(&c, "account default : glob\n");
	/* the From header does not choose while there is a default */
	assert_int_equal(
	    conf_choose(&c, &p, NULL, "me@example.org", &a, &err), 0);
	assert_string_equal(a->name, "default");
	account_free(a);
	assert_int_equal(
	    conf_choose(&c, &p, "nobody@x", "me@example.org", &a, &err), 0);
	assert_string_equal(a->name, "default");
	account_free(a);
	/* -a before -f */
	p.account_name = xstrdup("list");
	assert_int_equal(
	    conf_choose(&c, &p, "me@example.org", NULL, &a, &err), 0);
	assert_string_equal(a->name, "list");
	account_free(a);
}

static void
test_from_header_without_default(void **state)
{
	AUTO(conf) struct conf c = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	(void)state;
	load(&c, "");
	assert_int_equal(
	    conf_choose(&c, &p, NULL, "me@example.org", &a, &err), 0);
	assert_string_equal(a->name, "plain");
	account_free(a);
}

static void
test_patterns_are_no_addresses(void **state)
{
	static const struct {
		const char *sender, *from;
	} rows[] = { { "x@Glob.example", NULL }, { "%F", "%F" },
		{ "a@b+c", "a@b+c" }, { "me@example.org", "me@example.org" } };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(plan) struct plan p = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		struct account *a = NULL;

		load(&c, "");
		assert_int_equal(
		    conf_choose(&c, &p, rows[i].sender, NULL, &a, &err), 0);
		if (rows[i].from)
			assert_string_equal(a->from, rows[i].from);
		else
			assert_null(a->from);
		account_free(a);
	}
}

static void
test_overrides(void **state)
{
	char *const argv[] = { (char[]){ "msmtp" }, (char[]){ "-aplain" },
		(char[]){ "--port=26" }, (char[]){ "--tls=off" },
		(char[]){ "--user=" }, NULL };
	AUTO(conf) struct conf c = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	(void)state;
	load(&c, "");
	assert_int_equal(cmdline_parse(&p, 5, argv, &err), 0);
	assert_int_equal(conf_choose(&c, &p, NULL, NULL, &a, &err), 0);
	assert_string_equal(a->host, "p");
	assert_int_equal(a->port, 26);
	assert_int_equal(a->tls, TOGGLE_OFF);
	assert_null(a->user);
	account_free(a);
}

static void
test_host_reads_no_file(void **state)
{
	char *const argv[] = { (char[]){ "msmtp" }, (char[]){ "--host=h" },
		(char[]){ "-C/nonexistent/rc" }, NULL };
	AUTO(conf) struct conf c = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	(void)state;
	assert_int_equal(cmdline_parse(&p, 3, argv, &err), 0);
	assert_int_equal(conf_load(&c, &p, &err), 0);
	assert_int_equal(conf_choose(&c, &p, "x@y", NULL, &a, &err), 0);
	assert_null(a->name);
	assert_string_equal(a->host, "h");
	account_free(a);
}

static void
test_environment(void **state)
{
	AUTO(conf) struct conf c = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	(void)state;
	assert_int_equal(setenv("SMTPSERVER", "env.example", 1), 0);
	assert_int_equal(setenv("EMAIL", "env@example.org", 1), 0);
	assert_int_equal(conf_choose(&c, &p, NULL, NULL, &a, &err), 0);
	assert_string_equal(a->host, "env.example");
	assert_string_equal(a->from, "env@example.org");
	account_free(a);
	/* a name that was asked for is not replaced */
	p.account_name = xstrdup("work");
	assert_int_equal(conf_choose(&c, &p, NULL, NULL, &a, &err), -1);
	assert_int_equal(unsetenv("SMTPSERVER"), 0);
}

/* Section 6 row 35 */
static void
test_none(void **state)
{
	AUTO(conf) struct conf c = { 0 };
	AUTO(conf) struct conf some = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	(void)state;
	assert_int_equal(conf_choose(&c, &p, NULL, NULL, &a, &err), -1);
	assert_int_equal(err_exit_code(&err), 78);
	assert_non_null(strstr(err.text, "no configuration"));
	assert_non_null(strstr(err.hint, ".msmtprc"));
	load(&some, "");
	p.account_name = xstrdup("plan");
	assert_int_equal(conf_choose(&some, &p, NULL, NULL, &a, &err), -1);
	assert_non_null(strstr(err.text, "account plan not found in rc"));
	assert_non_null(strstr(err.hint, "plain"));
}

static void
test_check(void **state)
{
	static const struct {
		const char *text, *word;
		int exit_code;
	} rows[] = {
		{ "port 25\n", "host", 78 },
		{ "host h\nauth on\n", "user", 78 },
		{ "host h\nauth external\n", "certificate", 78 },
		{ "host h\nauth external\ntls_cert_file /c\n", NULL, 0 },
		{ "host h\nauth gssapi\n", NULL, 0 },
		{ "host h\nauth cram-md5\n", "user", 78 },
		{ "host h\n", NULL, 0 },
		{ "host h\nauth on\nuser u\n", NULL, 0 },
		{ "host h\nauth scram-sha-1-plus\nuser u\n", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *text = xstrdup(rows[i].text);
		struct parse_facts facts = { 0 };

		assert_int_equal(
		    parse_config(&c, "rc", text, strlen(text), &facts, &err),
		    0);
		assert_int_equal(
		    account_check(c.accounts[0], &err), rows[i].word ? -1 : 0);
		assert_int_equal(err_exit_code(&err), rows[i].exit_code);
		if (rows[i].word)
			assert_non_null(strstr(err.text, rows[i].word));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_sender),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_from_header_without_default),
		cmocka_unit_test(test_patterns_are_no_addresses),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_host_reads_no_file),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_check),
	};

	(void)unsetenv("SMTPSERVER");
	(void)unsetenv("EMAIL");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
