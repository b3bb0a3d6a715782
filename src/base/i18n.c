/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/i18n.h"

#include <langinfo.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

void
i18n_use_utf8(bool is_utf8)
{
#if ENABLE_NLS
	(void)bind_textdomain_codeset(
	    PACKAGE, is_utf8 ? "UTF-8" : nl_langinfo(CODESET));
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
	const char *at = strstr(gettext(""), field);
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
