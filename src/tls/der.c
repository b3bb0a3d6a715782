/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/der.h"

#include <string.h>

/* The header at the front of in: how many octets it takes, what it says of the
 * contents.  False when it is not wholly there, or not DER. */
static bool
der_header(const struct der *in, size_t *header, size_t *contents)
{
	size_t octets, len = 0;

	/* Tags beyond 30 do not occur in what is read here. */
	if (in->len < 2 || (in->p[0] & 0x1f) == 0x1f)
		return false;
	*header = 2;
	*contents = in->p[1];
	if (in->p[1] < 0x80)
		return true;
	octets = in->p[1] & 0x7f;
	if (octets == 0 || octets > 4 || in->len < 2 + octets)
		return false;
	for (size_t i = 0; i < octets; i++)
		len = len << 8 | in->p[2 + i];
	*header = 2 + octets;
	*contents = len;
	return true;
}

bool
der_next(struct der *in, unsigned *tag, struct der *contents, struct der *whole)
{
	size_t header, len;

	if (!der_header(in, &header, &len) || len > in->len - header)
		return false;
	if (tag)
		*tag = in->p[0];
	if (contents)
		*contents = (struct der){ in->p + header, len };
	if (whole)
		*whole = (struct der){ in->p, header + len };
	in->p += header + len;
	in->len -= header + len;
	return true;
}

bool
der_take(struct der *in, unsigned tag, struct der *contents)
{
	if (!in->len || in->p[0] != tag)
		return false;
	return der_next(in, NULL, contents, NULL);
}

bool
der_enter(struct der *in, unsigned tag, struct der *contents)
{
	size_t header, len;

	if (!in->len || in->p[0] != tag || !der_header(in, &header, &len))
		return false;
	if (len > in->len - header)
		len = in->len - header;
	*contents = (struct der){ in->p + header, len };
	in->p += header + len;
	in->len -= header + len;
	return true;
}

bool
der_equal(const struct der *a, const struct der *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* A Name with its header. */
static bool
cert_take_name(struct der *in, struct der *name)
{
	unsigned tag;

	return der_next(in, &tag, NULL, name) && tag == DER_SEQUENCE;
}

/* The TBSCertificate up to and with the subject. */
static bool
cert_read_tbs(struct der *tbs, struct cert *out)
{
	(void)der_take(tbs, DER_CONSTRUCTED(0), NULL); /* version, OPTIONAL */
	return der_take(tbs, DER_INTEGER, NULL) &&
	       der_take(tbs, DER_SEQUENCE, NULL) &&
	       cert_take_name(tbs, &out->issuer) &&
	       der_take(tbs, DER_SEQUENCE, NULL) &&
	       cert_take_name(tbs, &out->subject);
}

bool
cert_read_front(const void *p, size_t len, struct cert *out)
{
	struct der in = { p, len }, certificate, tbs;

	*out = (struct cert){ 0 };
	return der_enter(&in, DER_SEQUENCE, &certificate) &&
	       der_enter(&certificate, DER_SEQUENCE, &tbs) &&
	       cert_read_tbs(&tbs, out);
}

bool
cert_read(const void *p, size_t len, struct cert *out)
{
	struct der in = { p, len }, certificate, tbs, tagged;
	unsigned tag;

	*out = (struct cert){ 0 };
	if (!der_take(&in, DER_SEQUENCE, &certificate) || in.len ||
	    !der_take(&certificate, DER_SEQUENCE, &tbs) ||
	    !cert_read_tbs(&tbs, out) ||
	    !der_next(&tbs, &tag, NULL, &out->key) || tag != DER_SEQUENCE)
		return false;
	/* issuerUniqueID, subjectUniqueID: implicit BIT STRINGs */
	(void)der_take(&tbs, DER_CONTEXT(1), NULL);
	(void)der_take(&tbs, DER_CONTEXT(2), NULL);
	if (der_take(&tbs, DER_CONSTRUCTED(3), &tagged) &&
	    !der_take(&tagged, DER_SEQUENCE, &out->extensions))
		return false;
	return tbs.len == 0;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
static bool
cert_take_extension(struct der *list, struct der *oid, struct der *value)
{
	struct der extension;

	if (!der_take(list, DER_SEQUENCE, &extension) ||
	    !der_take(&extension, DER_OID, oid))
		return false;
	(void)der_take(&extension, DER_BOOLEAN, NULL);
	return der_take(&extension, DER_OCTETS, value);
}

struct der
cert_names(const struct cert *c)
{
	static const uint8_t id[] = { 0x55, 0x1d, 0x11 }; /* 2.5.29.17 */
	const struct der alt_name = { id, sizeof(id) };
	struct der list = c->extensions, oid, value;
	struct der names = { NULL, 0 };
	unsigned found = 0;

	while (cert_take_extension(&list, &oid, &value))
		if (der_equal(&oid, &alt_name) && found++ == 0 &&
		    !der_take(&value, DER_SEQUENCE, &names))
			return (struct der){ NULL, 0 };
	return found == 1 ? names : (struct der){ NULL, 0 };
}

bool
cert_name_next(struct der *names, unsigned *kind, struct der *name)
{
	unsigned tag;

	if (!der_next(names, &tag, name, NULL) || (tag & 0xc0) != 0x80)
		return false;
	*kind = tag & 0x1f;
	return true;
}
