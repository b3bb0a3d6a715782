/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/line.h"

#include <string.h>

#include "base/text.h"

static char *
line_trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len && text_is_blank(s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

void
line_split(char *text, size_t len, char **word, char **rest)
{
	if (len && text[len - 1] == '\r')
		text[len - 1] = '\0';
	*word = line_trim(text);
	if (**word == '#')
		**word = '\0';
	*rest = *word + strcspn(*word, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	*rest = line_trim(*rest);
}

/* The closing quote of a value that begins with one, or NULL where there is
 * none, or more than a comment behind it. */
static char *
line_closing(char *rest)
{
	char *p = rest + 1;
	const char *behind;

	while (*p && *p != '"')
		p += *p == '\\' && p[1] ? 2 : 1;
	if (!*p)
		return NULL;
	behind = p + 1 + strspn(p + 1, " \t");
	if (*behind && (*behind != '#' || behind == p + 1))
		return NULL;
	return p;
}

/* \" and \\, up to end; any other backslash is one. */
static void
line_unescape(char *from, const char *end)
{
	char *to = from;

	while (from < end) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	*to = '\0';
}

/* One pair around all of it. */
static char *
line_unquote(char *rest)
{
	size_t len = strlen(rest);

	if (len < 2 || rest[0] != '"' || rest[len - 1] != '"')
		return rest;
	rest[len - 1] = '\0';
	return rest + 1;
}

char *
line_value(char *rest, enum line_kind kind)
{
	char *closing = *rest == '"' ? line_closing(rest) : NULL;

	if (kind == LINE_EXACT || (*rest == '"' && !closing))
		return line_unquote(rest);
	if (closing) {
		line_unescape(rest + 1, closing);
		return rest + 1;
	}
	if (kind == LINE_TEXT)
		return rest;
	for (char *p = rest; *p; p++)
		if (*p == '#' && (p == rest || text_is_blank(p[-1]))) {
			*p = '\0';
			break;
		}
	return line_trim(rest);
}
