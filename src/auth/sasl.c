/* SPDX-License-Identifier: ISC */
/* libgsasl at work.  It is started when a mechanism runs, not before. */
#include "config.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/gsasl.h"
#include "auth/scram.h"
#include "base/base64.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets of channel binding data. */
#define SASL_BINDING_MAX 1024

struct auth {
	const struct auth_mech *mech;
	Gsasl *lib;
	Gsasl_session *session;
	struct auth_params params; /* its strings are the library's copies */
	char *first;               /* SCRAM: what we said first */
	size_t first_len;
	unsigned steps;
	bool is_done;
};

/*
 * Channel binding is told to -PLUS mechanisms alone: libgsasl 2.2 fails any
 * other SCRAM exchange when it knows of some.
 */
static int
sasl_binding(struct auth *a, Gsasl_property prop)
{
	AUTO(buf) struct buf octets = BUF_INIT(SASL_BINDING_MAX);
	AUTO(buf) struct buf coded = BUF_INIT(SASL_BINDING_MAX * 2);

	if (!a->mech->needs_binding || !a->params.binding)
		return GSASL_NO_CALLBACK;
	if (a->params.binding(a->params.binding_ctx,
		prop == GSASL_CB_TLS_EXPORTER, &octets) < 0 ||
	    base64_encode(&coded, octets.data, octets.len) < 0)
		return GSASL_NO_CALLBACK;
	return gsasl_property_set(a->session, prop, buf_str(&coded));
}

static int
sasl_callback(Gsasl *lib, Gsasl_session *session, Gsasl_property prop)
{
	struct auth *a = gsasl_session_hook_get(session);

	(void)lib;
	switch (prop) {
	case GSASL_CB_TLS_EXPORTER:
	case GSASL_CB_TLS_UNIQUE:
		return sasl_binding(a, prop);
	default:
		return GSASL_NO_CALLBACK;
	}
}

/* What the library's answer means. */
static int
sasl_failed(const struct auth *a, int rc, struct error *err)
{
	switch (rc) {
	case GSASL_SASLPREP_ERROR:
		(void)err_set(err, ERR_CREDENTIAL,
		    _("the user name or the password holds characters that "
		      "method %s does not allow"),
		    a->mech->name);
		break;
	case GSASL_NO_CB_TLS_UNIQUE:
	case GSASL_NO_CB_TLS_EXPORTER:
		(void)err_set(err, ERR_UNSUPPORTED,
		    _("authentication method %s cannot be used on this "
		      "connection"),
		    a->mech->name);
		break;
	case GSASL_AUTHENTICATION_ERROR:
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
	case GSASL_INTEGRITY_ERROR:
	case GSASL_BASE64_ERROR:
		(void)err_set(err, ERR_AUTH,
		    _("the server's side of the authentication is wrong "
		      "(method %s)"),
		    a->mech->name);
		break;
	default:
		(void)err_set(err, ERR_SOFTWARE,
		    _("the SASL library failed (method %s)"), a->mech->name);
		break;
	}
	return err_detail(err, "GNU SASL: %s", gsasl_strerror(rc));
}

static bool
sasl_is_scram(const struct auth_mech *mech)
{
	return text_has_caseprefix(mech->name, "SCRAM-");
}

/* SASLprep (RFC 4013) of what SCRAM will prepare, before anything is said: the
 * library finds out in the middle of the exchange (SA-20). */
static int
sasl_prepare(const struct auth *a, const char *text, struct error *err)
{
	char *prepared = NULL;
	int rc = gsasl_saslprep(text, GSASL_ALLOW_UNASSIGNED, &prepared, NULL);

	if (prepared)
		secret_wipe(prepared, strlen(prepared));
	gsasl_free(prepared);
	return rc == GSASL_OK ? 0 : sasl_failed(a, GSASL_SASLPREP_ERROR, err);
}

static int
sasl_start(struct auth *a, struct error *err)
{
	int rc;

	if (sasl_is_scram(a->mech) &&
	    (sasl_prepare(a, a->params.user, err) < 0 ||
		sasl_prepare(a, a->params.password->data, err) < 0))
		return -1;
	rc = gsasl_init(&a->lib);

	if (rc == GSASL_OK) {
		gsasl_callback_set(a->lib, sasl_callback);
		rc = gsasl_client_start(a->lib, a->mech->name, &a->session);
	}
	if (rc != GSASL_OK)
		return sasl_failed(a, rc, err);
	gsasl_session_hook_set(a->session, a);
	rc = gsasl_property_set(a->session, GSASL_AUTHID, a->params.user);
	if (rc == GSASL_OK)
		rc = gsasl_property_set(
		    a->session, GSASL_PASSWORD, a->params.password->data);
	return rc == GSASL_OK ? 0 : sasl_failed(a, rc, err);
}

/* What no mechanism can carry (CR-02). */
static int
sasl_check(const struct auth_mech *mech, const struct auth_params *params,
    struct error *err)
{
	const struct secret *password = params->password;

	if (!params->user || !*params->user)
		return err_set(err, ERR_NO_CREDENTIAL,
		    _("authentication method %s needs a user name"),
		    mech->name);
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

	if (sasl_check(mech, params, err) < 0 || gsasl_load(err) < 0)
		return NULL;
	a = xcalloc(1, sizeof(*a));
	a->mech = mech;
	a->params = *params;
	if (sasl_start(a, err) == 0)
		return a;
	auth_free(a);
	return NULL;
}

/* The library frees its copy of the password without wiping it. */
static void
sasl_wipe(Gsasl_session *session)
{
	char *copy = (char *)gsasl_property_fast(session, GSASL_PASSWORD);

	if (copy)
		secret_wipe(copy, strlen(copy));
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	if (a->session) {
		sasl_wipe(a->session);
		gsasl_finish(a->session);
	}
	if (a->lib)
		gsasl_done(a->lib);
	free(a->first);
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
	char *out = NULL;
	size_t out_len = 0;
	int rc;

	if (sasl_is_scram(a->mech) && a->steps == 1 &&
	    scram_check_first(a->first, a->first_len, challenge, len, err) < 0)
		return -1;
	rc = gsasl_step(a->session, challenge, len, &out, &out_len);
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return sasl_failed(a, rc, err);
	a->is_done = rc == GSASL_OK;
	if (a->steps++ == 0 && sasl_is_scram(a->mech)) {
		a->first = xmemdupz(out, out_len);
		a->first_len = out_len;
	}
	secret_set(response, out, out_len);
	if (out)
		secret_wipe(out, out_len);
	gsasl_free(out);
	return 0;
}

bool
auth_is_done(const struct auth *a)
{
	return a->is_done;
}
