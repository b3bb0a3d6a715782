/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/trust.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "io/file.h"

#define TRUST_BEGIN "-----BEGIN "
/* Nearly every subject ends within the first number of octets of its
 * certificate, all sane ones within the second. */
#define TRUST_FRONT 384
#define TRUST_FRONT_MAX 2048

void
trust_release(struct trust *t)
{
	if (!t)
		return;
	buf_release(&t->pem);
	buf_release(&t->crl);
}

/* The label of a PEM block that is a certificate (RFC 7468 5.1). */
static bool
trust_is_certificate(const char *label, size_t len)
{
	static const char *const labels[] = { "CERTIFICATE-----",
		"X509 CERTIFICATE-----" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t n = strlen(labels[i]);

		if (len >= n && memcmp(label, labels[i], n) == 0)
			return true;
	}
	return false;
}

/* Takes the next block's base64 text from the rest of a bundle.  False at the
 * end. */
static bool
trust_next_block(struct der *rest, struct der *body)
{
	const size_t n = strlen(TRUST_BEGIN);
	const uint8_t *end = rest->p + rest->len;
	const uint8_t *p = rest->p;

	while ((p = memmem(p, (size_t)(end - p), TRUST_BEGIN, n)) != NULL) {
		const uint8_t *label = p + n, *dash;
		bool is_certificate = trust_is_certificate(
		    (const char *)label, (size_t)(end - label));

		p = memmem(label, (size_t)(end - label), "-----", 5);
		if (!p)
			break;
		p += 5;
		/* '-' is no base64: the body ends there, or is broken */
		dash = memchr(p, '-', (size_t)(end - p));
		if (!dash)
			break;
		*body = (struct der){ p, (size_t)(dash - p) };
		*rest = (struct der){ dash, (size_t)(end - dash) };
		p = dash;
		if (is_certificate)
			return true;
	}
	return false;
}

/* The value of each base64 digit + 1; 0: no digit. */
static const uint8_t trust_digit[256] = { ['A'] = 1,
	['B'] = 2,
	['C'] = 3,
	['D'] = 4,
	['E'] = 5,
	['F'] = 6,
	['G'] = 7,
	['H'] = 8,
	['I'] = 9,
	['J'] = 10,
	['K'] = 11,
	['L'] = 12,
	['M'] = 13,
	['N'] = 14,
	['O'] = 15,
	['P'] = 16,
	['Q'] = 17,
	['R'] = 18,
	['S'] = 19,
	['T'] = 20,
	['U'] = 21,
	['V'] = 22,
	['W'] = 23,
	['X'] = 24,
	['Y'] = 25,
	['Z'] = 26,
	['a'] = 27,
	['b'] = 28,
	['c'] = 29,
	['d'] = 30,
	['e'] = 31,
	['f'] = 32,
	['g'] = 33,
	['h'] = 34,
	['i'] = 35,
	['j'] = 36,
	['k'] = 37,
	['l'] = 38,
	['m'] = 39,
	['n'] = 40,
	['o'] = 41,
	['p'] = 42,
	['q'] = 43,
	['r'] = 44,
	['s'] = 45,
	['t'] = 46,
	['u'] = 47,
	['v'] = 48,
	['w'] = 49,
	['x'] = 50,
	['y'] = 51,
	['z'] = 52,
	['0'] = 53,
	['1'] = 54,
	['2'] = 55,
	['3'] = 56,
	['4'] = 57,
	['5'] = 58,
	['6'] = 59,
	['7'] = 60,
	['8'] = 61,
	['9'] = 62,
	['+'] = 63,
	['/'] = 64 };

/* As many groups of four digits that stand together as there are, each three
 * octets of out; returns how many groups were read. */
static size_t
trust_decode_groups(const uint8_t *in, uint8_t *out, size_t max)
{
	const uint32_t ones = 1u << 18 | 1u << 12 | 1u << 6 | 1u;
	size_t n;

	for (n = 0; n < max; n++) {
		uint32_t a = trust_digit[in[0]], b = trust_digit[in[1]];
		uint32_t c = trust_digit[in[2]], d = trust_digit[in[3]];
		uint32_t bits = (a << 18) + (b << 12) + (c << 6) + d - ones;

		if (!a || !b || !c || !d)
			break;
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
		in += 4;
		out += 3;
	}
	return n;
}

/* Decodes up to max octets of body into out, skipping what is no digit (line
 * ends, padding); returns how many there were. */
static size_t
trust_decode(const struct der *body, uint8_t *out, size_t max)
{
	const uint8_t *p = body->p, *end = body->p + body->len;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	while (p < end && len < max) {
		size_t room = (max - len) / 3, left = (size_t)(end - p) / 4;
		size_t groups = have ? 0
				     : trust_decode_groups(p, out + len,
					   room < left ? room : left);
		unsigned digit;

		p += groups * 4;
		len += groups * 3;
		if (p == end || len == max)
			break;
		digit = trust_digit[*p++];
		if (!digit)
			continue;
		bits = bits << 6 | (digit - 1);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[len++] = (uint8_t)(bits >> have);
		}
	}
	return len;
}

/* The whole certificate, for the caller to free; NULL when body is none. */
static uint8_t *
trust_decode_whole(const struct der *body, size_t *len)
{
	uint8_t *out = xmalloc(body->len / 4 * 3 + 3);
	struct cert c;

	*len = trust_decode(body, out, body->len / 4 * 3 + 3);
	if (cert_read(out, *len, &c))
		return out;
	free(out);
	return NULL;
}

/* Issuer and subject of body, decoded into front: a little of it first, since
 * that nearly always has both. */
static bool
trust_read_front(
    const struct der *body, uint8_t front[TRUST_FRONT_MAX], struct cert *c)
{
	size_t have = trust_decode(body, front, TRUST_FRONT);

	if (cert_read_front(front, have, c))
		return true;
	have = trust_decode(body, front, TRUST_FRONT_MAX);
	return cert_read_front(front, have, c);
}

static bool
trust_is_wanted(const struct der *body, const struct der *names, size_t count)
{
	uint8_t front[TRUST_FRONT_MAX];
	struct cert c;

	/* What is not wholly in the front is imported: that is never wrong. */
	if (!trust_read_front(body, front, &c))
		return true;
	for (size_t i = 0; i < count; i++)
		if (der_equal(&c.subject, &names[i]))
			return true;
	return false;
}

/* One anchor the library refuses does not spoil the others. */
static void
trust_import(gnutls_x509_trust_list_t list, const struct der *body)
{
	size_t len = 0;
	auto_free uint8_t *der = trust_decode_whole(body, &len);
	gnutls_datum_t data = { der, (unsigned)len };
	gnutls_x509_crt_t crt;

	if (!der || gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &data, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_trust_list_add_cas(list, &crt, 1, 0) < 1)
		gnutls_x509_crt_deinit(crt);
}

static bool
trust_has_certificate(const struct buf *pem)
{
	struct der rest = { (const uint8_t *)buf_str(pem), pem->len }, body;

	while (trust_next_block(&rest, &body)) {
		size_t len;
		auto_free uint8_t *der = trust_decode_whole(&body, &len);

		if (der)
			return true;
	}
	return false;
}

static int
trust_unusable(const char *path, struct error *err)
{
	if (path)
		(void)err_set(err, ERR_CONFIG,
		    _("%s holds no certificate in PEM form"), path);
	else
		(void)err_set(err, ERR_CONFIG,
		    _("the system has no store of trusted certificates"));
	return err_hint(
	    err, _("Set tls_trust_file to a file with the certificates of the "
		   "authorities that you trust, in PEM form."));
}

static bool
trust_library_has_store(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	gnutls_x509_trust_list_t list;
	int count;

	if (gnutls_load(&err) < 0 || gnutls_x509_trust_list_init(&list, 0) < 0)
		return false;
	count = gnutls_x509_trust_list_add_system_trust(list, 0, 0);
	gnutls_x509_trust_list_deinit(list, 1);
	return count > 0;
}

int
trust_read(struct trust *t, const char *path, struct error *err)
{
	buf_reset(&t->pem);
	if (file_read(path ? path : SYSTEM_CA_BUNDLE, &t->pem, NULL, err) < 0) {
		if (!path && err->os_errno == ENOENT) {
			error_release(err);
			return trust_library_has_store()
				   ? 0
				   : trust_unusable(path, err);
		}
		err->kind = ERR_CONFIG;
		return -1;
	}
	if (!trust_has_certificate(&t->pem))
		return trust_unusable(path ? path : SYSTEM_CA_BUNDLE, err);
	return 0;
}

gnutls_x509_trust_list_t
trust_select(const struct trust *t, const struct der *names, size_t count)
{
	struct der rest = { (const uint8_t *)buf_str(&t->pem), t->pem.len };
	gnutls_x509_trust_list_t list;
	struct der body;

	if (gnutls_x509_trust_list_init(&list, 0) < 0)
		return NULL;
	if (!t->pem.len)
		(void)gnutls_x509_trust_list_add_system_trust(list, 0, 0);
	while (trust_next_block(&rest, &body))
		if (!names || trust_is_wanted(&body, names, count))
			trust_import(list, &body);
	if (crl_add(&t->crl, list) == 0)
		return list;
	gnutls_x509_trust_list_deinit(list, 1);
	return NULL;
}
