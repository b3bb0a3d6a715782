/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/addr.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"

/* An address being looked at; fault stays NULL while all is well. */
struct addr_view {
	const char *s;
	size_t len;
	size_t pos;
	const char *fault;
};

static bool
addr_view_fail(struct addr_view *v, size_t at, const char *fault)
{
	v->fault = fault;
	v->pos = at;
	return false;
}

enum {
	ADDR_ATEXT = 1, /* RFC 5322 3.2.3 */
	ADDR_HOST = 2,  /* in a domain, wherever it stands; with the underscore
			 * that some hosts have */
};

/* What each octet may be; a table, because of addresses there are many. */
static const unsigned char addr_class[256] = {
	['0' ... '9'] = ADDR_ATEXT | ADDR_HOST,
	['A' ... 'Z'] = ADDR_ATEXT | ADDR_HOST,
	['a' ... 'z'] = ADDR_ATEXT | ADDR_HOST,
	['_'] = ADDR_ATEXT | ADDR_HOST,
	['!'] = ADDR_ATEXT,
	['#' ... '\''] = ADDR_ATEXT, /* # $ % & ' */
	['*'] = ADDR_ATEXT,
	['+'] = ADDR_ATEXT,
	['-'] = ADDR_ATEXT,
	['/'] = ADDR_ATEXT,
	['='] = ADDR_ATEXT,
	['?'] = ADDR_ATEXT,
	['^'] = ADDR_ATEXT,
	['`'] = ADDR_ATEXT,
	['{' ... '~'] = ADDR_ATEXT,
};

/* Goes over the octets of a class; how many there are. */
static size_t
addr_view_run(struct addr_view *v, unsigned char class)
{
	size_t start = v->pos;

	while (v->pos < v->len &&
	       (addr_class[(unsigned char)v->s[v->pos]] & class))
		v->pos++;
	return v->pos - start;
}

/* The length of the non-ASCII character at pos, or 0 with the fault set. */
static size_t
addr_view_wide(struct addr_view *v)
{
	uint32_t cp;
	size_t n = utf8_decode(v->s + v->pos, v->len - v->pos, &cp);

	if (!n)
		(void)addr_view_fail(v, v->pos, N_("invalid UTF-8"));
	else if (utf8_is_format(cp)) {
		(void)addr_view_fail(
		    v, v->pos, N_("an invisible or formatting character"));
		n = 0;
	}
	return n;
}

/* What no part of an address may hold. */
static bool
addr_view_no_control(struct addr_view *v)
{
	size_t i = 0;

	if (!text_has_control(v->s, v->len))
		return true;
	while (!text_has_control(v->s + i, 1))
		i++;
	return addr_view_fail(v, i, N_("a control character"));
}

/* RFC 5321 4.1.2: Dot-string, RFC 6531 3.3: with UTF-8. */
static bool
addr_view_dot_string(struct addr_view *v)
{
	bool need_atom = true;

	for (;;) {
		size_t n = addr_view_run(v, ADDR_ATEXT);
		char c = v->pos < v->len ? v->s[v->pos] : '@';

		need_atom = need_atom && !n;
		if (c == '@')
			break;
		n = 1;
		if ((unsigned char)c >= 0x80)
			n = addr_view_wide(v);
		else if (c == '.' && need_atom)
			return addr_view_fail(
			    v, v->pos, N_("a dot with nothing before it"));
		else if (text_is_blank(c))
			return addr_view_fail(
			    v, v->pos, N_("a blank outside quotes"));
		else if (c != '.')
			return addr_view_fail(
			    v, v->pos, N_("a character that must be quoted"));
		if (!n)
			return false;
		need_atom = c == '.';
		v->pos += n;
	}
	if (need_atom)
		return addr_view_fail(v, v->pos,
		    v->pos ? N_("a dot with nothing behind it")
			   : N_("nothing before the @"));
	return true;
}

/* RFC 5321 4.1.2: Quoted-string */
static bool
addr_view_quoted(struct addr_view *v)
{
	size_t start = v->pos++;

	while (v->pos < v->len && v->s[v->pos] != '"') {
		size_t n = 1;

		if (v->s[v->pos] == '\\')
			v->pos++;
		if (v->pos < v->len && (unsigned char)v->s[v->pos] >= 0x80)
			n = addr_view_wide(v);
		if (!n)
			return false;
		v->pos += n;
	}
	if (v->pos >= v->len)
		return addr_view_fail(
		    v, start, N_("a quotation mark that is never closed"));
	if (v->pos == start + 1)
		return addr_view_fail(v, start, N_("nothing before the @"));
	v->pos++;
	if (v->pos < v->len && v->s[v->pos] != '@')
		return addr_view_fail(
		    v, v->pos, N_("something between quotes and @"));
	return true;
}

/* A local name alone: what other mailers take for a program, a file or a list
 * is not a user; and an encoded word, or the part of one before a comma, is a
 * display name without address. */
static bool
addr_view_bare(struct addr_view *v)
{
	size_t first = v->s[0] == '"' ? 1 : 0;

	if (strchr("|/:", v->s[first]) || v->s[first] == '\\')
		return addr_view_fail(
		    v, first, N_("a command, file or list instead of a user"));
	if (v->len > 2 && memcmp(v->s, "=?", 2) == 0)
		return addr_view_fail(v, 0, N_("a name without an address"));
	return true;
}

/* RFC 5321 4.1.3; no other kind of literal is in use. */
static bool
addr_view_literal(struct addr_view *v)
{
	unsigned char ip[16];
	char text[INET6_ADDRSTRLEN + 1];
	const char *from = v->s + v->pos + 1;
	size_t len = v->len - v->pos - 2;
	int family = AF_INET;

	if (v->s[v->len - 1] != ']' || v->len - v->pos < 3)
		return addr_view_fail(
		    v, v->pos, N_("a bracket that is never closed"));
	if (text_has_caseprefix(from, "IPv6:")) {
		family = AF_INET6;
		from += 5;
		len -= 5;
	}
	if (len >= sizeof(text))
		return addr_view_fail(
		    v, v->pos, N_("a literal that is no IP address"));
	memcpy(text, from, len);
	text[len] = '\0';
	if (inet_pton(family, text, ip) != 1)
		return addr_view_fail(
		    v, v->pos, N_("a literal that is no IP address"));
	return true;
}

/* RFC 5321 4.1.2: Domain, with UTF-8 (RFC 6531 3.3). */
static bool
addr_view_domain(struct addr_view *v)
{
	size_t label = 0; /* characters */
	char last = '.';

	for (;;) {
		size_t n = addr_view_run(v, ADDR_HOST);
		char c;

		label += n;
		if (label > ADDR_LABEL_MAX)
			return addr_view_fail(v,
			    v->pos - (label - ADDR_LABEL_MAX),
			    N_("a label over 63 characters"));
		last = n ? 'a' : last;
		if (v->pos == v->len)
			break;
		c = v->s[v->pos];
		n = 1;
		if ((unsigned char)c >= 0x80)
			n = addr_view_wide(v);
		else if (c == '.' ? last == '.' || last == '-'
				  : c == '-' && last == '.')
			return addr_view_fail(v, v->pos,
			    N_("an empty label, or a hyphen at a label's end"));
		else if (c != '.' && c != '-')
			return addr_view_fail(
			    v, v->pos, N_("a character that no domain has"));
		if (!n)
			return false;
		label = c == '.' ? 0 : label + 1;
		last = c;
		v->pos += n;
	}
	if (last == '.' || last == '-')
		return addr_view_fail(v, v->len - 1,
		    N_("an empty label, or a hyphen at a label's end"));
	return true;
}

static bool
addr_view_whole(struct addr_view *v)
{
	size_t at;

	if (v->len == 0)
		return addr_view_fail(v, 0, N_("an empty address"));
	if (!addr_view_no_control(v))
		return false;
	if (v->s[0] == '"' ? !addr_view_quoted(v) : !addr_view_dot_string(v))
		return false;
	if (v->pos > ADDR_LOCAL_MAX)
		return addr_view_fail(
		    v, ADDR_LOCAL_MAX, N_("a local part over 64 octets"));
	if (v->pos == v->len)
		return addr_view_bare(v);
	at = v->pos++;
	if (v->pos == v->len)
		return addr_view_fail(v, at, N_("nothing behind the @"));
	if (v->len - v->pos > ADDR_DOMAIN_MAX)
		return addr_view_fail(
		    v, at + ADDR_DOMAIN_MAX, N_("a domain over 255 octets"));
	if (v->len > ADDR_MAX)
		return addr_view_fail(
		    v, ADDR_MAX, N_("an address over 254 octets"));
	return v->s[v->pos] == '[' ? addr_view_literal(v) : addr_view_domain(v);
}

const char *
addr_fault(const char *addr, size_t len, size_t *at)
{
	struct addr_view v = { addr, len, 0, NULL };

	(void)addr_view_whole(&v);
	*at = v.fault ? v.pos : 0;
	return v.fault;
}

int
addr_validate(const char *addr, size_t len, bool allow_null, const char *where,
    struct error *err)
{
	const char *fault;
	auto_free char *shown = NULL;
	size_t at;

	if (len == 0 && allow_null)
		return 0;
	fault = addr_fault(addr, len, &at);
	if (!fault)
		return 0;
	(void)err_set(
	    err, ERR_ADDRESS, _("bad address in %s: %s"), _(where), _(fault));
	shown = addr_shown(addr, len);
	return err_detail(err, "octet %zu of %s", at + 1, shown);
}

char *
addr_shown(const char *s, size_t len)
{
	const char *lf = memchr(s, '\n', len);
	size_t shown = lf ? (size_t)(lf - s) : len;

	if (shown > ADDR_SHOWN_MAX)
		shown = ADDR_SHOWN_MAX;
	return xasprintf("%.*s%s", (int)shown, s, shown < len ? "..." : "");
}

char *
addr_local_part(const char *text, size_t len)
{
	struct addr_view v = { text, len, 0, NULL };
	AUTO(buf) struct buf out = BUF_INIT(len * 2 + 2);

	if (addr_view_dot_string(&v) && v.pos == len)
		return xmemdupz(text, len);
	(void)buf_add_char(&out, '"');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			(void)buf_add_char(&out, '\\');
		(void)buf_add_char(&out, text[i]);
	}
	(void)buf_add_char(&out, '"');
	return buf_detach(&out);
}
