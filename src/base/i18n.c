/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/i18n.h"

#include <errno.h>
#include <langinfo.h>
#if ENABLE_NLS
#include <libintl.h>
#endif
#include <locale.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

static bool i18n_is_due;

void
i18n_prepare(void)
{
	i18n_is_due = true;
}

void
i18n_begin(void)
{
	int os = errno; /* gettext() keeps it, too */

	if (!i18n_is_due)
		return;
	i18n_is_due = false;
	(void)setlocale(LC_CTYPE, "");
	(void)setlocale(LC_MESSAGES, "");
#if ENABLE_NLS
	(void)bindtextdomain(PACKAGE, LOCALEDIR);
	(void)textdomain(PACKAGE);
#endif
	errno = os;
}

const char *
i18n_text(const char *text)
{
	i18n_begin();
#if ENABLE_NLS
	return gettext(text);
#else
	return text;
#endif
}

const char *
i18n_plural(const char *one, const char *many, unsigned long n)
{
	i18n_begin();
#if ENABLE_NLS
	return ngettext(one, many, n);
#else
	return n == 1 ? one : many;
#endif
}

const char *
i18n_charset(void)
{
	i18n_begin();
	return nl_langinfo(CODESET);
}

void
i18n_use_utf8(bool is_utf8)
{
#if ENABLE_NLS
	(void)bind_textdomain_codeset(
	    PACKAGE, is_utf8 ? "UTF-8" : i18n_charset());
#else
	(void)is_utf8;
#endif
}

char *
i18n_language(void)
{
#if ENABLE_NLS
	/* the header of the catalogue */
	static const char field[] = "\nLanguage: ";
	const char *at = strstr(i18n_text(""), field);
	size_t len = 0;

	if (at) {
		at += sizeof(field) - 1;
		while (text_is_alnum(at[len]) || at[len] == '_')
			len++;
	}
	if (len) {
		char *name = xmemdupz(at, len);

		for (char *p = name; *p; p++)
			if (*p == '_')
				*p = '-';
		return name;
	}
#endif
	return xstrdup("en");
}
