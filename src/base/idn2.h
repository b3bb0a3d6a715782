/* SPDX-License-Identifier: ISC */
/* libidn2, opened when it is needed: see base/library.h. */
#ifndef BASE_IDN2_H
#define BASE_IDN2_H

#include <idn2.h>

#include "base/library.h"

/* clang-format off */
#define IDN2_SYMBOLS(row)                                                      \
	row(idn2_free)                                                         \
	row(idn2_strerror)                                                     \
	row(idn2_to_ascii_8z)                                                  \
	row(idn2_to_unicode_8z8z)
/* clang-format on */

IDN2_SYMBOLS(LIBRARY_EXTERN)

#define idn2_free (*lib_idn2_free)
#define idn2_strerror (*lib_idn2_strerror)
#define idn2_to_ascii_8z (*lib_idn2_to_ascii_8z)
#define idn2_to_unicode_8z8z (*lib_idn2_to_unicode_8z8z)

/* Before anything else of the library is called; ERR_OS. */
int idn2_load(struct error *err);

#endif
