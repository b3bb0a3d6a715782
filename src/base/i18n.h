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

#endif
