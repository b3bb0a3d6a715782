/* SPDX-License-Identifier: ISC */
/* Where the password comes from: CR-02, CR-10, CR-11. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "base/xalloc.h"
#include "cred/cred.h"

static int
find(const char *password, const char *command, struct secret *out,
    const char **source, struct error *err)
{
	struct account a = { .name = NULL };
	struct cred_request r = { &a, DEADLINE_NONE, false };
	int rc;

	if (password)
		secret_set(&a.password, password, strlen(password));
	if (command)
		a.passwordeval = xstrdup(command);
	rc = cred_find(&r, out, source, err);
	secret_release(&a.password);
	free(a.passwordeval);
	return rc;
}

static void
test_cr_10_11_commands(void **state)
{
	static const struct {
		const char *command;
		const char *password; /* or NULL */
		enum err_kind kind;
	} rows[] = {
		{ "echo secret", "secret", ERR_NONE },
		{ "printf secret", "secret", ERR_NONE },
		{ "printf 'secret\\r\\n'", "secret", ERR_NONE },
		{ "printf ' se #\"cret \\n'", " se #\"cret ", ERR_NONE },
		{ "printf 'p\\303\\244ss\\n'", "p\xc3\xa4ss", ERR_NONE },
		{ "echo secret; echo words >&2", "secret", ERR_NONE },
		/* CR-10 */
		{ "echo secret; exit 1", NULL, ERR_CREDENTIAL },
		{ "exit 1", NULL, ERR_CREDENTIAL },
		{ "exit 75", NULL, ERR_CREDENTIAL_TEMP },
		{ "true", NULL, ERR_CREDENTIAL },
		{ "echo", NULL, ERR_CREDENTIAL },
		{ "printf '\\r\\n'", NULL, ERR_CREDENTIAL },
		{ "echo a; echo b", NULL, ERR_CREDENTIAL },
		{ "echo a; echo", NULL, ERR_CREDENTIAL },
		{ "echo; echo a", NULL, ERR_CREDENTIAL },
		{ "printf 'a\\nb'", NULL, ERR_CREDENTIAL },
		{ "printf 'a\\rb\\n'", NULL, ERR_CREDENTIAL },
		{ "printf 'a\\0b\\n'", NULL, ERR_CREDENTIAL },
		{ "head -c 1000000 /dev/zero | tr '\\0' x", NULL,
		    ERR_CREDENTIAL },
		{ "echo secret; kill -9 $$", NULL, ERR_CREDENTIAL },
		{ "no-such-command-here", NULL, ERR_CREDENTIAL },
		/* a daemon that holds the pipe does not hold us */
		{ "sleep 30 & echo secret", "secret", ERR_NONE },
		/* CR-11: nothing to read, so the message stays whole */
		{ "cat; echo secret", "secret", ERR_NONE },
		{ "read x && exit 1; echo secret", "secret", ERR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(secret) struct secret out = SECRET_INIT;
		const char *source = NULL;

		print_message("%s\n", rows[i].command);
		(void)find(NULL, rows[i].command, &out, &source, &err);
		if (err.text)
			print_message("\t%s (%s)\n", err.text,
			    err.detail ? err.detail : "");
		assert_int_equal(err.kind, rows[i].kind);
		if (rows[i].password) {
			assert_string_equal(out.data, rows[i].password);
			assert_int_equal(out.len, strlen(rows[i].password));
			assert_string_equal(source, "passwordeval");
		} else {
			assert_null(out.data);
			/* what it printed is in no text */
			assert_true(
			    !err.detail || !strstr(err.detail, "secret"));
		}
	}
}

static void
test_words_of_the_command(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret out = SECRET_INIT;
	const char *source = NULL;

	(void)state;
	assert_int_equal(
	    find(NULL, "echo locked >&2; exit 3", &out, &source, &err), -1);
	assert_non_null(err.detail);
	assert_non_null(strstr(err.detail, "locked"));
}

static void
test_chain(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret out = SECRET_INIT;
	const char *source = NULL;

	(void)state;
	/* the first source answers, the second is not even started */
	assert_int_equal(find("direct", "echo other", &out, &source, &err), 0);
	assert_string_equal(out.data, "direct");
	assert_string_equal(source, "password");
	/* a line end would be a command of its own somewhere */
	assert_int_equal(find("a\nb", NULL, &out, &source, &err), -1);
	assert_int_equal(err.kind, ERR_CREDENTIAL);
	assert_int_equal(find(NULL, NULL, &out, &source, &err), -1);
	assert_int_equal(err.kind, ERR_NO_CREDENTIAL);
	assert_non_null(err.hint);
	assert_string_equal(out.data, "direct");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cr_10_11_commands),
		cmocka_unit_test(test_words_of_the_command),
		cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
