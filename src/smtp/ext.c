/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/ext.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "smtp/session.h"

static int ext_size(struct ext *e, const char *params, struct error *err);
static int ext_auth(struct ext *e, const char *params, struct error *err);
static int ext_deliver_by(struct ext *e, const char *params, struct error *err);
static int ext_future(struct ext *e, const char *params, struct error *err);
static int ext_limits(struct ext *e, const char *params, struct error *err);

/* A keyword: its bit, and what reads its parameters. */
static const struct ext_row {
	const char *keyword;
	enum smtp_ext bit;
	int (*read)(struct ext *e, const char *params, struct error *err);
} ext_table[] = {
	{ "PIPELINING", SMTP_EXT_PIPELINING, NULL },
	{ "SIZE", SMTP_EXT_SIZE, ext_size },
	{ "8BITMIME", SMTP_EXT_8BITMIME, NULL },
	{ "STARTTLS", SMTP_EXT_STARTTLS, NULL },
	{ "AUTH", SMTP_EXT_AUTH, ext_auth },
	{ "ENHANCEDSTATUSCODES", SMTP_EXT_ENHANCEDSTATUSCODES, NULL },
	{ "SMTPUTF8", SMTP_EXT_SMTPUTF8, NULL },
	{ "CHUNKING", SMTP_EXT_CHUNKING, NULL },
	{ "BINARYMIME", SMTP_EXT_BINARYMIME, NULL },
	{ "DSN", SMTP_EXT_DSN, NULL },
	{ "ETRN", SMTP_EXT_ETRN, NULL },
	{ "REQUIRETLS", SMTP_EXT_REQUIRETLS, NULL },
	{ "DELIVERBY", SMTP_EXT_DELIVERBY, ext_deliver_by },
	{ "FUTURERELEASE", SMTP_EXT_FUTURERELEASE, ext_future },
	{ "MT-PRIORITY", SMTP_EXT_MT_PRIORITY, NULL },
	{ "LIMITS", SMTP_EXT_LIMITS, ext_limits },
};

#define EXT_COUNT (sizeof(ext_table) / sizeof(ext_table[0]))

const char *
smtp_ext_name(size_t i, enum smtp_ext *bit)
{
	if (i >= EXT_COUNT)
		return NULL;
	*bit = ext_table[i].bit;
	return ext_table[i].keyword;
}

void
ext_init(struct ext *e)
{
	*e = (struct ext){ .offered = 0 };
	buf_init(&e->mechs, EXT_MECHS_MAX);
}

void
ext_release(struct ext *e)
{
	if (e)
		buf_release(&e->mechs);
}

void
ext_reset(struct ext *e)
{
	e->offered = 0;
	e->has_size_max = false;
	e->size_max = 0;
	e->by_min_s = e->hold_max_s = 0;
	e->mail_max = e->rcpt_max = e->rcpt_domain_max = 0;
	buf_reset(&e->mechs);
}

/* Octets up to the next blank or the end. */
static size_t
ext_token(const char *s)
{
	return strcspn(s, " \t");
}

/* 1*DIGIT; 0 for what is no number, or too large to be one. */
static uint64_t
ext_number(const char *s, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(s[i] - '0');

		if (!text_is_digit(s[i]) || value > (UINT64_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	return value;
}

/* "SIZE" [SP 1*20DIGIT]: a number that is none, or too large to be one, sets
 * no limit (RP-16).  Of two limits the larger holds: the server will say no
 * itself if it meant the other. */
static int
ext_size(struct ext *e, const char *params, struct error *err)
{
	bool is_first = !(e->offered & SMTP_EXT_SIZE);
	uint64_t value = ext_number(params, ext_token(params));

	(void)err; /* nothing here is worth giving a session up */
	if (value == 0 || (!is_first && !e->has_size_max)) {
		e->has_size_max = false;
		return 0;
	}
	if (is_first || value > e->size_max)
		e->size_max = value;
	e->has_size_max = true;
	return 0;
}

/* [SP 1*9DIGIT] (RFC 2852 3) */
static int
ext_deliver_by(struct ext *e, const char *params, struct error *err)
{
	(void)err;
	e->by_min_s = ext_number(params, ext_token(params));
	return 0;
}

/* SP 1*9DIGIT SP date-time (RFC 4865 3): whether a point in time is too late
 * the server knows better. */
static int
ext_future(struct ext *e, const char *params, struct error *err)
{
	(void)err;
	e->hold_max_s = ext_number(params, ext_token(params));
	return 0;
}

/* sasl-mech = 1*20(UPPER-ALPHA / DIGIT / "-" / "_") (RFC 4422 3.1) */
static bool
ext_is_mech(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text_is_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return len >= 1 && len <= 20;
}

static bool
ext_has_mech(const struct ext *e, const char *s, size_t len)
{
	const char *at = buf_str(&e->mechs);

	for (;;) {
		size_t n = ext_token(at);

		if (n == len && text_caseeq_n(at, s, len))
			return true;
		if (at[n] == '\0')
			return false;
		at += n + 1;
	}
}

static int
ext_add_mech(struct ext *e, const char *s, size_t len)
{
	if (e->mechs.len)
		(void)buf_add_char(&e->mechs, ' '); /* looked at below */
	for (size_t i = 0; i < len; i++) {
		bool is_lower = s[i] >= 'a' && s[i] <= 'z';

		(void)buf_add_char(&e->mechs,
		    is_lower ? (char)(s[i] - 'a' + 'A') : s[i]); /* ditto */
	}
	return e->mechs.is_full ? -1 : 0;
}

static int
ext_auth(struct ext *e, const char *params, struct error *err)
{
	for (;;) {
		size_t len;

		params += strspn(params, " \t");
		len = ext_token(params);
		if (len == 0)
			return 0;
		if (ext_is_mech(params, len) && !ext_has_mech(e, params, len) &&
		    ext_add_mech(e, params, len) < 0)
			return err_set(err, ERR_PROTOCOL,
			    _("the server offers too many authentication "
			      "methods"));
		params += len;
	}
}

/* name "=" (%x31-39 0*5DIGIT) (RFC 9422 4): a value that is none sets no
 * limit. */
static void
ext_limit(const char *s, size_t len, const char *name, size_t *out)
{
	size_t n = strlen(name);
	size_t value = 0;

	if (len < n + 2 || len > n + 7 || s[n] != '=' || s[n + 1] == '0' ||
	    !text_caseeq_n(s, name, n))
		return;
	for (size_t i = n + 1; i < len; i++) {
		if (!text_is_digit(s[i]))
			return;
		value = value * 10 + (size_t)(s[i] - '0');
	}
	*out = value;
}

static int
ext_limits(struct ext *e, const char *params, struct error *err)
{
	(void)err;
	for (;;) {
		size_t len;

		params += strspn(params, " \t");
		len = ext_token(params);
		if (len == 0)
			return 0;
		ext_limit(params, len, "MAILMAX", &e->mail_max);
		ext_limit(params, len, "RCPTMAX", &e->rcpt_max);
		ext_limit(params, len, "RCPTDOMAINMAX", &e->rcpt_domain_max);
		params += len;
	}
}

/* The octets of the keyword.  "AUTH=LOGIN PLAIN" is what servers said before
 * RFC 2554, and some still do beside the proper line (SA-18). */
static size_t
ext_keyword(const char *text)
{
	if (text_has_caseprefix(text, "AUTH="))
		return 4;
	return ext_token(text);
}

int
ext_line(struct ext *e, const char *text, size_t len, struct error *err)
{
	size_t n = ext_keyword(text);

	for (size_t i = 0; i < EXT_COUNT; i++) {
		const struct ext_row *row = &ext_table[i];

		if (strlen(row->keyword) != n ||
		    !text_caseeq_n(text, row->keyword, n))
			continue;
		if (row->read &&
		    row->read(e, n < len ? text + n + 1 : "", err) < 0)
			return -1;
		e->offered |= row->bit;
		return 0;
	}
	return 0;
}
