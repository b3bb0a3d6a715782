/* SPDX-License-Identifier: ISC */
/* What of TLS needs no peer: the walk through a bundle, the reading of
 * certificates, names.  The rest is in tests/cli/test_tls_*.py. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/xalloc.h"
#include "tls/trust.h"
#include "tls/verify.h"

/* --- certificates --------------------------------------------------------- */

/* A self-signed certificate of this name, in DER. */
static void
make_cert(const char *dn, struct buf *der)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t out;
	static unsigned char serial = 0;

	serial++;
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(
	    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
	    0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_dn(crt, dn, NULL), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(crt, &serial, 1), 0);
	assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
	(void)gnutls_x509_crt_set_activation_time(crt, time(NULL) - 86400);
	(void)gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 86400);
	(void)gnutls_x509_crt_set_basic_constraints(crt, 1, -1);
	assert_int_equal(
	    gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(
	    gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &out), 0);
	assert_int_equal(buf_add(der, out.data, out.size), 0);
	gnutls_free(out.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static void
add_pem(struct buf *pem, const struct buf *der, const char *label, size_t width,
    const char *end)
{
	AUTO(buf) struct buf text = BUF_INIT(1 << 20);

	assert_int_equal(base64_encode(&text, der->data, der->len), 0);
	(void)buf_printf(pem, "-----BEGIN %s-----%s", label, end);
	for (size_t i = 0; i < text.len; i += width) {
		size_t left = text.len - i;

		(void)buf_add(pem, text.data + i, left < width ? left : width);
		(void)buf_add_str(pem, end);
	}
	(void)buf_printf(pem, "-----END %s-----", label);
}

static size_t
count_list(gnutls_x509_trust_list_t list)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t crt;
	size_t n = 0;

	while (gnutls_x509_trust_list_iter_get_ca(list, &iter, &crt) == 0) {
		gnutls_x509_crt_deinit(crt);
		n++;
	}
	return n;
}

/* How many anchors are selected for this name (NULL: for all). */
static size_t
count_selected(const struct trust *t, const struct der *name)
{
	gnutls_x509_trust_list_t list = trust_select(t, name, name ? 1 : 0);
	size_t n;

	assert_non_null(list);
	n = count_list(list);
	gnutls_x509_trust_list_deinit(list, 1);
	return n;
}

static struct der
subject_of(const struct buf *der)
{
	struct cert c;

	assert_true(cert_read(der->data, der->len, &c));
	return c.subject;
}

/* --- the walk ------------------------------------------------------------- */

#define CERTS 5

/* "CN=..." with so much more that the subject is some octets long. */
static void
long_name(struct buf *dn, size_t octets)
{
	(void)buf_add_str(dn, "CN=long");
	for (size_t i = 0; i < octets; i += 50)
		(void)buf_printf(dn, ",OU=%050zu", i);
}

static void
make_certs(struct buf certs[CERTS])
{
	AUTO(buf) struct buf longer = BUF_INIT(1 << 16);
	AUTO(buf) struct buf longest = BUF_INIT(1 << 16);

	long_name(&longer, 600);
	long_name(&longest, 2500);
	make_cert("CN=one", &certs[0]);
	make_cert("CN=two", &certs[1]);
	make_cert("CN=one", &certs[2]);
	make_cert(buf_str(&longer), &certs[3]);
	make_cert(buf_str(&longest), &certs[4]);
}

static const struct {
	const char *label;
	size_t width;
	const char *end, *between;
} forms[] = {
	{ "CERTIFICATE", 64, "\n", "\n" },
	{ "X509 CERTIFICATE", 64, "\n", "\n" },
	{ "CERTIFICATE", 64, "\r\n", "\r\n" },
	{ "CERTIFICATE", 76, "\n", "\n\nsubject: CN=two - some - text\n" },
	{ "CERTIFICATE", 100000, "\n", "\n" },
	{ "CERTIFICATE", 1, "\n", "\n" },
	{ "CERTIFICATE", 63, "\n", "" },
	{ "CERTIFICATE", 64, " \t\n", "\n" },
	{ "CERTIFICATE", 64, "\n",
	    "\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE "
	    "KEY-----\n" },
	{ "CERTIFICATE", 64, "\n",
	    "\n-----BEGIN CERTIFICATE-----\nA*\n-----END CERTIFICATE-----\n" },
	{ "CERTIFICATE", 64, "\n",
	    "\n-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n" },
	{ "CERTIFICATE", 64, "\n", "\n-----BEGIN \n-----\n- - -\n" },
};

static void
test_walk_finds_by_subject(void **state)
{
	struct buf certs[CERTS];
	/* the longest name is not within the front: always imported */
	static const size_t wanted[CERTS] = { 3, 2, 3, 2, 1 };

	(void)state;
	for (size_t i = 0; i < CERTS; i++)
		buf_init(&certs[i], 1 << 16);
	make_certs(certs);
	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		AUTO(trust) struct trust t = TRUST_INIT;
		struct der none = { (const uint8_t *)"", 0 };

		for (size_t i = 0; i < CERTS; i++) {
			(void)buf_add_str(&t.pem, forms[f].between);
			add_pem(&t.pem, &certs[i], forms[f].label,
			    forms[f].width, forms[f].end);
		}
		for (size_t i = 0; i < CERTS; i++) {
			struct der subject = subject_of(&certs[i]);

			if (count_selected(&t, &subject) != wanted[i])
				fail_msg("form %zu, certificate %zu: %zu", f, i,
				    count_selected(&t, &subject));
		}
		assert_int_equal(count_selected(&t, &none), 1);
		assert_int_equal(count_selected(&t, NULL), CERTS);
	}
	for (size_t i = 0; i < CERTS; i++)
		buf_release(&certs[i]);
}

/* For every name of the system's bundle: as many anchors as the library finds
 * there of that name. */
static void
test_walk_equals_the_library(void **state)
{
	AUTO(trust) struct trust t = TRUST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	gnutls_x509_crt_t *all = NULL;
	gnutls_datum_t *names;
	gnutls_datum_t pem;
	unsigned count = 0;

	(void)state;
	/* ./check installs ca-certificates; configure --with-ca-bundle names
	 * another file */
	assert_int_equal(access(SYSTEM_CA_BUNDLE, R_OK), 0);
	assert_int_equal(trust_read(&t, NULL, &err), 0);
	pem = (gnutls_datum_t){ (unsigned char *)t.pem.data,
		(unsigned)t.pem.len };
	assert_int_equal(gnutls_x509_crt_list_import2(
			     &all, &count, &pem, GNUTLS_X509_FMT_PEM, 0),
	    0);
	names = xcalloc(count, sizeof(*names));
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(
		    gnutls_x509_crt_get_raw_dn(all[i], &names[i]), 0);
	for (unsigned i = 0; i < count; i++) {
		const struct der name = { names[i].data, names[i].size };
		size_t same = 0;

		for (unsigned k = 0; k < count; k++)
			same += names[k].size == names[i].size &&
				memcmp(names[k].data, names[i].data,
				    names[i].size) == 0;
		assert_int_equal(count_selected(&t, &name), same);
	}
	assert_int_equal(count_selected(&t, NULL), count);
	for (unsigned i = 0; i < count; i++) {
		gnutls_free(names[i].data);
		gnutls_x509_crt_deinit(all[i]);
	}
	free(names);
	gnutls_free(all);
}

/* --- reading -------------------------------------------------------------- */

static void
test_every_prefix(void **state)
{
	AUTO(buf) struct buf der = BUF_INIT(1 << 16);
	struct cert c;
	size_t end;

	(void)state;
	make_cert("CN=one,O=two", &der);
	assert_true(cert_read(der.data, der.len, &c));
	end = (size_t)(c.subject.p - (const uint8_t *)der.data) + c.subject.len;
	for (size_t i = 0; i < der.len; i++) {
		/* a copy of its own: the sanitizer sees what reads behind it */
		auto_free char *prefix = xmemdupz(der.data, i);
		auto_free char *exact = xmalloc(i ? i : 1);

		memcpy(exact, prefix, i);
		assert_false(cert_read(exact, i, &c));
		assert_int_equal(cert_read_front(exact, i, &c), i >= end);
	}
	(void)buf_add_char(&der, '\0');
	assert_false(cert_read(der.data, der.len, &c));
}

/* Whatever stands there: nothing outside of it is read. */
static void
test_mutations(void **state)
{
	AUTO(buf) struct buf der = BUF_INIT(1 << 16);
	uint32_t seed = 1;

	(void)state;
	make_cert("CN=one", &der);
	for (int i = 0; i < 20000; i++) {
		auto_free uint8_t *copy = xmalloc(der.len);
		struct der names, name;
		struct cert c;
		unsigned kind;

		memcpy(copy, der.data, der.len);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525 + 1013904223;
			copy[(seed >> 8) % der.len] = (uint8_t)(seed >> 24);
		}
		(void)cert_read_front(copy, der.len, &c);
		if (!cert_read(copy, der.len, &c))
			continue;
		(void)verify_names_host(&c, "mail.test");
		names = cert_names(&c);
		while (cert_name_next(&names, &kind, &name))
			assert_true(name.p >= copy &&
				    name.p + name.len <= copy + der.len);
	}
}

/* --- names ---------------------------------------------------------------- */

static void
add_tlv(struct buf *out, unsigned tag, const void *p, size_t len)
{
	assert_true(len < 65536);
	(void)buf_add_char(out, (char)tag);
	(void)buf_add_char(out, (char)0x82);
	(void)buf_add_char(out, (char)(len >> 8));
	(void)buf_add_char(out, (char)len);
	(void)buf_add(out, p, len);
}

/* The extensions of a certificate with these subjectAltNames. */
static void
make_extensions(struct buf *out, const struct buf *names)
{
	AUTO(buf) struct buf list = BUF_INIT(65535);
	AUTO(buf) struct buf extension = BUF_INIT(65535);

	add_tlv(&list, DER_SEQUENCE, names->data, names->len);
	add_tlv(&extension, DER_OID, "\x55\x1d\x11", 3);
	add_tlv(&extension, DER_OCTETS, list.data, list.len);
	add_tlv(out, DER_SEQUENCE, extension.data, extension.len);
}

static bool
one_name_is(unsigned tag, const char *name, size_t len, const char *host)
{
	AUTO(buf) struct buf names = BUF_INIT(65535);
	AUTO(buf) struct buf extensions = BUF_INIT(65535);
	struct cert c = { .issuer = { NULL, 0 } };

	add_tlv(&names, tag, name, len);
	make_extensions(&extensions, &names);
	c.extensions =
	    (struct der){ (uint8_t *)extensions.data, extensions.len };
	return verify_names_host(&c, host);
}

static void
test_names(void **state)
{
	static const struct {
		const char *name, *host;
		bool is_match;
	} rows[] = {
		{ "mail.test", "mail.test", true },
		{ "MAIL.Test", "mail.test", true },
		{ "mail.test.", "mail.test", false },
		{ "ail.test", "mail.test", false },
		{ "mail.tes", "mail.test", false },
		{ "", "mail.test", false },
		{ "*", "mail.test", false },
		{ "*.", "mail.test", false },
		{ "*.test", "mail.test", false },
		{ "*.mail.test", "mail.test", false },
		{ "m*.test", "mail.test", false },
		{ "*.mail.test", "a.mail.test", true },
		{ "*.MAIL.test", "a.mail.test", true },
		{ "*.mail.test", "a.b.mail.test", false },
		{ "a.*.test", "a.mail.test", false },
		{ "*.*.test", "a.mail.test", false },
		{ "**.mail.test", "a.mail.test", false },
		{ "127.0.0.1", "127.0.0.1", false },
		{ "*.0.0.1", "127.0.0.1", false },
		{ "::1", "::1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].name;

		if (one_name_is(DER_CONTEXT(CERT_NAME_DNS), name, strlen(name),
			rows[i].host) != rows[i].is_match)
			fail_msg("%s for %s", name, rows[i].host);
		/* the same octets as another kind of name say nothing */
		assert_false(one_name_is(DER_CONTEXT(CERT_NAME_URI), name,
		    strlen(name), rows[i].host));
		assert_false(
		    one_name_is(0x16, name, strlen(name), rows[i].host));
	}
	assert_false(one_name_is(DER_CONTEXT(CERT_NAME_DNS),
	    "mail.test\0.evil.test", 20, "mail.test"));
}

static void
test_addresses(void **state)
{
	static const char v4[] = "\x7f\0\0\1", v6[16] = { [15] = 1 };
	const unsigned ip = DER_CONTEXT(CERT_NAME_IP);

	(void)state;
	assert_true(one_name_is(ip, v4, 4, "127.0.0.1"));
	assert_false(one_name_is(ip, v4, 4, "127.0.0.2"));
	assert_false(one_name_is(ip, v4, 3, "127.0.0.1"));
	assert_true(one_name_is(ip, v6, 16, "::1"));
	assert_true(one_name_is(ip, v6, 16, "::1%lo"));
	assert_false(one_name_is(ip, v6, 16, "127.0.0.1"));
	assert_false(one_name_is(ip, v4, 4, "::1"));
	assert_false(one_name_is(ip, "mail.test", 9, "mail.test"));
}

/* Two lists of names are none: which one counts? */
static void
test_two_lists(void **state)
{
	AUTO(buf) struct buf names = BUF_INIT(65535);
	AUTO(buf) struct buf extensions = BUF_INIT(65535);
	struct cert c = { .issuer = { NULL, 0 } };

	(void)state;
	add_tlv(&names, DER_CONTEXT(CERT_NAME_DNS), "mail.test", 9);
	make_extensions(&extensions, &names);
	make_extensions(&extensions, &names);
	c.extensions =
	    (struct der){ (uint8_t *)extensions.data, extensions.len };
	assert_false(verify_names_host(&c, "mail.test"));
}

static int
set_up(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	return gnutls_load(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_finds_by_subject),
		cmocka_unit_test(test_walk_equals_the_library),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_two_lists),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
