/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int xalloc_code = EX_OSERR;
static char xalloc_line[256];

void
xalloc_end_with(int code, const char *fmt, ...)
{
	va_list ap;

	xalloc_code = code;
	xalloc_line[0] = '\0';
	if (!fmt)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(xalloc_line, sizeof(xalloc_line), fmt, ap);
	va_end(ap);
}

/* Whether standard error took it. */
static bool
xalloc_say(const char *text)
{
	size_t len = strlen(text);

	return write(STDERR_FILENO, text, len) == (ssize_t)len;
}

/*
 * No memory means that nothing that allocates may run any more, not even the
 * error machinery: so this is the one place below cmd/ that writes and exits.
 */
static _Noreturn void
xalloc_die(void)
{
	if (xalloc_say("postrider: out of memory\n") && xalloc_line[0] &&
	    xalloc_say("postrider: ") && xalloc_say(xalloc_line))
		(void)xalloc_say("\n");
	_exit(xalloc_code);
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		xalloc_die();
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		xalloc_die();
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		xalloc_die();
	return p;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		xalloc_die();
	return xrealloc(old, count * size);
}

char *
xstrdup(const char *s)
{
	return xmemdupz(s, strlen(s));
}

char *
xmemdupz(const char *s, size_t len)
{
	char *p = xmalloc(len + 1);

	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *p = NULL;

	if (vasprintf(&p, fmt, ap) < 0)
		xalloc_die();
	return p;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = xvasprintf(fmt, ap);
	va_end(ap);
	return p;
}

void
xreplace(char **slot, char *s)
{
	free(*slot);
	*slot = s;
}
