/* SPDX-License-Identifier: ISC */
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
#include "conf/parse.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static int
parse_text(struct conf *c, const char *text, size_t len, struct error *err)
{
	auto_free char *copy = xmemdupz(text, len);
	struct parse_facts facts = { 0 };

	return parse_config(c, "rc", copy, len, &facts, err);
}

static const struct account *
find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->accounts[i]->name, name) == 0)
			return c->accounts[i];
	fail_msg("no account %s", name);
	return NULL;
}

/* A string option of the account "default". */
static void
test_values_are_taken_as_they_stand(void **state)
{
	static const struct {
		const char *text, *user; /* NULL: not set */
	} rows[] = {
		{ "user me", "me" },
		{ "user me\r\n", "me" },
		{ "  \tuser \t me \t \n", "me" },
		{ "user \"me\"", "me" },
		{ "user \" me \"", " me " },
		{ "user \"me\" you\"", "me\" you" },
		{ "user me # not a comment", "me # not a comment" },
		{ "# user you\n\n   # user he\nuser me\n", "me" },
		{ "user \"", "\"" },
		{ "user me\\", "me\\" },
		{ "user you\nuser me\n", "me" },
		{ "user me\nuser\n", NULL },
		{ "user me\nuser \"\"\n", NULL },
		{ "user $HOME", "$HOME" },
		{ "\xef\xbb\xbfuser me\r\nport 25\r\n", "me" },
		{ "user m\xc3\xbc", "m\xc3\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		if (parse_text(&c, rows[i].text, strlen(rows[i].text), &err) <
		    0)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(c.count, 1);
		if (rows[i].user)
			assert_string_equal(
			    find(&c, "default")->user, rows[i].user);
		else
			assert_null(find(&c, "default")->user);
	}
}

static void
test_types(void **state)
{
	static const char text[] = "host h.example\n"
				   "port 025\n"
				   "timeout 30\n"
				   "protocol smtp\n"
				   "tls\n"
				   "tls_starttls off\n"
				   "tls_force_sslv3 on\n"
				   "auth scram-sha-256\n"
				   "set_from_header on\n"
				   "set_date_header\n"
				   "remove_bcc_headers off\n"
				   "syslog LOG_LOCAL3\n"
				   "tls_trust_file ~/ca.pem\n"
				   "logfile -\n";
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	const struct account *a;

	(void)state;
	assert_int_equal(setenv("HOME", "/home/me", 1), 0);
	assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
	a = find(&c, "default");
	assert_string_equal(a->host, "h.example");
	assert_int_equal(a->port, 25); /* not octal */
	assert_int_equal(a->timeout_s, 30);
	assert_int_equal(a->tls, TOGGLE_ON);
	assert_int_equal(a->tls_starttls, TOGGLE_OFF);
	assert_int_equal(a->tls_certcheck, TOGGLE_UNSET);
	assert_int_equal(a->auth, TOGGLE_AUTO);
	assert_string_equal(a->auth_mechanism, "SCRAM-SHA-256");
	assert_int_equal(a->set_from_header, TOGGLE_ON);
	assert_int_equal(a->set_date_header, TOGGLE_AUTO);
	assert_int_equal(a->remove_bcc_headers, TOGGLE_OFF);
	assert_string_equal(a->syslog, "LOG_LOCAL3");
	assert_string_equal(a->tls_trust_file, "/home/me/ca.pem");
	assert_string_equal(a->logfile, "-");
	assert_true(a->is_own[OPT_PORT]);
	assert_false(a->is_own[OPT_USER]);
	assert_string_equal(a->origin[OPT_PORT].file, "rc");
	assert_int_equal(a->origin[OPT_PORT].line, 2);
}

/* auth on after auth METHOD is a choice again. */
static void
test_last_word_counts(void **state)
{
	static const char text[] = "auth plain\nauth on\ntimeout 3\n"
				   "timeout off\nsyslog\nsyslog off\n";
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
	assert_int_equal(find(&c, "default")->auth, TOGGLE_ON);
	assert_null(find(&c, "default")->auth_mechanism);
	assert_int_equal(find(&c, "default")->timeout_s, 0);
	assert_null(find(&c, "default")->syslog);
}

static void
test_inheritance(void **state)
{
	static const char text[] = "defaults\n"
				   "tls on\n"
				   "user default-user\n"
				   "account base\n"
				   "host base.example\n"
				   "password base-secret\n"
				   "account other\n"
				   "host other.example\n"
				   "port 26\n"
				   "defaults\n"
				   "tls off\n"
				   "logfile /new\n"
				   "account child : base, other\n"
				   "user child-user\n"
				   "account grandchild:child\n"
				   "account default : base\n";
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	const struct account *child;

	(void)state;
	assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
	assert_int_equal(c.count, 5);
	assert_int_equal(find(&c, "base")->tls, TOGGLE_ON);
	assert_null(find(&c, "base")->logfile);
	child = find(&c, "child");
	/* the later parent wins; what a parent has from defaults stays there */
	assert_string_equal(child->host, "other.example");
	assert_int_equal(child->port, 26);
	assert_int_equal(child->tls, TOGGLE_OFF);
	assert_string_equal(child->logfile, "/new");
	assert_string_equal(child->user, "child-user");
	assert_string_equal(child->password.data, "base-secret");
	child = find(&c, "grandchild");
	assert_string_equal(child->host, "other.example");
	assert_string_equal(child->user, "child-user");
	assert_string_equal(find(&c, "default")->host, "base.example");
	assert_string_equal(find(&c, "default")->user, "default-user");
}

/* CR-02: exact octets. */
static void
test_password_is_exact(void **state)
{
	static const struct {
		const char *written, *meant;
	} rows[] = {
		{ "pass word", "pass word" },
		{ "\" pass word \"", " pass word " },
		{ "#hash # \"quote", "#hash # \"quote" },
		{ "pa\tss", "pa\tss" },
		{ "p\xc3\xa4ss\xe2\x82\xac", "p\xc3\xa4ss\xe2\x82\xac" },
		{ "\\n$(id)`id`%s", "\\n$(id)`id`%s" },
		{ "\"\"\"\"", "\"\"" },
	};
	auto_free char *token = xcalloc(1, 65537);

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *text =
		    xasprintf("password %s\r\n", rows[i].written);

		assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
		assert_string_equal(
		    find(&c, "default")->password.data, rows[i].meant);
	}
	memset(token, 'x', 65536);
	{
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *text = xasprintf("password %s\n", token);

		assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
		assert_int_equal(find(&c, "default")->password.len, 65536);
	}
}

struct bad {
	const char *text;
	unsigned line;
	const char *word; /* in the text */
	const char *hint; /* in the hint, or NULL */
};

static const struct bad bad_rows[] = {
	{ "host h\ntls_certchek off\n", 2, "tls_certchek", "tls_certcheck" },
	{ "Host h\n", 1, "Host", "host" },
	{ "host h\n\n#\nfrobnicate\n", 4, "frobnicate", NULL },
	{ "\neval echo tls on\n", 2, "cannot be run", NULL },
	{ "host=h\n", 1, "not a command", "host" },
	{ "password=hunter2\n", 1, "not a command", "password" },
	{ "root:$6$salt$hash:19000:0\n", 1, "not a command", NULL },
	{ "\x1b[31m\n", 1, "not a command", NULL },
	{ "host\n", 1, "host needs a value", NULL },
	{ "host \"\"\n", 1, "host needs a value", NULL },
	{ "port\n", 1, "port needs a value", NULL },
	{ "port 0\n", 1, "\"0\" for port", "65535" },
	{ "port 65536\n", 1, "65536", "65535" },
	{ "port abc\n", 1, "abc", "65535" },
	{ "port 0x19\n", 1, "0x19", "65535" },
	{ "port +25\n", 1, "+25", "65535" },
	{ "timeout -1\n", 1, "-1", "86400" },
	{ "timeout 0\n", 1, "\"0\"", "86400" },
	{ "timeout 1000000000\n", 1, "1000000000", "86400" },
	{ "timeout 5s\n", 1, "5s", "86400" },
	{ "tls yes\n", 1, "yes", "on|off" },
	{ "tls ON\n", 1, "ON", "on|off" },
	{ "tls auto\n", 1, "auto", "on|off" },
	{ "tls on|off\n", 1, "on|off", "on|off" },
	{ "set_date_header on\n", 1, "\"on\"", "auto|off" },
	{ "protocol nntp\n", 1, "nntp", "smtp|lmtp" },
	{ "chunking yes\n", 1, "yes", "auto|on|off" },
	{ "dsn_notify always\n", 1, "always", "never" },
	{ "dsn_notify failure,\n", 1, "failure,", "never" },
	{ "dsn_notify never,delay\n", 1, "never,delay", "never" },
	{ "dsn_notify failure, delay\n", 1, "failure, delay", "never" },
	{ "dsn_return body\n", 1, "body", "hdrs" },
	{ "deliver_by 60\n", 1, "60", "MODE" },
	{ "deliver_by ;R\n", 1, ";R", "MODE" },
	{ "deliver_by 0;R\n", 1, "0;R", "MODE" },
	{ "deliver_by -1;R\n", 1, "-1;R", "MODE" },
	{ "deliver_by 60;RX\n", 1, "60;RX", "MODE" },
	{ "deliver_by 60;RTT\n", 1, "60;RTT", "MODE" },
	{ "deliver_by 1000000000;N\n", 1, "1000000000;N", "MODE" },
	{ "future_release 0\n", 1, "\"0\"", "TIME" },
	{ "future_release 1000000000\n", 1, "1000000000", "TIME" },
	{ "future_release 2026-12-24\n", 1, "2026-12-24", "TIME" },
	{ "future_release 2026-12-24T18:00:00\n", 1, "18:00:00", "TIME" },
	{ "future_release 2026-12-24T18:00:00ZZ\n", 1, "ZZ", "TIME" },
	{ "future_release 2026-12-24T18:00:00+0100\n", 1, "+0100", "TIME" },
	{ "mt_priority 10\n", 1, "10", "-9" },
	{ "mt_priority +1\n", 1, "+1", "-9" },
	{ "mt_priority --1\n", 1, "--1", "-9" },
	{ "mail_auth root\n", 1, "root", "ADDRESS" },
	{ "mail_auth a b@c\n", 1, "a b@c", "ADDRESS" },
	{ "mail_auth <a@b>\n", 1, "<a@b>", "ADDRESS" },
	{ "mail_auth \xc3\xa4@b\n", 1, "@b", "ADDRESS" },
	{ "requiretls auto\n", 1, "auto", "on|off" },
	{ "auth sram-sha-1\n", 1, "sram-sha-1", "scram-sha-1," },
	{ "syslog LOG_KERN\n", 1, "LOG_KERN", "LOG_MAIL" },
	{ "user a\rb\n", 1, "control character", NULL },
	{ "from a@b\x1b[0m\n", 1, "control character", NULL },
	{ "account\n", 1, "missing account name", NULL },
	{ "account : a\n", 1, "missing account name", NULL },
	{ "account a\naccount b : a,\n", 2, "missing account name", NULL },
	{ "account a\naccount b : c\n", 2, "account c", "before it" },
	{ "account a : a\n", 1, "account a", "before it" },
	{ "account a\nhost h\naccount a\n", 3, "account a", NULL },
	{ "host h\naccount default\n", 2, "account default", NULL },
	{ "account a,b\n", 1, "a,b", NULL },
	{ "defaults x\n", 1, "defaults", NULL },
};

/* What is asked of servers, as it stands in the commands. */
static void
test_wishes(void **state)
{
	static const struct {
		enum opt_id id;
		const char *value, *wire; /* NULL: nothing is asked */
	} rows[] = {
		{ OPT_DSN_NOTIFY, "off", NULL },
		{ OPT_DSN_NOTIFY, "", NULL },
		{ OPT_DSN_NOTIFY, "never", "NEVER" },
		{ OPT_DSN_NOTIFY, "delay,failure", "FAILURE,DELAY" },
		{ OPT_DSN_NOTIFY, "Success,delay,failure,delay",
		    "SUCCESS,FAILURE,DELAY" },
		{ OPT_DSN_RETURN, "off", NULL },
		{ OPT_DSN_RETURN, "headers", "HDRS" },
		{ OPT_DSN_RETURN, "HDRS", "HDRS" },
		{ OPT_DSN_RETURN, "full", "FULL" },
		{ OPT_DELIVER_BY, "60;r", "60;R" },
		{ OPT_DELIVER_BY, "-60;nt", "-60;NT" },
		{ OPT_DELIVER_BY, "999999999;RT", "999999999;RT" },
		{ OPT_FUTURE_RELEASE, "60", "HOLDFOR=60" },
		{ OPT_FUTURE_RELEASE, "2026-12-24T18:00:00Z",
		    "HOLDUNTIL=2026-12-24T18:00:00Z" },
		{ OPT_FUTURE_RELEASE, "2026-12-24T18:00:00-05:30",
		    "HOLDUNTIL=2026-12-24T23:30:00Z" },
		{ OPT_MT_PRIORITY, "0", "0" },
		{ OPT_MT_PRIORITY, "-9", "-9" },
		{ OPT_MT_PRIORITY, "off", NULL },
		{ OPT_MAIL_AUTH, "<>", "<>" },
		{ OPT_MAIL_AUTH, "a+b=c@d", "a+2Bb+3Dc@d" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(account) struct account a = { 0 };
		AUTO(account) struct account copy = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		const char *got;

		if (opt_set(&a, rows[i].id, rows[i].value, &err) < 0)
			fail_msg("%s: %s", rows[i].value, err.text);
		account_copy(&copy, &a);
		got = *(char **)((char *)&copy + opt_table[rows[i].id].field);
		if (!rows[i].wire)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].wire);
	}
}

/* Section 6 rows 39, 40: kind, line and word. */
static void
test_mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bad_rows); i++) {
		const struct bad *b = &bad_rows[i];
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *where = xasprintf("rc: line %u: ", b->line);

		if (parse_text(&c, b->text, strlen(b->text), &err) == 0)
			fail_msg("accepted %s", b->text);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_int_equal(err_exit_code(&err), 78);
		if (strncmp(err.text, where, strlen(where)) != 0 ||
		    !strstr(err.text, b->word))
			fail_msg("%s gives: %s", b->text, err.text);
		if (b->hint && (!err.hint || !strstr(err.hint, b->hint)))
			fail_msg("%s hints: %s", b->text, err.hint);
		if (strstr(err.text, "hunter2") || strstr(err.text, "$6$"))
			fail_msg("shown: %s", err.text);
	}
}

/* CR-02, section 6 rows 41, 42: NUL, CR in a password. */
static void
test_octets_that_cannot_be(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		unsigned line;
	} rows[] = {
		{ "host h\nuser a\0b\n", 16, 2 },
		{ "\0", 1, 1 },
		{ "host h\n#\0\n", 10, 2 },
		{ "host h\npassword s3c\rret\n", 24, 2 },
		{ "host h\npassword s3c\0ret\n", 24, 2 },
		{ "host h\n\npassword s3c\0", 21, 3 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *where = xasprintf("line %u: ", rows[i].line);

		if (parse_text(&c, rows[i].text, rows[i].len, &err) == 0)
			fail_msg("accepted row %zu", i);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_non_null(strstr(err.text, where));
		assert_null(strstr(err.text, "s3c"));
	}
}

/* --- files ---------------------------------------------------------------- */

struct dir {
	char path[64], rc[96], system[96], xdg[96], config[128];
};

static int
dir_setup(void **state)
{
	struct dir *d = xcalloc(1, sizeof(*d));

	(void)snprintf(d->path, sizeof(d->path), "/tmp/postrider-test-XXXXXX");
	if (!mkdtemp(d->path))
		return -1;
	(void)snprintf(d->rc, sizeof(d->rc), "%s/.msmtprc", d->path);
	(void)snprintf(d->system, sizeof(d->system), "%s/msmtprc", d->path);
	(void)snprintf(d->xdg, sizeof(d->xdg), "%s/msmtp", d->path);
	(void)snprintf(d->config, sizeof(d->config), "%s/config", d->xdg);
	(void)unsetenv("XDG_CONFIG_HOME");
	*state = d;
	return setenv("HOME", d->path, 1);
}

static int
dir_teardown(void **state)
{
	struct dir *d = *state;
	int result;

	(void)unlink(d->rc);
	(void)unlink(d->system);
	(void)unlink(d->config);
	(void)rmdir(d->xdg);
	result = rmdir(d->path); /* nothing else may be left */
	free(d);
	return result;
}

static void
write_file(const char *path, const char *text, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* CR-01, section 6 row 36 */
static void
test_secret_in_open_file(void **state)
{
	static const char text[] = "host h\npassword s3cret\n";
	static const mode_t bad[] = { 0644, 0640, 0604, 0700, 0602 };
	struct dir *d = *state;

	for (size_t i = 0; i < LEN(bad); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		write_file(d->rc, text, strlen(text), bad[i]);
		if (conf_load_files(&c, NULL, d->system, &err) == 0)
			fail_msg("accepted mode %o", (unsigned)bad[i]);
		assert_int_equal(err_exit_code(&err), 78);
		assert_non_null(strstr(err.hint, "chmod 600"));
		assert_null(strstr(err.text, "s3cret"));
		assert_int_equal(c.count, 0);
	}
	{
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		write_file(d->rc, text, strlen(text), 0600);
		assert_int_equal(conf_load_files(&c, NULL, d->system, &err), 0);
		assert_string_equal(c.accounts[0]->password.data, "s3cret");
		assert_string_equal(c.user_file, d->rc);
		assert_null(c.system_file);
	}
}

/* Section 6 row 37 and CR-14; only root can give files away. */
static void
test_file_of_another_user(void **state)
{
	static const char text[] = "host h\npasswordeval cat x\n";
	struct dir *d = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	write_file(d->rc, text, strlen(text), 0600);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(d->rc, 12345, 12345), 0);
	assert_int_equal(conf_load_files(&c, d->rc, d->system, &err), -1);
	assert_int_equal(err_exit_code(&err), 78);
	assert_non_null(strstr(err.text, "another user"));
}

/* msmtp's older words: each is a row's, with that row's words. */
static void
test_older_words(void **state)
{
	static const char text[] = "host h\nconnect_timeout 7\nkeepbcc on\n"
				   "add_missing_from_header off\n"
				   "add_missing_date_header\n"
				   "undisclosed_recipients\ntls_nocertcheck\n"
				   "tls_nostarttls\ntls_force_sslv3 x\n"
				   "auto_from\nmaildomain d.example\n";
	static const char *const bad[] = { "keepbcc maybe\n",
		"tls_nocertcheck off\n", "undisclosed_recipients auto\n",
		"allow_from_override\n", "set_to_header auto\n",
		"set_from_header undisclosed_recipients\n" };
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	const struct account *a;

	(void)state;
	assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
	a = find(&c, "default");
	assert_int_equal(a->timeout_s, 7);
	assert_int_equal(a->remove_bcc_headers, TOGGLE_OFF);
	assert_int_equal(a->set_from_header, TOGGLE_OFF);
	assert_int_equal(a->set_date_header, TOGGLE_AUTO);
	assert_int_equal(a->set_to_header, TOGGLE_UNDISCLOSED);
	assert_int_equal(a->tls_certcheck, TOGGLE_OFF);
	assert_int_equal(a->tls_starttls, TOGGLE_OFF);
	assert_int_equal(a->auto_from, TOGGLE_ON);
	assert_string_equal(a->maildomain, "d.example");
	for (size_t i = 0; i < LEN(bad); i++) {
		AUTO(conf) struct conf none = { 0 };

		assert_int_equal(
		    parse_text(&none, bad[i], strlen(bad[i]), &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
	}
}

/* Each line of the account itself counts, and the last address is sent. */
static void
test_several_senders(void **state)
{
	static const char text[] =
	    "defaults\nfrom d@x\n"
	    "account a\nfrom *@y\nfrom a@x\nfrom [ab]@z\n"
	    "account b : a\nfrom b@x\n"
	    "account c : a\nuser c\n"
	    "account d\naccount e\nfrom e@x\nfrom\n";
	static const struct {
		const char *name, *from;
		size_t count;
	} rows[] = { { "a", "a@x", 3 }, { "b", "b@x", 1 }, { "c", "a@x", 3 },
		{ "d", "d@x", 1 }, { "e", NULL, 0 } };
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(parse_text(&c, text, strlen(text), &err), 0);
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct account *a = find(&c, rows[i].name);

		assert_int_equal(a->sender_count, rows[i].count);
		if (rows[i].from)
			assert_string_equal(a->from, rows[i].from);
		else
			assert_null(a->from);
	}
}

/* CR-14: a line from a command is as good as one in the file, and its
 * password asks for no chmod. */
static void
test_eval(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		enum err_kind kind;
		const char *user, *password;
	} rows[] = {
		{ "eval echo host h\neval printf 'user me\\nuser you\\n'\n",
		    0644, ERR_NONE, "me", NULL },
		{ "host h\neval printf 'password  \" s\"'\n", 0644, ERR_NONE,
		    NULL, " s" },
		{ "eval echo account x\neval echo host h", 0600, ERR_NONE, NULL,
		    NULL },
		{ "eval echo host h\n", 0646, ERR_CONFIG, NULL, NULL },
		{ "eval\n", 0600, ERR_CONFIG, NULL, NULL },
		{ "eval echo eval echo host h\n", 0600, ERR_CONFIG, NULL,
		    NULL },
		{ "eval echo no_such_word\n", 0600, ERR_CONFIG, NULL, NULL },
		{ "eval exit 3\n", 0600, ERR_IO, NULL, NULL },
		{ "eval true\n", 0600, ERR_IO, NULL, NULL },
		{ "eval printf 'a\\000b'\n", 0600, ERR_IO, NULL, NULL },
	};
	struct dir *d = *state;

	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;

		write_file(
		    d->rc, rows[i].text, strlen(rows[i].text), rows[i].mode);
		if (conf_load_files(&c, d->rc, d->system, &err) < 0) {
			if (err.kind != rows[i].kind)
				fail_msg("row %zu: %s", i, err.text);
			assert_non_null(strstr(err.text, "line 1: "));
			continue;
		}
		assert_int_equal(rows[i].kind, ERR_NONE);
		assert_int_equal(c.count, 1);
		assert_string_equal(c.accounts[0]->host, "h");
		if (rows[i].user)
			assert_string_equal(c.accounts[0]->user, rows[i].user);
		if (rows[i].password)
			assert_string_equal(
			    c.accounts[0]->password.data, rows[i].password);
	}
}

/* Lines of another file in this place; it is judged like this one. */
static void
test_include(void **state)
{
	static const struct {
		const char *front, *part;
		mode_t mode;
		const char *said; /* NULL: it is read */
	} rows[] = {
		{ "account a\nhost h\ninclude %s\nport 26\n",
		    "\xef\xbb\xbfuser me\r\nfrom a@x\nfrom b@x", 0644, NULL },
		{ "account a\ninclude %s\nport 26\n",
		    "host h\nuser me\nfrom a@x\nfrom b@x\naccount c\nhost i",
		    0644, NULL },
		{ "account a\nhost h\ninclude %s\nport 26\n",
		    "user me\nfrom a@x\nfrom b@x\npassword p\n", 0600, NULL },
		{ "account a\nhost h\ninclude %s\n", "password p\n", 0644,
		    "line 3: " },
		{ "account a\nhost h\ninclude %s\n", "passwordeval p\n", 0646,
		    "line 3: " },
		{ "account a\ninclude %s\n", "user u\nno_such_word x\n", 0644,
		    "line 2: unknown command no_such_word" },
		{ "include %s\n", "root:$6$salt$hash:1:x\n", 0644,
		    "line 1: this is not a command" },
		{ "include part\n", "", 0644, "slash" },
		{ "include\n", "", 0644, "needs a value" },
		{ "include /nonexistent/part\n", "", 0644, "nonexistent" },
		{ "include /tmp\n", "", 0644, "line 1: " },
	};
	struct dir *d = *state;
	auto_free char *part = xasprintf("%s.part", d->rc);

	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(conf) struct conf c = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		const char *at = strstr(rows[i].front, "%s");
		auto_free char *text =
		    at ? xasprintf("%.*s%s%s", (int)(at - rows[i].front),
			     rows[i].front, part, at + 2)
		       : xstrdup(rows[i].front);

		write_file(d->rc, text, strlen(text), 0600);
		write_file(
		    part, rows[i].part, strlen(rows[i].part), rows[i].mode);
		if (conf_load_files(&c, d->rc, d->system, &err) < 0) {
			if (!rows[i].said || !strstr(err.text, rows[i].said))
				fail_msg("row %zu: %s", i, err.text);
			assert_int_equal(err.kind, ERR_CONFIG);
			assert_null(strstr(err.text, "salt"));
			continue;
		}
		assert_null(rows[i].said);
		assert_string_equal(find(&c, "a")->user, "me");
		assert_string_equal(find(&c, "a")->from, "b@x");
		assert_int_equal(find(&c, "a")->sender_count, 2);
		assert_string_equal(find(&c, "a")->origin[OPT_USER].file, part);
		assert_int_equal(find(&c, c.count > 1 ? "c" : "a")->port, 26);
	}
	(void)unlink(part);
}

/* A file that includes itself is no way to stop. */
static void
test_include_loop(void **state)
{
	struct dir *d = *state;
	auto_free char *text = xasprintf("include %s\n", d->rc);
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	write_file(d->rc, text, strlen(text), 0600);
	assert_int_equal(conf_load_files(&c, d->rc, d->system, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "more than 8 files"));
}

/* CR-14 */
static void
test_command_in_writable_file(void **state)
{
	static const char text[] = "host h\npasswordeval cat x\n";
	struct dir *d = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	write_file(d->rc, text, strlen(text), 0646);
	assert_int_equal(conf_load_files(&c, d->rc, d->system, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(chmod(d->rc, 0644), 0);
	assert_int_equal(conf_load_files(&c, d->rc, d->system, &err), 0);
}

static void
test_system_file(void **state)
{
	static const char user[] = "account a\nhost user\n";
	static const char system[] =
	    "account a\nhost system\naccount b\nhost system\npassword x\n";
	struct dir *d = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	write_file(d->rc, user, strlen(user), 0644);
	write_file(d->system, system, strlen(system), 0644);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), 0);
	assert_int_equal(c.count, 2);
	assert_string_equal(c.accounts[0]->host, "user");
	assert_string_equal(c.accounts[1]->name, "b");
	assert_string_equal(c.system_file, d->system);
	/* everybody may read the password: used, and said */
	assert_int_equal(c.warning_count, 1);
	assert_non_null(strstr(c.warnings[0], d->system));
}

static void
test_system_file_must_parse(void **state)
{
	struct dir *d = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	write_file(d->rc, "host h\n", 7, 0644);
	write_file(d->system, "hots h\n", 7, 0644);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), -1);
	assert_non_null(strstr(err.text, d->system));
	assert_non_null(strstr(err.text, "line 1: unknown command hots"));
}

static void
test_xdg(void **state)
{
	struct dir *d = *state;
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(mkdir(d->xdg, 0700), 0);
	write_file(d->config, "host xdg\n", 9, 0600);
	/* LF-13: a relative one is not followed */
	assert_int_equal(setenv("XDG_CONFIG_HOME", ".", 1), 0);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), 0);
	assert_int_equal(c.count, 0);
	assert_int_equal(setenv("XDG_CONFIG_HOME", d->path, 1), 0);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), 0);
	assert_int_equal(c.count, 1);
	conf_release(&c);
	write_file(d->rc, "host home\n", 10, 0600);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), 0);
	assert_string_equal(c.accounts[0]->host, "home");
}

/* Section 6 rows 38, 41 and a file that was asked for but is not there. */
static void
test_files_that_are_none(void **state)
{
	struct dir *d = *state;
	size_t len = 1024 * 1024 + 10;
	auto_free char *big = xmalloc(len);
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(conf_load_files(&c, d->rc, d->system, &err), -1);
	assert_int_equal(err_exit_code(&err), 74);
	assert_non_null(strstr(err.text, d->rc));
	assert_int_equal(conf_load_files(&c, d->path, d->system, &err), -1);
	assert_int_equal(err_exit_code(&err), 78);
	memset(big, 'x', len);
	write_file(d->rc, big, len, 0600);
	assert_int_equal(conf_load_files(&c, d->rc, d->system, &err), -1);
	assert_int_equal(err_exit_code(&err), 78);
	assert_int_equal(unlink(d->rc), 0);
	assert_int_equal(symlink(".msmtprc", d->rc), 0);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), -1);
	assert_int_equal(err_exit_code(&err), 78);
}

/* A line has no limit but the file's. */
static void
test_long_line(void **state)
{
	struct dir *d = *state;
	size_t len = 900 * 1024;
	auto_free char *text = xmalloc(len);
	AUTO(conf) struct conf c = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	memset(text, 'x', len);
	text[0] = '#';
	memcpy(text + len - 8, "\nhost h\n", 8);
	write_file(d->rc, text, len, 0600);
	assert_int_equal(conf_load_files(&c, NULL, d->system, &err), 0);
	assert_int_equal(c.count, 1);
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, dir_setup, dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_taken_as_they_stand),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_last_word_counts),
		cmocka_unit_test(test_inheritance),
		cmocka_unit_test(test_password_is_exact),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_octets_that_cannot_be),
		FILE_TEST(test_secret_in_open_file),
		FILE_TEST(test_file_of_another_user),
		cmocka_unit_test(test_older_words),
		cmocka_unit_test(test_several_senders),
		FILE_TEST(test_eval),
		FILE_TEST(test_include),
		FILE_TEST(test_include_loop),
		FILE_TEST(test_command_in_writable_file),
		FILE_TEST(test_system_file),
		FILE_TEST(test_system_file_must_parse),
		FILE_TEST(test_xdg),
		FILE_TEST(test_files_that_are_none),
		FILE_TEST(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
