/* SPDX-License-Identifier: ISC */
/* UTF-8 (RFC 3629), strict: no overlong forms, no surrogates. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at s (1..4) with its code point in *cp, or 0
 * when the octets there are not UTF-8; *cp is set to 0xFFFD then. */
size_t utf8_decode(const char *s, size_t len, uint32_t *cp);
bool utf8_is_valid(const char *s, size_t len);
/* C1 controls, line and paragraph separators, zero-width and bidirectional
 * formatting characters: nothing that may hide or reorder shown text. */
bool utf8_is_format(uint32_t cp);

#endif
