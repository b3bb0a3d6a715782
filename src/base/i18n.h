/* SPDX-License-Identifier: ISC */
/*
 * _() translates a text where it is used, N_() marks one in a table that is
 * translated when it is shown, P_() chooses singular or plural.
 */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#if ENABLE_NLS
#include <libintl.h>
#define _(text) gettext(text)
#define P_(one, many, n) ngettext(one, many, n)
#else
#define _(text) (text)
#define P_(one, many, n) ((n) == 1 ? (one) : (many))
#endif
#define N_(text) text

#include <stdbool.h>

/* From now on texts come in UTF-8, for a file or a mail; or again in the
 * charset of the terminal. */
void i18n_use_utf8(bool is_utf8);
/* The language of the texts, as RFC 5646 writes it ("de"); "en" where they are
 * not translated; owned. */
char *i18n_language(void);

#endif
