/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/login.h"

#include <string.h>

#include "auth/auth.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "cred/cred.h"
#include "deliver/advice.h"

bool
login_is_wanted(const struct account *a)
{
	return a->auth == TOGGLE_ON || a->auth == TOGGLE_AUTO;
}

/* Whether a bare password may pass: what the session is counts, not what the
 * configuration asked for.  In the clear to another machine, or to whoever it
 * is (TV-40), only by a method that the account names besides switching TLS or
 * the check off: `auth on` asks for a safe one. */
static bool
login_may_send_clear(const struct connection *c)
{
	const struct account *a = c->account;

	if (c->peer.is_loopback || (c->is_tls && c->tls.is_verified))
		return true;
	return (c->is_tls ? a->tls_certcheck : a->tls) == TOGGLE_OFF &&
	       a->auth == TOGGLE_AUTO;
}

static int
login_binding(void *ctx, bool is_exporter, struct buf *out)
{
	const struct connection *c = ctx;

	if (!c->is_tls)
		return -1;
	return tls_channel_binding(*c->tls_slot,
	    is_exporter ? TLS_BINDING_EXPORTER : TLS_BINDING_UNIQUE, out);
}

static bool
login_has_binding(struct connection *c)
{
	AUTO(buf) struct buf octets = BUF_INIT(1024);

	/* nobody asks: then it need not be computed */
	if (!strstr(smtp_mechanisms(c->smtp), "-PLUS"))
		return false;
	return login_binding(c, true, &octets) == 0 ||
	       login_binding(c, false, &octets) == 0;
}

static int
login_sasl_step(void *ctx, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	return auth_step(ctx, challenge, len, response, err);
}

static bool
login_sasl_is_done(void *ctx)
{
	return auth_is_done(ctx);
}

/* Says what the server's answer means: in its own words where the mechanism
 * got some, in ours where the answer is well known. */
static void
login_explain(
    const struct auth *auth, const struct redact *redact, struct error *err)
{
	if (auth_complaint(auth)) {
		auto_free char *said = xstrdup(auth_complaint(auth));

		redact_apply(redact, said, strlen(said));
		xreplace(&err->text, xasprintf("%s: %s", err->text, said));
		(void)err_hint(err,
		    _("The access token may have expired, or be for another "
		      "user or scope; get a fresh one."));
	}
	redact_error(redact, err); /* a challenge, decoded */
	(void)advice_add(err);
}

static int
login_sasl(struct connection *c, const struct auth_mech *mech,
    const struct secret *password, struct error *err)
{
	struct auth_params params = {
		.user = c->account->user,
		.password = password,
		.host = c->peer.host ? c->peer.host : "localhost",
		.port = c->peer.port,
		.domain = c->account->ntlmdomain,
		.is_binding_offered =
		    strstr(smtp_mechanisms(c->smtp), "-PLUS") != NULL,
		.binding = login_binding,
		.binding_ctx = c,
	};
	struct auth *auth = auth_new(mech, &params, err);
	int rc;

	if (!auth)
		return -1;
	if (password->data)
		redact_add(smtp_redact(c->smtp), password->data, password->len);
	rc = smtp_auth(c->smtp,
	    &(struct smtp_sasl){ mech->name, auth_has_initial(auth),
		login_sasl_step, login_sasl_is_done, auth },
	    err);
	if (rc < 0)
		login_explain(auth, smtp_redact(c->smtp), err);
	auth_free(auth);
	return rc;
}

bool
login_needs_password(const struct account *a)
{
	const char *name = a->auth == TOGGLE_AUTO ? a->auth_mechanism : NULL;

	return !name ||
	       (strcmp(name, "EXTERNAL") != 0 && strcmp(name, "GSSAPI") != 0);
}

bool
login_has_pin(const struct account *a)
{
	return !login_is_wanted(a) || !login_needs_password(a);
}

int
login_pin(void *ctx, struct secret *out, struct error *err)
{
	const struct connection *c = ctx;
	struct cred_request request = { c->account, c->stop_at, true };
	const char *source = NULL;

	return cred_find(&request, out, &source, err);
}

struct auth_policy
login_policy(struct connection *c)
{
	const struct account *a = c->account;

	return (struct auth_policy){
		.mechanism = a->auth == TOGGLE_AUTO ? a->auth_mechanism : NULL,
		.may_send_clear = login_may_send_clear(c),
		.has_binding = login_has_binding(c),
	};
}

/* tls off where the server knows only bare passwords is the account's mistake,
 * not the server's. */
static int
login_blame(const struct connection *c, const struct auth_policy *policy,
    struct error *err)
{
	const struct account *a = c->account;

	if (c->is_tls || a->tls != TOGGLE_OFF || policy->may_send_clear ||
	    auth_judge("PLAIN", policy, NULL) != AUTH_CLEAR ||
	    !*smtp_mechanisms(c->smtp))
		return -1;
	err->kind = ERR_CONFIG;
	(void)err_hint(err,
	    _("The password would go out in clear text: use tls, or name the "
	      "method in auth if you mean it."));
	return account_blame(a, OPT_TLS, err);
}

int
login_run(struct connection *c, struct error *err)
{
	const struct account *a = c->account;
	AUTO(secret) struct secret password = SECRET_INIT;
	const struct auth_mech *mech;
	const char *source = NULL;
	struct cred_request request = { a, c->stop_at, true };
	struct auth_policy policy = login_policy(c);

	if (!login_is_wanted(a))
		return 0;
	if (auth_choose(smtp_mechanisms(c->smtp), &policy, &mech, err) < 0)
		return login_blame(c, &policy, err);
	if (c->trace && c->trace->note)
		c->trace->note(c->trace->ctx, mech->name);
	if (mech->needs_user && (!a->user || !*a->user)) {
		(void)err_set(err, ERR_NO_CREDENTIAL,
		    _("authentication method %s needs a user name"),
		    mech->name);
		return err_hint(
		    err, _("Add a line 'user NAME' to the account."));
	}
	if (mech->needs_password &&
	    cred_find(&request, &password, &source, err) < 0)
		return -1;
	return login_sasl(c, mech, &password, err);
}
