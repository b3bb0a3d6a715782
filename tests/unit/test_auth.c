/* SPDX-License-Identifier: ISC */
/* Mechanisms: which one is chosen, SCRAM against a real server's side (the
 * library's), SA-02, SA-06 to SA-12, SA-20. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <gsasl.h>

#include "auth/auth.h"
#include "auth/scram.h"
#include "base/xalloc.h"

/* --- choice --------------------------------------------------------------- */

static void
test_choose(void **state)
{
	static const struct {
		const char *offered, *wanted;
		bool may_send_clear, has_binding;
		enum err_kind kind;
		const char *chosen; /* or NULL */
	} rows[] = {
		{ "PLAIN LOGIN", NULL, true, false, ERR_NONE, "PLAIN" },
		{ "LOGIN PLAIN", NULL, true, false, ERR_NONE, "PLAIN" },
		{ "LOGIN", NULL, true, false, ERR_NONE, "LOGIN" },
		{ "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", NULL, true, false,
		    ERR_NONE, "SCRAM-SHA-256" },
		{ "PLAIN SCRAM-SHA-1", NULL, true, false, ERR_NONE,
		    "SCRAM-SHA-1" },
		{ "SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS", NULL,
		    true, true, ERR_NONE, "SCRAM-SHA-256-PLUS" },
		{ "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", NULL, true, false,
		    ERR_NONE, "SCRAM-SHA-256" },
		{ "SCRAM-SHA-256-PLUS", NULL, true, false, ERR_UNSUPPORTED,
		    NULL },
		/* what the library knows beside them is never picked */
		{ "GSSAPI ANONYMOUS NTLM DIGEST-MD5 CRAM-MD5 EXTERNAL", NULL,
		    true, true, ERR_UNSUPPORTED, NULL },
		{ "GSSAPI PLAIN", NULL, true, false, ERR_NONE, "PLAIN" },
		/* a clear channel */
		{ "PLAIN LOGIN", NULL, false, false, ERR_UNSUPPORTED, NULL },
		{ "PLAIN SCRAM-SHA-1", NULL, false, false, ERR_NONE,
		    "SCRAM-SHA-1" },
		{ "PLAIN", "PLAIN", false, false, ERR_UNSUPPORTED, NULL },
		/* SA-02: what was asked for, and nothing else */
		{ "PLAIN LOGIN", "SCRAM", true, false, ERR_UNSUPPORTED, NULL },
		{ "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", "SCRAM", true, false,
		    ERR_NONE, "SCRAM-SHA-256" },
		{ "PLAIN LOGIN", "SCRAM-SHA-256", true, false, ERR_UNSUPPORTED,
		    NULL },
		{ "SCRAM-SHA-256 LOGIN", "LOGIN", true, false, ERR_NONE,
		    "LOGIN" },
		{ "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS", true, false,
		    ERR_UNSUPPORTED, NULL },
		{ "PLAIN", "PLAI", true, false, ERR_CONFIG, NULL },
		/* SA-18: whole words */
		{ "PLAINX XPLAIN", NULL, true, false, ERR_UNSUPPORTED, NULL },
		{ "", NULL, true, false, ERR_UNSUPPORTED, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct auth_policy policy = { rows[i].wanted,
			rows[i].may_send_clear, rows[i].has_binding };
		const struct auth_mech *mech = NULL;

		print_message("%s\n", rows[i].offered);
		assert_int_equal(
		    auth_choose(rows[i].offered, &policy, &mech, &err),
		    rows[i].chosen ? 0 : -1);
		assert_int_equal(err.kind, rows[i].kind);
		if (rows[i].chosen)
			assert_string_equal(mech->name, rows[i].chosen);
		else
			assert_null(mech);
	}
}

/* --- one run -------------------------------------------------------------- */

struct run {
	struct secret password;
	struct auth *auth;
	const struct auth_mech *mech;
	const char *binding; /* or NULL: none */
	bool has_exporter;
};

static int
run_binding(void *ctx, bool is_exporter, struct buf *out)
{
	const struct run *r = ctx;

	if (!r->binding || is_exporter != r->has_exporter)
		return -1;
	return buf_add_str(out, r->binding);
}

static int
run_begin(struct run *r, const char *name, const char *user,
    const char *password, struct error *err)
{
	struct auth_policy policy = { name, true, true };
	struct auth_params params = { .user = user,
		.password = &r->password,
		.host = "mail.example.org",
		.binding = run_binding,
		.binding_ctx = r };

	r->auth = NULL;
	r->password = (struct secret)SECRET_INIT;
	if (password)
		secret_set(&r->password, password, strlen(password));
	assert_int_equal(auth_choose(name, &policy, &r->mech, err), 0);
	r->auth = auth_new(r->mech, &params, err);
	return r->auth ? 0 : -1;
}

static void
run_end(struct run *r)
{
	auth_free(r->auth);
	secret_release(&r->password);
}

static void
step_is(struct run *r, const char *challenge, const char *want, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret response = SECRET_INIT;

	assert_int_equal(
	    auth_step(r->auth, challenge, strlen(challenge), &response, &err),
	    0);
	assert_int_equal(response.len, len);
	assert_memory_equal(response.data, want, len);
}

static void
test_plain(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct run r = { .binding = "x" };

	(void)state;
	assert_int_equal(run_begin(&r, "PLAIN", "user", "s\"e #cret", &err), 0);
	assert_true(auth_has_initial(r.auth));
	assert_false(auth_is_done(r.auth));
	step_is(&r, "", "\0user\0s\"e #cret", 15);
	assert_true(auth_is_done(r.auth));
	/* asked for by a server that passed over the initial response */
	step_is(&r, "", "\0user\0s\"e #cret", 15);
	assert_true(auth_is_done(r.auth));
	run_end(&r);
}

/* Whom to act as, or nothing: the certificate says who it is. */
static void
test_external(void **state)
{
	static const char *const users[] = { "user", NULL };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct run r = { .binding = "x" };
		const char *want = users[i] ? users[i] : "";

		assert_int_equal(
		    run_begin(&r, "EXTERNAL", users[i], NULL, &err), 0);
		assert_true(auth_has_initial(r.auth));
		step_is(&r, "", want, strlen(want));
		assert_true(auth_is_done(r.auth));
		step_is(&r, "", want, strlen(want));
		run_end(&r);
	}
}

/* CR-22: two answers, whatever is asked. */
static void
test_cr_22_login(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret response = SECRET_INIT;
	struct run r = { .binding = "x" };

	(void)state;
	assert_int_equal(run_begin(&r, "LOGIN", "user", "secret", &err), 0);
	assert_false(auth_has_initial(r.auth));
	step_is(&r, "Password:", "user", 4);
	assert_false(auth_is_done(r.auth));
	step_is(&r, "Username:", "secret", 6);
	assert_true(auth_is_done(r.auth));
	assert_int_equal(
	    auth_step(r.auth, "Password:", 9, &response, &err), -1);
	assert_int_equal(err.kind, ERR_AUTH);
	run_end(&r);
}

static void
test_what_is_missing(void **state)
{
	static const struct {
		const char *user, *password;
		enum err_kind kind;
	} rows[] = { { NULL, "x", ERR_NO_CREDENTIAL },
		{ "", "x", ERR_NO_CREDENTIAL },
		{ "user", NULL, ERR_NO_CREDENTIAL } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct run r = { .binding = NULL };

		assert_int_equal(run_begin(&r, "PLAIN", rows[i].user,
				     rows[i].password, &err),
		    -1);
		assert_int_equal(err.kind, rows[i].kind);
		run_end(&r);
	}
}

/* CR-02: a NUL would be a separator in PLAIN. */
static void
test_cr_02_nul_in_password(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret password = SECRET_INIT;
	struct auth_policy policy = { "PLAIN", true, true };
	struct auth_params params = { .user = "u", .password = &password };
	const struct auth_mech *mech = NULL;

	(void)state;
	secret_set(&password, "a\0b", 3);
	assert_int_equal(auth_choose("PLAIN", &policy, &mech, &err), 0);
	assert_null(auth_new(mech, &params, &err));
	assert_int_equal(err.kind, ERR_CREDENTIAL);
}

/* --- SCRAM against the library's server ----------------------------------- */

struct server {
	Gsasl *lib;
	Gsasl_session *session;
	const char *binding; /* base64, or NULL */
};

static int
server_callback(Gsasl *lib, Gsasl_session *session, Gsasl_property prop)
{
	const struct server *s = gsasl_callback_hook_get(lib);

	switch (prop) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, prop, "p\xc3\xa4ncil");
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(session, prop, "4096");
	case GSASL_CB_TLS_EXPORTER:
	case GSASL_CB_TLS_UNIQUE:
		return s->binding
			   ? gsasl_property_set(session, prop, s->binding)
			   : GSASL_NO_CALLBACK;
	default:
		return GSASL_NO_CALLBACK;
	}
}

static void
server_begin(struct server *s, const char *name)
{
	assert_int_equal(gsasl_init(&s->lib), GSASL_OK);
	gsasl_callback_hook_set(s->lib, s);
	gsasl_callback_set(s->lib, server_callback);
	assert_int_equal(
	    gsasl_server_start(s->lib, name, &s->session), GSASL_OK);
}

static void
server_end(struct server *s)
{
	gsasl_finish(s->session);
	gsasl_done(s->lib);
}

/* Plays an exchange to its end; the library's last word, or GSASL_OK. */
static int
exchange(struct run *r, struct server *s, struct error *err)
{
	AUTO(secret) struct secret answer = SECRET_INIT;
	char *challenge = xstrdup("");
	size_t len = 0;
	int rc = GSASL_NEEDS_MORE;

	while (rc == GSASL_NEEDS_MORE) {
		char *next = NULL;

		if (auth_step(r->auth, challenge, len, &answer, err) < 0) {
			rc = -1;
			break;
		}
		rc = gsasl_step(
		    s->session, answer.data, answer.len, &next, &len);
		free(challenge);
		challenge = next;
	}
	/* the server's last words */
	if (rc == GSASL_OK && !auth_is_done(r->auth) &&
	    auth_step(r->auth, challenge ? challenge : "", len, &answer, err) <
		0)
		rc = -1;
	free(challenge);
	return rc;
}

static void
test_scram(void **state)
{
	/* "eHl6" is "xyz" */
	static const struct {
		const char *name, *password;
		const char *binding, *server_binding;
		bool has_exporter;
		bool is_good;
	} rows[] = {
		{ "SCRAM-SHA-256", "p\xc3\xa4ncil", NULL, NULL, true, true },
		{ "SCRAM-SHA-1", "p\xc3\xa4ncil", NULL, NULL, true, true },
		/* binding data is there but not for this mechanism */
		{ "SCRAM-SHA-256", "p\xc3\xa4ncil", "xyz", NULL, true, true },
		{ "SCRAM-SHA-1", "p\xc3\xa4ncil", "xyz", NULL, true, true },
		{ "SCRAM-SHA-256-PLUS", "p\xc3\xa4ncil", "xyz", "eHl6", true,
		    true },
		{ "SCRAM-SHA-1-PLUS", "p\xc3\xa4ncil", "xyz", "eHl6", true,
		    true },
		{ "SCRAM-SHA-256-PLUS", "p\xc3\xa4ncil", "xyz", "eHl6", false,
		    true },
		/* SA-03: somebody took -PLUS off the list */
		{ "SCRAM-SHA-256", "p\xc3\xa4ncil", "xyz", "eHl6", true,
		    false },
		{ "SCRAM-SHA-1", "p\xc3\xa4ncil", "xyz", "eHl6", false, false },
		/* somebody in the middle */
		{ "SCRAM-SHA-256-PLUS", "p\xc3\xa4ncil", "abc", "eHl6", true,
		    false },
		{ "SCRAM-SHA-256-PLUS", "p\xc3\xa4ncil", NULL, "eHl6", true,
		    false },
		{ "SCRAM-SHA-256", "wrong", NULL, NULL, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct run r = { .binding = rows[i].binding,
			.has_exporter = rows[i].has_exporter };
		struct server s = { .binding = rows[i].server_binding };
		int rc;

		print_message("%zu %s\n", i, rows[i].name);
		server_begin(&s, rows[i].name);
		rc =
		    run_begin(&r, rows[i].name, "user", rows[i].password, &err);
		if (rc < 0) { /* it never begins without a channel */
			assert_int_equal(err.kind, ERR_UNSUPPORTED);
			assert_false(rows[i].is_good || rows[i].binding);
			run_end(&r);
			server_end(&s);
			continue;
		}
		assert_true(auth_has_initial(r.auth));
		rc = exchange(&r, &s, &err);
		assert_int_equal(rc == GSASL_OK, rows[i].is_good);
		assert_int_equal(auth_is_done(r.auth), rows[i].is_good);
		run_end(&r);
		server_end(&s);
	}
}

/* SA-06: content only when the server's signature was seen. */
static void
test_sa_06_scram_needs_proof(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret answer = SECRET_INIT;
	struct run r = { .binding = NULL };
	struct server s = { .binding = NULL };
	char *challenge = NULL;
	size_t len = 0;

	(void)state;
	server_begin(&s, "SCRAM-SHA-256");
	assert_int_equal(
	    run_begin(&r, "SCRAM-SHA-256", "user", "p\xc3\xa4ncil", &err), 0);
	assert_int_equal(auth_step(r.auth, "", 0, &answer, &err), 0);
	assert_false(auth_is_done(r.auth));
	assert_int_equal(
	    gsasl_step(s.session, answer.data, answer.len, &challenge, &len),
	    GSASL_NEEDS_MORE);
	assert_int_equal(auth_step(r.auth, challenge, len, &answer, &err), 0);
	assert_false(auth_is_done(r.auth));
	/* SA-07, SA-08 */
	assert_int_equal(auth_step(r.auth, "v=AAAA", 6, &answer, &err), -1);
	assert_int_equal(err.kind, ERR_AUTH);
	assert_false(auth_is_done(r.auth));
	gsasl_free(challenge);
	run_end(&r);
	server_end(&s);
}

/* SA-11: what the library would do is not even tried. */
static void
test_sa_11_scram_iterations(void **state)
{
	static const char *const tails[] = { ",s=QSXCR+Q6sek8bf92,i=1",
		",s=QSXCR+Q6sek8bf92,i=2147483647" };

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(secret) struct secret answer = SECRET_INIT;
		struct run r = { .binding = NULL };
		auto_free char *first = NULL;

		assert_int_equal(
		    run_begin(&r, "SCRAM-SHA-256", "user", "pw", &err), 0);
		assert_int_equal(auth_step(r.auth, "", 0, &answer, &err), 0);
		first = xasprintf("%sx%s", strstr(answer.data, "r="), tails[i]);
		assert_int_equal(
		    auth_step(r.auth, first, strlen(first), &answer, &err), -1);
		assert_int_equal(err.kind, ERR_AUTH);
		run_end(&r);
	}
}

/* SA-20 */
static void
test_sa_20_saslprep(void **state)
{
	static const struct {
		const char *user, *password;
	} rows[] = { { "us\xff", "pw" }, { "user", "p\xffw" },
		{ "user", "p\x07w" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct run r = { .binding = NULL };

		print_message("%zu\n", i);
		assert_int_equal(run_begin(&r, "SCRAM-SHA-256", rows[i].user,
				     rows[i].password, &err),
		    -1);
		assert_int_equal(err.kind, ERR_CREDENTIAL);
		run_end(&r);
	}
}

/* --- the server's first message ------------------------------------------- */

static void
test_sa_10_11_12_scram_first(void **state)
{
	static const struct {
		const char *message;
		bool is_good;
	} rows[] = {
		/* RFC 5802 5, RFC 7677 3 */
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
		  "s=QSXCR+Q6sek8bf92,i=4096",
		    true },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=10000000",
		    true },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096,x=y",
		    true },
		/* SA-10 */
		{ "r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096",
		    false },
		{ "r=xyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096",
		    false },
		{ "r=fyko,s=QSXCR+Q6sek8bf92,i=4096", false },
		{ "r=,s=QSXCR+Q6sek8bf92,i=4096", false },
		/* SA-11 */
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4095",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=1", false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=0", false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=-4096",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=04096",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096 ",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=10000001",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=2147483647",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,"
		  "i=99999999999999999999",
		    false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=", false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92", false },
		/* SA-12 */
		{ "m=x,r=fyko+d2lbbFgONRv9qkxdawLx,s=QSXCR+Q6sek8bf92,i=4096",
		    false },
		/* SA-13's like */
		{ "", false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=,i=4096", false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,s=***,i=4096", false },
		{ "r=fyko+d2lbbFgONRv9qkxdawLx,i=4096,s=QSXCR+Q6sek8bf92",
		    false },
		{ "s=QSXCR+Q6sek8bf92,i=4096", false },
		{ "e=other-error", false },
		{ "r", false },
	};
	AUTO(buf) struct buf first = BUF_INIT(100);

	(void)buf_add_str(&first, "n=user,r=fyko+d2lbbFgONRv9qkxdawL");
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(scram_first) struct scram_first out = SCRAM_FIRST_INIT;

		print_message("%s\n", rows[i].message);
		assert_int_equal(scram_check_first(&first, rows[i].message,
				     strlen(rows[i].message), &out, &err),
		    rows[i].is_good ? 0 : -1);
		assert_int_equal(
		    err.kind, rows[i].is_good ? ERR_NONE : ERR_AUTH);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_external),
		cmocka_unit_test(test_cr_22_login),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_cr_02_nul_in_password),
		cmocka_unit_test(test_scram),
		cmocka_unit_test(test_sa_06_scram_needs_proof),
		cmocka_unit_test(test_sa_11_scram_iterations),
		cmocka_unit_test(test_sa_20_saslprep),
		cmocka_unit_test(test_sa_10_11_12_scram_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
