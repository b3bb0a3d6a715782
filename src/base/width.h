/* SPDX-License-Identifier: ISC */
/* Columns of a terminal. */
#ifndef BASE_WIDTH_H
#define BASE_WIDTH_H

#include <stddef.h>

#include "base/buf.h"

/* The columns that UTF-8 text takes: two for a wide character, none for one
 * that combines with another; what the locale does not know takes one. */
size_t width_of(const char *s);
/* Appends s, and blanks behind it up to so many columns. */
void width_pad(struct buf *out, const char *s, size_t columns);
/* Appends s, blanks before it up to so many columns. */
void width_pad_left(struct buf *out, const char *s, size_t columns);

#endif
