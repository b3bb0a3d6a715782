/* SPDX-License-Identifier: ISC */
/*
 * _() translates a text where it is used, N_() marks one in a table that is
 * translated when it is shown, P_() chooses singular or plural.
 */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#define _(text) i18n_text(text)
#define P_(one, many, n) i18n_plural(one, many, n)
#define N_(text) text

#include <stdbool.h>

/* The first text from now on sets the user's locale: some files that a mail
 * without words does not need.  Words and characters only: dates and numbers go
 * to servers. */
void i18n_prepare(void);
/* Sets it now, if it was prepared: who asks libc about characters needs it. */
void i18n_begin(void);
/* What the macros say. */
const char *i18n_text(const char *text) __attribute__((format_arg(1)));
const char *i18n_plural(const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(1), format_arg(2)));
/* The charset of the user's locale; borrowed. */
const char *i18n_charset(void);

/* From now on texts come in UTF-8, for a file or a mail; or again in the
 * charset of the terminal. */
void i18n_use_utf8(bool is_utf8);
/* The language of the texts, as RFC 5646 writes it ("de"); "en" where they are
 * not translated; owned. */
char *i18n_language(void);

#endif
