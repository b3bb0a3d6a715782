/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "auth/auth.h"

#include <string.h>

#include "auth/engine.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* `auth scram`: whichever of them is the best. */
#define AUTH_SCRAM "SCRAM"

/* In the order of preference.  Only these are ever used: what libgsasl happens
 * to support beside them (ANONYMOUS, GSSAPI without a ticket, ...) is nothing
 * to pick by itself. */
static const struct auth_mech auth_table[] = {
	{ .name = "SCRAM-SHA-256-PLUS",
	    .engine = &scram_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .needs_binding = true,
	    .is_automatic = true },
	{ .name = "SCRAM-SHA-1-PLUS",
	    .engine = &scram_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .needs_binding = true,
	    .is_automatic = true },
	{ .name = "SCRAM-SHA-256",
	    .engine = &scram_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .is_automatic = true },
	{ .name = "SCRAM-SHA-1",
	    .engine = &scram_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .is_automatic = true },
	{ .name = "PLAIN",
	    .engine = &plain_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .sends_password = true,
	    .is_automatic = true },
	{ .name = "LOGIN",
	    .engine = &login_engine,
	    .needs_user = true,
	    .needs_password = true,
	    .sends_password = true,
	    .is_automatic = true },
	{ .name = "OAUTHBEARER",
	    .engine = &bearer_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .sends_password = true },
	{ .name = "XOAUTH2",
	    .engine = &bearer_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true,
	    .sends_password = true },
	{ .name = "EXTERNAL",
	    .engine = &external_engine,
	    .speaks_first = true,
	    .needs_cert = true },
	{ .name = "GSSAPI", .engine = &sasl_engine, .speaks_first = true },
	{ .name = "DIGEST-MD5",
	    .engine = &sasl_engine,
	    .needs_user = true,
	    .needs_password = true },
	{ .name = "CRAM-MD5",
	    .engine = &sasl_engine,
	    .needs_user = true,
	    .needs_password = true },
	{ .name = "NTLM",
	    .engine = &sasl_engine,
	    .speaks_first = true,
	    .needs_user = true,
	    .needs_password = true },
};

#define AUTH_COUNT (sizeof(auth_table) / sizeof(auth_table[0]))

/* Whether name is a word of list. */
static bool
auth_is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, name, n) == 0)
			return true;
		if (list[n] == '\0')
			return false;
		list += n + 1;
	}
}

/* Whether the channel is good enough for it. */
static bool
auth_may_use(const struct auth_mech *mech, const struct auth_policy *policy)
{
	if (mech->needs_binding && !policy->has_binding)
		return false;
	return !mech->sends_password || policy->may_send_clear;
}

/* Whether it may be chosen as the best there is: what is named is no choice. */
static bool
auth_is_candidate(
    const struct auth_mech *mech, const struct auth_policy *policy)
{
	if (!policy->mechanism)
		return mech->is_automatic;
	return strcmp(policy->mechanism, AUTH_SCRAM) == 0 &&
	       mech->is_automatic && text_has_caseprefix(mech->name, "SCRAM-");
}

static const struct auth_mech *
auth_find(const char *name)
{
	for (size_t i = 0; i < AUTH_COUNT; i++)
		if (strcmp(auth_table[i].name, name) == 0)
			return &auth_table[i];
	return NULL;
}

enum auth_verdict
auth_judge(const char *name, const struct auth_policy *policy,
    const struct auth_mech *chosen)
{
	const struct auth_mech *mech = auth_find(name);

	if (!mech)
		return AUTH_UNKNOWN;
	if (mech == chosen)
		return AUTH_CHOSEN;
	if (mech->needs_binding && !policy->has_binding)
		return AUTH_UNBOUND;
	if (!auth_may_use(mech, policy))
		return AUTH_CLEAR;
	return auth_is_candidate(mech, policy) ? AUTH_SECOND : AUTH_UNASKED;
}

/* Names what was offered and what there is. */
static int
auth_explain(const char *offered, struct error *err)
{
	AUTO(buf) struct buf known = BUF_INIT(512);

	for (size_t i = 0; i < AUTH_COUNT; i++) {
		/* the table is far below the ceiling */
		(void)buf_printf(
		    &known, "%s%s", i ? " " : "", auth_table[i].name);
	}
	return err_detail(
	    err, "offered: %s; known here: %s", offered, buf_str(&known));
}

static int
auth_hint_clear(struct error *err)
{
	return err_hint(
	    err, _("The password would go out in clear text: use tls, or say "
		   "tls off and name the method in auth if you mean it."));
}

static int
auth_choose_named(const char *offered, const struct auth_policy *policy,
    const struct auth_mech **out, struct error *err)
{
	const char *name = policy->mechanism;
	const struct auth_mech *mech = auth_find(name);

	if (!mech) {
		(void)err_set(err, ERR_CONFIG,
		    _("authentication method %s is not supported"), name);
		return auth_explain(offered, err);
	}
	if (!auth_is_listed(offered, name)) {
		(void)err_set(err, ERR_UNSUPPORTED,
		    _("the server does not support authentication method %s"),
		    name);
		return auth_explain(offered, err);
	}
	if (!auth_may_use(mech, policy)) {
		(void)err_set(err, ERR_UNSUPPORTED,
		    _("authentication method %s cannot be used on this "
		      "connection"),
		    name);
		return mech->needs_binding ? -1 : auth_hint_clear(err);
	}
	*out = mech;
	return 0;
}

int
auth_choose(const char *offered, const struct auth_policy *policy,
    const struct auth_mech **out, struct error *err)
{
	bool is_unsafe = false;

	if (!*offered)
		return err_set(err, ERR_UNSUPPORTED,
		    _("the server does not support authentication"));
	if (policy->mechanism && strcmp(policy->mechanism, AUTH_SCRAM) != 0)
		return auth_choose_named(offered, policy, out, err);
	for (size_t i = 0; i < AUTH_COUNT; i++) {
		const struct auth_mech *mech = &auth_table[i];

		if (!auth_is_candidate(mech, policy) ||
		    !auth_is_listed(offered, mech->name))
			continue;
		if (auth_may_use(mech, policy)) {
			*out = mech;
			return 0;
		}
		is_unsafe = is_unsafe || !mech->needs_binding;
	}
	if (is_unsafe) {
		(void)err_set(err, ERR_UNSUPPORTED,
		    _("cannot use a secure authentication method"));
		(void)auth_hint_clear(err);
	} else {
		(void)err_set(err, ERR_UNSUPPORTED,
		    _("cannot find a usable authentication method"));
	}
	return auth_explain(offered, err);
}

/* --- running one
 * -------------------------------------------------------------- */

/* What no mechanism can do without, or carry (CR-02). */
static int
auth_check(const struct auth_mech *mech, const struct auth_params *params,
    struct error *err)
{
	const struct secret *password = params->password;

	if (mech->needs_user && (!params->user || !*params->user))
		return err_set(err, ERR_NO_CREDENTIAL,
		    _("authentication method %s needs a user name"),
		    mech->name);
	if (!mech->needs_password)
		return 0;
	if (!password || !password->data)
		return err_set(err, ERR_NO_CREDENTIAL,
		    _("authentication method %s needs a password"), mech->name);
	if (memchr(password->data, '\0', password->len))
		return err_set(err, ERR_CREDENTIAL,
		    _("the password holds a NUL character"));
	return 0;
}

struct auth *
auth_new(const struct auth_mech *mech, const struct auth_params *params,
    struct error *err)
{
	struct auth *a;

	if (auth_check(mech, params, err) < 0)
		return NULL;
	a = xcalloc(1, mech->engine->size);
	a->mech = mech;
	a->params = *params;
	if (!mech->engine->start || mech->engine->start(a, err) == 0)
		return a;
	auth_free(a);
	return NULL;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	if (a->mech->engine->stop)
		a->mech->engine->stop(a);
	free(a->complaint);
	free(a);
}

bool
auth_has_initial(const struct auth *a)
{
	return a->mech->speaks_first;
}

int
auth_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	int rc = a->mech->engine->step(a, challenge, len, response, err);

	a->steps++;
	return rc;
}

bool
auth_is_done(const struct auth *a)
{
	return a->is_done;
}

const char *
auth_complaint(const struct auth *a)
{
	return a->complaint;
}

int
auth_refuse_challenge(const struct auth *a, struct error *err)
{
	return err_set(err, ERR_AUTH,
	    _("the server's side of the authentication is wrong (method %s)"),
	    a->mech->name);
}

void
auth_add_name(struct buf *out, const char *name)
{
	for (; *name; name++)
		if (*name == ',')
			(void)buf_add_str(out, "=2C");
		else if (*name == '=')
			(void)buf_add_str(out, "=3D");
		else
			(void)buf_add_char(out, *name);
}
