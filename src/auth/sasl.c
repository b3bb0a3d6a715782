/* SPDX-License-Identifier: ISC */
/* libgsasl at work.  It is started when a mechanism runs, not before. */
#include "config.h"

#include "auth/sasl.h"

#include <string.h>

#include "auth/engine.h"
#include "auth/gsasl.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets of a CRAM-MD5 challenge: a message identifier (RFC 2195). */
#define SASL_CRAM_MAX 1024

struct sasl {
	struct auth base;
	Gsasl *lib;
	Gsasl_session *session;
};

/* Whom to act as is for the certificate or the ticket to say, unless the
 * account does. */
static bool
sasl_has_authzid(const struct auth *a)
{
	return !a->mech->needs_user && a->params.user;
}

static int
sasl_callback(Gsasl *lib, Gsasl_session *session, Gsasl_property prop)
{
	struct sasl *s = gsasl_session_hook_get(session);
	const struct auth_params *params = &s->base.params;

	(void)lib;
	switch (prop) {
	case GSASL_SERVICE:
		return gsasl_property_set(session, prop, "smtp");
	case GSASL_HOSTNAME:
		return gsasl_property_set(session, prop, params->host);
	case GSASL_QOP:
		return gsasl_property_set(session, prop, "qop-auth");
	case GSASL_REALM:
		if (!params->domain)
			return GSASL_NO_CALLBACK;
		return gsasl_property_set(session, prop, params->domain);
	case GSASL_AUTHZID:
		if (!sasl_has_authzid(&s->base))
			return GSASL_NO_CALLBACK;
		return gsasl_property_set(session, prop, params->user);
	default:
		return GSASL_NO_CALLBACK;
	}
}

/* What the library's answer means. */
static int
sasl_failed(const struct auth *a, int rc, struct error *err)
{
	switch (rc) {
	case GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR:
	case GSASL_GSSAPI_IMPORT_NAME_ERROR:
		(void)err_set(err, ERR_CREDENTIAL_TEMP,
		    _("there is no usable Kerberos ticket"));
		(void)err_hint(
		    err, _("See what klist says; kinit gets a ticket."));
		break;
	case GSASL_UNKNOWN_MECHANISM:
		(void)err_set(err, ERR_UNSUPPORTED,
		    _("the SASL library was built without method %s"),
		    a->mech->name);
		break;
	case GSASL_AUTHENTICATION_ERROR:
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
	case GSASL_INTEGRITY_ERROR:
	case GSASL_BASE64_ERROR:
		(void)auth_refuse_challenge(a, err);
		break;
	default:
		(void)err_set(err, ERR_SOFTWARE,
		    _("the SASL library failed (method %s)"), a->mech->name);
		break;
	}
	return err_detail(err, "GNU SASL: %s", gsasl_strerror(rc));
}

static bool
sasl_is_plain_text(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

int
sasl_prepare(const char *mechanism, const char *text, struct secret *out,
    struct error *err)
{
	char *prepared = NULL;
	int rc;

	/* what SASLprep leaves as it is needs no library */
	if (sasl_is_plain_text(text)) {
		secret_set(out, text, strlen(text));
		return 0;
	}
	if (gsasl_load(err) < 0)
		return -1;
	rc = gsasl_saslprep(text, GSASL_ALLOW_UNASSIGNED, &prepared, NULL);
	if (rc == GSASL_OK)
		secret_set(out, prepared, strlen(prepared));
	if (prepared)
		secret_wipe(prepared, strlen(prepared));
	gsasl_free(prepared);
	if (rc == GSASL_OK)
		return 0;
	(void)err_set(err, ERR_CREDENTIAL,
	    _("the user name or the password holds characters that "
	      "method %s does not allow"),
	    mechanism);
	return err_detail(err, "GNU SASL: %s", gsasl_strerror(rc));
}

static int
sasl_init(struct sasl *s)
{
	const struct auth *a = &s->base;
	int rc = gsasl_init(&s->lib);

	if (rc == GSASL_OK) {
		gsasl_callback_set(s->lib, sasl_callback);
		rc = gsasl_client_start(s->lib, a->mech->name, &s->session);
	}
	if (rc != GSASL_OK)
		return rc;
	gsasl_session_hook_set(s->session, s);
	if (a->params.user)
		rc = gsasl_property_set(
		    s->session, GSASL_AUTHID, a->params.user);
	if (rc == GSASL_OK && a->mech->needs_password)
		rc = gsasl_property_set(
		    s->session, GSASL_PASSWORD, a->params.password->data);
	return rc;
}

static int
sasl_start(struct auth *a, struct error *err)
{
	int rc;

	if (gsasl_load(err) < 0)
		return -1;
	rc = sasl_init((struct sasl *)a);
	return rc == GSASL_OK ? 0 : sasl_failed(a, rc, err);
}

/* The library frees its copy of the password without wiping it. */
static void
sasl_wipe(Gsasl_session *session)
{
	char *copy = (char *)gsasl_property_fast(session, GSASL_PASSWORD);

	if (copy)
		secret_wipe(copy, strlen(copy));
}

static void
sasl_stop(struct auth *a)
{
	struct sasl *s = (struct sasl *)a;

	if (s->session) {
		sasl_wipe(s->session);
		gsasl_finish(s->session);
	}
	if (s->lib)
		gsasl_done(s->lib);
}

/* Challenges that the library would work with and should not (SA-13). */
static int
sasl_check(struct sasl *s, const char *challenge, size_t len, struct error *err)
{
	const struct auth_mech *mech = s->base.mech;

	if (strcmp(mech->name, "CRAM-MD5") == 0 &&
	    (len < 3 || len > SASL_CRAM_MAX || challenge[0] != '<' ||
		challenge[len - 1] != '>' || !memchr(challenge, '@', len)))
		return sasl_failed(&s->base, GSASL_MECHANISM_PARSE_ERROR, err);
	return 0;
}

static int
sasl_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	struct sasl *s = (struct sasl *)a;
	char *out = NULL;
	size_t out_len = 0;
	int rc;

	if (sasl_check(s, challenge, len, err) < 0)
		return -1;
	rc = gsasl_step(s->session, challenge, len, &out, &out_len);
	secret_wipe_stack();
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return sasl_failed(a, rc, err);
	a->is_done = rc == GSASL_OK;
	secret_set(response, out, out_len);
	if (out)
		secret_wipe(out, out_len);
	gsasl_free(out);
	return 0;
}

const struct auth_engine sasl_engine = {
	.size = sizeof(struct sasl),
	.start = sasl_start,
	.step = sasl_step,
	.stop = sasl_stop,
};
