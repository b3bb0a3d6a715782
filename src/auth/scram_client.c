/* SPDX-License-Identifier: ISC */
/*
 * The client's side of SCRAM (RFC 5802, 7677).  libgsasl can do all of it but
 * one thing: to say "y", that the client could bind the channel and the server
 * did not offer that, by which a server finds out that somebody took -PLUS off
 * its list (SA-03).
 */
#include "config.h"

#include <string.h>
#include <sys/random.h>

#include "auth/engine.h"
#include "auth/sasl.h"
#include "auth/scram.h"
#include "base/base64.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "tls/gnutls.h"

#define SCRAM_NONCE 18    /* octets; 24 characters */
#define SCRAM_HASH_MAX 32 /* octets */
#define SCRAM_TEXT_MAX (64 * 1024)
#define SCRAM_BINDING_MAX 1024
#define SCRAM_COMPLAINT_MAX 200

struct scram {
	struct auth base;
	gnutls_mac_algorithm_t mac;
	size_t size;            /* octets of its result */
	struct secret password; /* prepared */
	struct buf binding;     /* "p=tls-exporter,," and the octets, or less */
	struct buf first;       /* what we said first, behind the header */
	char proof[SCRAM_HASH_MAX]; /* that the server must give */
};

/* --- what is said --------------------------------------------------------- */

static int
scram_binding(const struct scram *s, bool is_exporter, struct buf *out)
{
	const struct auth_params *p = &s->base.params;

	return p->binding ? p->binding(p->binding_ctx, is_exporter, out) : -1;
}

/* The header (RFC 5802 6), and behind it the octets of the channel. */
static int
scram_bind(struct scram *s, struct error *err)
{
	AUTO(buf) struct buf octets = BUF_INIT(SCRAM_BINDING_MAX);
	bool is_exporter = scram_binding(s, true, &octets) == 0;
	bool is_there = is_exporter || scram_binding(s, false, &octets) == 0;

	if (!s->base.mech->needs_binding) {
		(void)buf_add_str(&s->binding,
		    is_there && !s->base.params.is_binding_offered ? "y,,"
								   : "n,,");
		return 0;
	}
	if (!is_there)
		return err_set(err, ERR_UNSUPPORTED,
		    _("authentication method %s cannot be used on this "
		      "connection"),
		    s->base.mech->name);
	(void)buf_printf(
	    &s->binding, "p=tls-%s,,", is_exporter ? "exporter" : "unique");
	return buf_add(&s->binding, octets.data, octets.len);
}

/* Octets of the header alone. */
static size_t
scram_header_len(const struct scram *s)
{
	return (size_t)(strstr(buf_str(&s->binding), ",,") + 2 -
			buf_str(&s->binding));
}

static int
scram_say_first(struct scram *s, const char *user, struct error *err)
{
	unsigned char nonce[SCRAM_NONCE];

	if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce))
		return err_set(err, ERR_OS, _("there are no random numbers"));
	(void)buf_add_str(&s->first, "n=");
	auth_add_name(&s->first, user);
	(void)buf_add_str(&s->first, ",r=");
	(void)base64_encode(&s->first, (char *)nonce, sizeof(nonce));
	return 0;
}

static int
scram_start(struct auth *a, struct error *err)
{
	struct scram *s = (struct scram *)a;
	bool is_256 = strstr(a->mech->name, "-256") != NULL;
	AUTO(secret) struct secret user = SECRET_INIT;

	s->mac = is_256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA1;
	s->size = is_256 ? 32 : 20;
	buf_init(&s->binding, SCRAM_BINDING_MAX + 100);
	buf_init(&s->first, SCRAM_TEXT_MAX);
	if (gnutls_load(err) < 0 ||
	    sasl_prepare(a->mech->name, a->params.user, &user, err) < 0 ||
	    sasl_prepare(a->mech->name, a->params.password->data, &s->password,
		err) < 0 ||
	    scram_bind(s, err) < 0)
		return -1;
	return scram_say_first(s, user.data, err);
}

static void
scram_stop(struct auth *a)
{
	struct scram *s = (struct scram *)a;

	secret_release(&s->password);
	buf_release(&s->binding);
	buf_release(&s->first);
}

/* --- what is computed (RFC 5802 3) ---------------------------------------- */

static int
scram_hmac(const struct scram *s, const void *key, const void *text, size_t len,
    void *out)
{
	return gnutls_hmac_fast(s->mac, key, s->size, text, len, out) == 0 ? 0
									   : -1;
}

/* From the salted password our proof, over it, and the server's. */
static int
scram_prove(struct scram *s, char *salted, const struct buf *said)
{
	gnutls_digest_algorithm_t hash = (gnutls_digest_algorithm_t)s->mac;
	char key[SCRAM_HASH_MAX], stored[SCRAM_HASH_MAX];
	char signature[SCRAM_HASH_MAX];
	int rc = -1;

	if (scram_hmac(s, salted, "Server Key", 10, key) == 0 &&
	    scram_hmac(s, key, said->data, said->len, s->proof) == 0 &&
	    scram_hmac(s, salted, "Client Key", 10, key) == 0 &&
	    gnutls_hash_fast(hash, key, s->size, stored) == 0)
		rc = scram_hmac(s, stored, said->data, said->len, signature);
	for (size_t i = 0; rc == 0 && i < s->size; i++)
		salted[i] = (char)(key[i] ^ signature[i]);
	secret_wipe(key, sizeof(key));
	secret_wipe(stored, sizeof(stored));
	secret_wipe(signature, sizeof(signature));
	return rc;
}

static int
scram_failed(const struct scram *s, struct error *err)
{
	return err_set(err, ERR_SOFTWARE, _("method %s cannot be computed"),
	    s->base.mech->name);
}

/* Our proof for what was said by both, appended to out. */
static int
scram_compute(struct scram *s, const struct scram_first *server,
    const struct buf *said, struct buf *out, struct error *err)
{
	char proof[SCRAM_HASH_MAX];
	gnutls_datum_t password = { (unsigned char *)s->password.data,
		(unsigned)s->password.len };
	gnutls_datum_t salt = { (unsigned char *)server->salt.data,
		(unsigned)server->salt.len };
	int rc = gnutls_pbkdf2(
	    s->mac, &password, &salt, server->iterations, proof, s->size);

	if (rc == 0)
		rc = scram_prove(s, proof, said);
	if (rc == 0)
		rc = base64_encode(out, proof, s->size);
	secret_wipe(proof, sizeof(proof));
	secret_wipe_stack();
	return rc == 0 ? 0 : scram_failed(s, err);
}

/* --- the dialogue --------------------------------------------------------- */

static int
scram_answer(struct scram *s, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	AUTO(scram_first) struct scram_first server = SCRAM_FIRST_INIT;
	AUTO(buf) struct buf text = BUF_INIT(SCRAM_TEXT_MAX);
	AUTO(buf) struct buf said = BUF_INIT(3 * SCRAM_TEXT_MAX);

	if (scram_check_first(&s->first, challenge, len, &server, err) < 0)
		return -1;
	(void)buf_add_str(&text, "c=");
	(void)base64_encode(&text, s->binding.data, s->binding.len);
	(void)buf_printf(&text, ",r=%.*s", (int)server.nonce_len, server.nonce);
	(void)buf_printf(&said, "%s,%.*s,%s", buf_str(&s->first), (int)len,
	    challenge, buf_str(&text));
	(void)buf_add_str(&text, ",p=");
	if (text.is_full || said.is_full)
		return scram_failed(s, err);
	if (scram_compute(s, &server, &said, &text, err) < 0)
		return -1;
	secret_set(response, buf_str(&text), text.len);
	return 0;
}

/* "v=" and the proof, or "e=" and a word. */
static int
scram_judge(
    struct scram *s, const char *challenge, size_t len, struct error *err)
{
	AUTO(buf) struct buf proof = BUF_INIT(2 * SCRAM_HASH_MAX);

	if (len > 2 && memcmp(challenge, "v=", 2) == 0 &&
	    base64_decode(&proof, challenge + 2, len - 2) == 0 &&
	    proof.len == s->size &&
	    memcmp(proof.data, s->proof, s->size) == 0) {
		s->base.is_done = true;
		return 0;
	}
	(void)auth_refuse_challenge(&s->base, err);
	return err_detail(err, "%.*s",
	    (int)(len < SCRAM_COMPLAINT_MAX ? len : SCRAM_COMPLAINT_MAX),
	    challenge);
}

static int
scram_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(SCRAM_TEXT_MAX);
	struct scram *s = (struct scram *)a;

	switch (a->steps) {
	case 0:
		(void)buf_add(&text, s->binding.data, scram_header_len(s));
		(void)buf_add(&text, s->first.data, s->first.len);
		secret_set(response, buf_str(&text), text.len);
		return text.is_full ? scram_failed(s, err) : 0;
	case 1:
		return scram_answer(s, challenge, len, response, err);
	case 2:
		secret_set(response, "", 0);
		return scram_judge(s, challenge, len, err);
	default:
		return auth_refuse_challenge(a, err);
	}
}

const struct auth_engine scram_engine = {
	.size = sizeof(struct scram),
	.start = scram_start,
	.step = scram_step,
	.stop = scram_stop,
};
