/* SPDX-License-Identifier: ISC */
/* Several files: what the user's takes over from the system's, directories of
 * parts, and mistakes gathered. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const char *const names[] = { ".msmtprc", "system", "part",
	"system.d/10-a.conf", "system.d/20-b.conf", "system.d/.x.conf",
	"system.d/readme", ".msmtprc.d/x.conf", "secret" };
static const char *const directories[] = { "system.d", ".msmtprc.d" };

static int
setup(void **state)
{
	char *path = xstrdup("/tmp/postrider-test-XXXXXX");

	if (!mkdtemp(path))
		return -1;
	(void)unsetenv("XDG_CONFIG_HOME");
	for (size_t i = 0; i < LEN(directories); i++) {
		auto_free char *d = xasprintf("%s/%s", path, directories[i]);

		if (mkdir(d, 0755) < 0)
			return -1;
	}
	*state = path;
	return setenv("HOME", path, 1);
}

static int
teardown(void **state)
{
	char *path = *state;
	int result;

	for (size_t i = 0; i < LEN(names); i++) {
		auto_free char *f = xasprintf("%s/%s", path, names[i]);

		(void)unlink(f);
	}
	for (size_t i = 0; i < LEN(directories); i++) {
		auto_free char *d = xasprintf("%s/%s", path, directories[i]);

		(void)rmdir(d);
	}
	result = rmdir(path); /* nothing else may be left */
	free(path);
	return result;
}

static void
put(const char *dir, const char *name, const char *text)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static int
load(const char *dir, struct conf *c, struct error *err)
{
	auto_free char *system = xasprintf("%s/system", dir);

	return conf_load_files(c, NULL, system, err);
}

static void
assert_loads(const char *dir, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (load(dir, c, &err) < 0)
		fail_msg("%s", err.text);
}

/* What is set in the system's account itself goes over all, what its defaults
 * say over nothing that the user says. */
static void
test_from_the_system(void **state)
{
	const char *dir = *state;
	AUTO(conf) struct conf c = { 0 };
	const struct account *a;

	put(dir, "system",
	    "defaults\ntls on\ntimeout 9\nuser all\n"
	    "account default\nhost sys.test\nport 587\n"
	    "account other\nhost other.test\n");
	put(dir, ".msmtprc",
	    "defaults\ntimeout 30\nport 25\naccount mine : other\nuser me\n"
	    "account default : mine, default\nauth on\n");
	assert_loads(dir, &c);
	assert_int_equal(c.count, 3);
	a = conf_find(&c, "mine");
	assert_string_equal(a->host, "other.test");
	assert_int_equal(a->tls, TOGGLE_ON);
	assert_int_equal(a->timeout_s, 30);
	assert_int_equal(a->port, 25);
	assert_string_equal(a->user, "me");
	assert_non_null(strstr(a->origin[OPT_TLS].file, "/system"));
	assert_int_equal(a->origin[OPT_TLS].line, 2);
	a = conf_find(&c, "default");
	assert_string_equal(a->host, "sys.test");
	assert_int_equal(a->port, 587);
	assert_string_equal(a->user, "me");
	assert_int_equal(a->auth, TOGGLE_ON);
	assert_string_equal(conf_find(&c, "other")->user, "all");
}

/* But not the other way round. */
/* One that is not for this user: he who asks for what is in it is told. */
static void
test_system_passed_over(void **state)
{
	const char *dir = *state;
	auto_free char *system = xasprintf("%s/system", dir);
	AUTO(conf) struct conf c = { 0 };
	AUTO(conf) struct conf alone = { 0 };
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	assert_int_equal(symlink("system", system), 0);
	assert_int_equal(load(dir, &alone, &err), -1);
	assert_non_null(strstr(err.text, "/system: "));
	assert_int_equal(err_exit_code(&err), 78);
	put(dir, ".msmtprc", "account a\nhost h\n");
	error_release(&err);
	assert_int_equal(load(dir, &c, &err), 0);
	assert_non_null(strstr(c.passed_over, "/system: "));
	p.account_name = xstrdup("other");
	assert_int_equal(conf_choose(&c, &p, NULL, NULL, &a, &err), -1);
	assert_string_equal(err.detail, c.passed_over);
}

static void
test_not_from_the_user(void **state)
{
	const char *dir = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	put(dir, ".msmtprc", "account mine\nhost h\n");
	put(dir, "system", "account a : mine\n");
	assert_int_equal(load(dir, &c, &err), -1);
	assert_non_null(strstr(err.text, "/system: line 1: account mine"));
}

static void
test_directory(void **state)
{
	const char *dir = *state;
	AUTO(conf) struct conf c = { 0 };

	put(dir, "system", "defaults\ntls on\naccount first\nhost h\n");
	put(dir, "system.d/20-b.conf", "account b : a\nport 26\n");
	put(dir, "system.d/10-a.conf", "account a\nhost a.test\n");
	put(dir, "system.d/.x.conf", "no such word\n");
	put(dir, "system.d/readme", "no such word\n");
	put(dir, ".msmtprc.d/x.conf", "host user.test\n");
	assert_loads(dir, &c);
	assert_int_equal(c.count, 4);
	assert_string_equal(conf_find(&c, "default")->host, "user.test");
	assert_string_equal(conf_find(&c, "first")->host, "h");
	assert_string_equal(conf_find(&c, "b")->host, "a.test");
	assert_int_equal(conf_find(&c, "b")->tls, TOGGLE_ON);
	assert_non_null(
	    strstr(conf_find(&c, "b")->origin[OPT_PORT].file, "20-b.conf"));
}

/* No part goes on in the account of the one before. */
static void
test_directory_begins_anew(void **state)
{
	const char *dir = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	put(dir, "system", "host h\n");
	put(dir, "system.d/10-a.conf", "port 26\n");
	assert_int_equal(load(dir, &c, &err), -1);
	assert_non_null(strstr(err.text, "10-a.conf: line 1: "));
}

/* Whoever may put files there may say where passwords go. */
static void
test_directory_of_all(void **state)
{
	const char *dir = *state;
	auto_free char *parts = xasprintf("%s/.msmtprc.d", dir);
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	put(dir, ".msmtprc", "host h\n");
	assert_int_equal(chmod(parts, 0777), 0);
	assert_int_equal(load(dir, &c, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, parts));
	assert_int_equal(chmod(parts, 0755), 0);
}

static void
test_include_of_directory(void **state)
{
	const char *dir = *state;
	AUTO(conf) struct conf c = { 0 };

	put(dir, ".msmtprc", "include ~/system.d\naccount z : a\nport 1\n");
	put(dir, "system.d/10-a.conf", "account a\nhost a.test\n");
	assert_loads(dir, &c);
	assert_string_equal(conf_find(&c, "z")->host, "a.test");
}

/* A value that is not to be had stops the account that has it, until a later
 * line can do without. */
static void
test_value_not_to_be_had(void **state)
{
	const char *dir = *state;
	AUTO(conf) struct conf c = { 0 };

	(void)unsetenv("T_NONE");
	put(dir, ".msmtprc",
	    "account a\nhost h\nuser ${T_NONE}\naccount b : a\n"
	    "account c : a\nuser me\naccount d\nhost h\n");
	assert_loads(dir, &c);
	for (size_t i = 0; i < c.count; i++) {
		const struct account *a = c.accounts[i];
		AUTO(error) struct error err = ERROR_INIT;

		if (account_check(a, &err) == 0) {
			assert_true(strchr("cd", a->name[0]) != NULL);
			continue;
		}
		assert_true(strchr("ab", a->name[0]) != NULL);
		assert_non_null(strstr(err.text, ".msmtprc: line 3: "));
		assert_non_null(strstr(err.text, "T_NONE"));
	}
}

/* A file that only says where the password lies is no secret; that file is. */
static void
test_secret_elsewhere(void **state)
{
	const char *dir = *state;
	auto_free char *rc = xasprintf("%s/.msmtprc", dir);
	auto_free char *secret = xasprintf("%s/secret", dir);
	static const mode_t modes[] = { 0600, 0400, 0604, 0660 };

	put(dir, ".msmtprc", "host h\npassword ${file:~/secret}\n");
	put(dir, "secret", "s3 cret#\n");
	assert_int_equal(chmod(rc, 0644), 0);
	for (size_t i = 0; i < LEN(modes); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(chmod(secret, modes[i]), 0);
		assert_loads(dir, &c);
		if (account_check(c.accounts[0], &err) == 0) {
			assert_true((modes[i] & 077) == 0);
			assert_string_equal(
			    c.accounts[0]->password.data, "s3 cret#");
			continue;
		}
		assert_true((modes[i] & 077) != 0);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.hint, "chmod 600"));
	}
}

/* All of them, each with its place. */
static void
test_mistakes_are_gathered(void **state)
{
	static const char *const said[] = {
		"/system: line 1: unknown command prot",
		"/.msmtprc: line 2: ",
		"/part: line 2: ",
		"/.msmtprc: line 4: ",
		"/.msmtprc: line 6: ",
		"/.msmtprc: line 8: ",
		"/x.conf: line 1: ",
		"/.msmtprc: line 9: fallback ",
	};
	const char *dir = *state;
	AUTO(conf) struct conf c = { .keeps_going = true };

	put(dir, "system", "prot 25\n");
	put(dir, ".msmtprc",
	    "host h\nport 0\ninclude ~/part\ntls maybe\naccount b\n"
	    "account b\nhost other\naccount c : none\nfallback nobody\n");
	put(dir, "part", "user me\nuesr you\n");
	put(dir, ".msmtprc.d/x.conf", "account a : zzz\n");
	assert_loads(dir, &c);
	for (size_t i = 0; i < c.problem_count || i < LEN(said); i++) {
		const char *text =
		    i < c.problem_count ? c.problems[i].text : "nothing";
		bool is_there = false;

		for (size_t k = 0; k < c.problem_count && i < LEN(said); k++)
			is_there |= strstr(c.problems[k].text, said[i]) != NULL;
		if (!is_there)
			fail_msg("%s", i < LEN(said) ? said[i] : text);
	}
	/* what an account that is none would set goes nowhere */
	assert_null(conf_find(&c, "b")->host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_from_the_system, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_system_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_not_from_the_user, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_directory_begins_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_directory_of_all, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_include_of_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_value_not_to_be_had, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_secret_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_mistakes_are_gathered, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
