/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/pin.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "tls/gnutls.h"

#define PIN_PREFIX "pin-sha256:"
#define PIN_MD5_SIZE 16 /* octets */
#define PIN_SHA1_SIZE 20

/* --- reading -------------------------------------------------------------- */

static int
pin_hex(char c)
{
	if (text_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pairs of hex digits, with a colon or a blank between two of them or none at
 * all; how many there are, 0 when text is not so or has more than max. */
static size_t
pin_read_hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;

	while (*text) {
		int high = pin_hex(text[0]);
		int low = high < 0 ? -1 : pin_hex(text[1]);

		if (low < 0 || n == max)
			return 0;
		out[n++] = (uint8_t)(high << 4 | low);
		text += 2;
		if ((*text == ':' || *text == ' ') && text[1])
			text++;
	}
	return n;
}

static int
pin_invalid(const char *option, const char *value, struct error *err)
{
	auto_free char *shown = text_escaped(value);

	return err_set(
	    err, ERR_CONFIG, _("invalid value \"%s\" for %s"), shown, option);
}

static int
pin_hint_fingerprint(struct error *err)
{
	return err_hint(err,
	    _("Write the SHA-256 fingerprint, as it is printed by: %s"),
	    "openssl x509 -in CERTIFICATE -noout -fingerprint -sha256");
}

static int
pin_read_fingerprint(struct pins *p, const char *text, struct error *err)
{
	uint8_t octets[PIN_SIZE];
	size_t len = pin_read_hex(text, octets, sizeof(octets));

	if (len == PIN_SIZE) {
		memcpy(p->fingerprint, octets, PIN_SIZE);
		p->has_fingerprint = true;
		return 0;
	}
	if (len == PIN_MD5_SIZE || len == PIN_SHA1_SIZE)
		(void)err_set(err, ERR_CONFIG,
		    _("tls_fingerprint is one of %s, which can be forged"),
		    len == PIN_MD5_SIZE ? "MD5" : "SHA-1");
	else
		(void)pin_invalid("tls_fingerprint", text, err);
	return pin_hint_fingerprint(err);
}

static int
pin_read_key(struct pins *p, const char *word, size_t len, struct error *err)
{
	const size_t front = strlen(PIN_PREFIX);
	AUTO(buf) struct buf octets = BUF_INIT(2 * PIN_SIZE);
	auto_free char *shown = xmemdupz(word, len);

	if (len < front || strncmp(word, PIN_PREFIX, front) != 0 ||
	    base64_decode(&octets, word + front, len - front) < 0 ||
	    octets.len != PIN_SIZE) {
		(void)pin_invalid("tls_pin", shown, err);
		return err_hint(err,
		    _("A pin is %s and 44 characters of base64; a refused "
		      "certificate is shown with its pin."),
		    PIN_PREFIX);
	}
	if (p->key_count == PIN_COUNT_MAX)
		return err_set(err, ERR_CONFIG,
		    _("tls_pin has more than %d pins"), PIN_COUNT_MAX);
	memcpy(p->keys[p->key_count++], octets.data, PIN_SIZE);
	return 0;
}

static int
pin_read_keys(struct pins *p, const char *list, struct error *err)
{
	static const char between[] = " \t,";

	for (;;) {
		size_t len;

		list += strspn(list, between);
		len = strcspn(list, between);
		if (!len)
			break;
		if (pin_read_key(p, list, len, err) < 0)
			return -1;
		list += len;
	}
	/* only commas: nothing would be checked that was meant to be */
	return p->key_count ? 0 : pin_invalid("tls_pin", list, err);
}

int
pins_read(struct pins *p, const struct pins_text *text, struct error *err)
{
	struct pins fresh = { 0 };
	const char *mode = text->mode && *text->mode ? text->mode : "and";

	fresh.is_key_enough = strcmp(mode, "only") == 0;
	if (!fresh.is_key_enough && strcmp(mode, "and") != 0) {
		(void)pin_invalid("tls_pin_mode", mode, err);
		return err_hint(err, _("Write one of %s."), "and|only");
	}
	if (text->fingerprint && *text->fingerprint &&
	    pin_read_fingerprint(&fresh, text->fingerprint, err) < 0)
		return -1;
	if (text->keys && *text->keys &&
	    pin_read_keys(&fresh, text->keys, err) < 0)
		return -1;
	*p = fresh;
	return 0;
}

/* --- asking --------------------------------------------------------------- */

bool
pins_replace_chain(const struct pins *p)
{
	return p->has_fingerprint || (p->key_count && p->is_key_enough);
}

static bool
pin_digest(const struct der *of, uint8_t out[PIN_SIZE])
{
	AUTO(error) struct error err = ERROR_INIT;

	return gnutls_load(&err) == 0 &&
	       gnutls_hash_fast(GNUTLS_DIG_SHA256, of->p, of->len, out) == 0;
}

void
pin_of_key(char out[PIN_TEXT_SIZE], const struct der *key)
{
	AUTO(buf) struct buf text = BUF_INIT(PIN_TEXT_SIZE - 1);
	uint8_t octets[PIN_SIZE];

	out[0] = '\0';
	if (!pin_digest(key, octets))
		return;
	(void)buf_add_str(&text, PIN_PREFIX);
	(void)base64_encode(&text, octets, sizeof(octets));
	memcpy(out, buf_str(&text), text.len + 1);
}

void
pin_print_of(char out[PIN_PRINT_SIZE], const struct der *der)
{
	uint8_t octets[PIN_SIZE];

	out[0] = '\0';
	if (!pin_digest(der, octets))
		return;
	for (size_t i = 0; i < PIN_SIZE; i++)
		(void)snprintf(out + 3 * i, 4, "%02X%s", octets[i],
		    i + 1 < PIN_SIZE ? ":" : "");
}

static int
pin_refuse_print(const char *host, const struct der *der, struct error *err)
{
	char found[PIN_PRINT_SIZE];

	pin_print_of(found, der);
	(void)err_set(err, ERR_TLS_CERT,
	    _("%s: the certificate is not the one of tls_fingerprint"), host);
	(void)err_detail(err, "found tls_fingerprint %s", found);
	return err_hint(err,
	    _("If the server has a new certificate, and you have made sure of "
	      "that, write the new fingerprint."));
}

static int
pin_refuse_key(const char *host, const struct der *key, struct error *err)
{
	char found[PIN_TEXT_SIZE];

	pin_of_key(found, key);
	(void)err_set(err, ERR_TLS_CERT,
	    _("%s: the certificate's key is none of tls_pin"), host);
	(void)err_detail(err, "found tls_pin %s", found);
	return err_hint(err,
	    _("If the server has a new key, and you have made sure of that, "
	      "add its pin to tls_pin."));
}

int
pins_match(const struct pins *p, const char *host, const struct der *der,
    const struct cert *leaf, struct error *err)
{
	uint8_t octets[PIN_SIZE];

	if (p->has_fingerprint &&
	    (!pin_digest(der, octets) ||
		memcmp(octets, p->fingerprint, PIN_SIZE) != 0))
		return pin_refuse_print(host, der, err);
	if (!p->key_count)
		return 0;
	if (pin_digest(&leaf->key, octets))
		for (size_t i = 0; i < p->key_count; i++)
			if (memcmp(octets, p->keys[i], PIN_SIZE) == 0)
				return 0;
	return pin_refuse_key(host, &leaf->key, err);
}
