/* SPDX-License-Identifier: ISC */
/*
 * Memory that is always there.  These functions never return NULL: when the
 * system has no memory left the program ends with EX_OSERR (71), or what was
 * asked for with xalloc_end_with(), after a line or two on standard error.
 * Everything they return is released with free().
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
/* Checks count * size for overflow. */
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
/* A NUL-terminated copy of the first len octets of s. */
char *xmemdupz(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

/* What a process without memory ends with from now on, and a line more that it
 * says; fmt NULL: none.  Allocates nothing. */
void xalloc_end_with(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Frees *slot and stores s there; s may be NULL.  Takes s. */
void xreplace(char **slot, char *s);

#endif
