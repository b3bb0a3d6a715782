/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/mime.h"

#include <string.h>

#include "base/text.h"

static const struct {
	const char *name; /* a whole type, or one that ends in its slash */
	enum mime_kind kind;
	bool is_text;
} mime_kinds[] = {
	/* RFC 1847 2.1, 2.2: not one octet may change */
	{ "multipart/signed", MIME_SEALED, false },
	{ "multipart/encrypted", MIME_SEALED, false },
	{ "application/pkcs7-mime", MIME_SEALED, false },
	{ "application/x-pkcs7-mime", MIME_SEALED, false },
	{ "application/pgp", MIME_SEALED, false },
	/* RFC 2046 5.2.2, 5.2.3: nothing but 7bit */
	{ "message/partial", MIME_SEALED, false },
	{ "message/external-body", MIME_SEALED, false },
	{ "multipart/", MIME_MULTIPART, false },
	{ "message/rfc822", MIME_MESSAGE, false },
	/* RFC 6532 3.7: may be encoded, and must be where its header may not
	 * be looked into */
	{ "message/global", MIME_LEAF, false },
	{ "message/", MIME_LEAF, true },
	{ "text/", MIME_LEAF, true },
};

static const struct {
	const char *name;
	enum mime_coding coding;
} mime_codings[] = {
	{ "7bit", MIME_CODING_7BIT },
	{ "8bit", MIME_CODING_8BIT },
	{ "binary", MIME_CODING_BINARY },
	{ "quoted-printable", MIME_CODING_QP },
	{ "base64", MIME_CODING_BASE64 },
};

/* Octets of a comment: more is none. */
#define MIME_COMMENT_MAX 998

/* --- fields --------------------------------------------------------------- */

/* Octets of the line at p without and with its end. */
static size_t
mime_line_len(const char *p, size_t len, size_t *with_end)
{
	size_t n = 0;

	while (n < len && p[n] != '\n' && p[n] != '\r')
		n++;
	*with_end = n;
	if (*with_end < len)
		*with_end +=
		    p[n] == '\r' && n + 1 < len && p[n + 1] == '\n' ? 2 : 1;
	return n;
}

/* RFC 5322 3.6.8: the name; *colon is where the colon stands.  0 for none. */
static size_t
mime_name_len(const char *line, size_t len, size_t *colon)
{
	size_t n = 0;

	while (n < len && line[n] > 32 && line[n] < 127 && line[n] != ':')
		n++;
	*colon = n;
	while (*colon < len && text_is_blank(line[*colon]))
		++*colon;
	return *colon < len && line[*colon] == ':' ? n : 0;
}

bool
mime_is_head_line(const char *line, size_t len, bool is_first)
{
	size_t colon;

	if (mime_name_len(line, len, &colon))
		return true;
	if (!is_first)
		return len && text_is_blank(line[0]);
	return (len > 5 && memcmp(line, "From ", 5) == 0) ||
	       (len > 6 && memcmp(line, ">From ", 6) == 0);
}

bool
mime_field_next(const char *head, size_t len, size_t *pos, struct mime_field *f)
{
	const char *p = head + *pos;
	size_t left = len - *pos;
	size_t n, whole, colon;

	if (!left)
		return false;
	n = mime_line_len(p, left, &whole);
	*f = (struct mime_field){ .text = p, .len = whole };
	f->name_len = mime_name_len(p, n, &colon);
	while (f->len < left && text_is_blank(p[f->len])) {
		(void)mime_line_len(p + f->len, left - f->len, &whole);
		f->len += whole;
	}
	f->value = f->name_len ? p + colon + 1 : p;
	f->value_len = (size_t)(p + f->len - f->value);
	*pos += f->len;
	return true;
}

bool
mime_field_is(const struct mime_field *f, const char *name)
{
	return strlen(name) == f->name_len &&
	       text_caseeq_n(f->text, name, f->name_len);
}

void
mime_field_unfold(const struct mime_field *f, struct buf *out)
{
	for (size_t i = 0; i < f->value_len; i++)
		if (f->value[i] != '\n' && f->value[i] != '\r')
			(void)buf_add_char(
			    out, f->value[i] ? f->value[i] : '?');
}

/* --- parameters ----------------------------------------------------------- */

/* Octets of the quoted string or comment at p.  What is never closed: a string
 * goes on to the end, a parenthesis is one octet like any other. */
static size_t
mime_skip(const char *p, size_t len)
{
	char close = *p == '"' ? '"' : ')';
	size_t depth = 1, n = 1;

	/* so that many that are never closed cost no more than they should */
	if (close == ')' && len > MIME_COMMENT_MAX)
		len = MIME_COMMENT_MAX;
	for (; n < len && depth; n++) {
		if (p[n] == '\\')
			n++;
		else if (p[n] == close)
			depth--;
		else if (p[n] == '(' && close == ')')
			depth++;
	}
	if (depth && close == ')')
		return 1;
	return n < len ? n : len;
}

static size_t
mime_skip_blanks(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && (text_is_blank(p[n]) || p[n] == '('))
		n += p[n] == '(' ? mime_skip(p + n, len - n) : 1;
	return n;
}

/* Octets of the value at p.  Without quotes it goes on to the semicolon,
 * blanks and all, as file names do; a comment behind a blank ends it. */
static size_t
mime_value_len(const char *p, size_t len)
{
	size_t n = 0;

	if (len && *p == '"')
		return mime_skip(p, len);
	while (n < len && !(p[n] == '(' && n && text_is_blank(p[n - 1])))
		n++;
	while (n && text_is_blank(p[n - 1]))
		n--;
	return n;
}

static void
mime_param_parse(struct mime_param *p)
{
	const char *end = p->text + p->len;
	const char *s = p->text + mime_skip_blanks(p->text, p->len);

	p->name = s;
	while (s < end && *s != '=' && *s != '(' && !text_is_blank(*s))
		s++;
	p->name_len = (size_t)(s - p->name);
	s += mime_skip_blanks(s, (size_t)(end - s));
	if (s == end || *s != '=') {
		p->name_len = 0;
		return;
	}
	s++;
	s += mime_skip_blanks(s, (size_t)(end - s));
	p->value = s;
	p->value_len = mime_value_len(s, (size_t)(end - s));
}

bool
mime_param_next(
    const char *value, size_t len, size_t *pos, struct mime_param *p)
{
	bool is_first = *pos == 0;
	size_t from = *pos, to = from;

	if (from > len || (is_first && !len))
		return false;
	while (to < len && value[to] != ';')
		to += value[to] == '"' || value[to] == '('
			  ? mime_skip(value + to, len - to)
			  : 1;
	*p = (struct mime_param){
		.text = value + from, .len = to - from, .name = "", .value = ""
	};
	if (!is_first)
		mime_param_parse(p);
	*pos = to + 1;
	return true;
}

void
mime_param_unquote(const struct mime_param *p, struct buf *out)
{
	const char *s = p->value;
	size_t len = p->value_len;

	if (!len || *s != '"') {
		(void)buf_add(out, s, len);
		return;
	}
	for (size_t i = 1; i < len && s[i] != '"'; i++) {
		if (s[i] == '\\' && i + 1 < len)
			i++;
		(void)buf_add_char(out, s[i]);
	}
}

/* --- what a header says --------------------------------------------------- */

/* Whether the first word of a value, comments apart, is this one; a word that
 * ends in a slash stands for all that begin so. */
static bool
mime_is_word(const char *value, size_t len, const char *word)
{
	size_t skip = mime_skip_blanks(value, len);
	size_t n = strlen(word);

	value += skip;
	len -= skip;
	if (len < n || !text_caseeq_n(value, word, n))
		return false;
	return word[n - 1] == '/' || len == n || text_is_blank(value[n]) ||
	       value[n] == '(' || value[n] == ';';
}

static bool
mime_read_boundary(struct mime_type *t, const char *value, size_t len)
{
	AUTO(buf) struct buf text = BUF_INIT(MIME_BOUNDARY_MAX);
	struct mime_param p;
	size_t pos = 0;

	while (mime_param_next(value, len, &pos, &p)) {
		/* RFC 2231 continuations: nobody writes them here */
		if (p.name_len >= 9 && text_caseeq_n(p.name, "boundary*", 9))
			return false;
		if (p.name_len != 8 || !text_caseeq_n(p.name, "boundary", 8))
			continue;
		mime_param_unquote(&p, &text);
		while (text.len && text_is_blank(text.data[text.len - 1]))
			buf_truncate(&text, text.len - 1);
		if (text.is_full || !text.len ||
		    !text_is_ascii(text.data, text.len) ||
		    text_has_control(text.data, text.len))
			return false;
		memcpy(t->boundary, text.data, text.len);
		t->boundary_len = text.len;
		return true;
	}
	return false;
}

static void
mime_read_type(struct mime_type *t, const char *value, size_t len)
{
	const char *word = value + mime_skip_blanks(value, len);

	t->has_type = true;
	t->kind = MIME_LEAF;
	/* RFC 2045 5.2: what is no type means text/plain */
	t->is_text = !memchr(word, '/', strcspn(word, " \t;("));
	for (size_t i = 0; i < sizeof(mime_kinds) / sizeof(mime_kinds[0]); i++)
		if (mime_is_word(value, len, mime_kinds[i].name)) {
			t->kind = mime_kinds[i].kind;
			t->is_text = mime_kinds[i].is_text;
			break;
		}
	t->is_digest = mime_is_word(value, len, "multipart/digest");
	t->is_application = mime_is_word(value, len, "application/");
	if (t->kind == MIME_MULTIPART && !mime_read_boundary(t, value, len))
		t->kind = MIME_SEALED;
}

static void
mime_read_coding(struct mime_type *t, const char *value, size_t len)
{
	t->coding = MIME_CODING_OTHER;
	for (size_t i = 0; i < sizeof(mime_codings) / sizeof(mime_codings[0]);
	     i++)
		if (mime_is_word(value, len, mime_codings[i].name))
			t->coding = mime_codings[i].coding;
}

const char *
mime_coding_name(enum mime_coding coding)
{
	for (size_t i = 0; i < sizeof(mime_codings) / sizeof(mime_codings[0]);
	     i++)
		if (mime_codings[i].coding == coding)
			return mime_codings[i].name;
	return NULL;
}

void
mime_type_read(
    struct mime_type *t, const char *head, size_t len, bool is_in_digest)
{
	struct mime_field f;
	size_t pos = 0;

	*t = (struct mime_type){
		.kind = is_in_digest ? MIME_MESSAGE : MIME_LEAF,
		.is_text = true,
	};
	while (mime_field_next(head, len, &pos, &f)) {
		AUTO(buf) struct buf value = BUF_INIT(f.value_len);

		if (f.name_len < 12) /* the shortest: MIME-Version */
			continue;
		if (mime_field_is(&f, "MIME-Version"))
			t->has_version = true;
		if (!text_has_caseprefix(f.text, "Content-T"))
			continue;
		mime_field_unfold(&f, &value);
		if (mime_field_is(&f, "Content-Type") && !t->has_type)
			mime_read_type(t, buf_str(&value), value.len);
		else if (mime_field_is(&f, "Content-Transfer-Encoding") &&
			 t->coding == MIME_CODING_NONE)
			mime_read_coding(t, buf_str(&value), value.len);
	}
	/* what is sealed are the octets inside: base64 may be cut anew */
	if (t->kind == MIME_SEALED && t->is_application &&
	    t->coding == MIME_CODING_BASE64)
		t->kind = MIME_LEAF;
	/* RFC 2046 5.2.1 forbids it: nobody knows how it will be read */
	if (t->kind == MIME_MESSAGE && t->coding >= MIME_CODING_QP)
		t->kind = MIME_SEALED;
}
