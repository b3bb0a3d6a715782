/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/addr.h"

#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xalloc.h"

void
addr_list_truncate(struct addr_list *l, size_t count)
{
	while (l->count > count)
		free(l->items[--l->count]);
}

void
addr_list_release(struct addr_list *l)
{
	if (!l)
		return;
	addr_list_truncate(l, 0);
	free(l->items);
	*l = (struct addr_list)ADDR_LIST_INIT;
}

void
addr_list_add(struct addr_list *l, char *addr)
{
	if (l->count == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->items = xreallocarray(l->items, l->cap, sizeof(l->items[0]));
	}
	l->items[l->count++] = addr;
}

const char *
addr_domain(const char *addr)
{
	const char *s = addr;

	if (*s == '"')
		for (s++; *s && *s != '"'; s++)
			if (*s == '\\' && s[1])
				s++;
	s = strrchr(s, '@');
	return s && s[1] ? s + 1 : NULL;
}

char *
addr_host_name(void)
{
	/* A domain is tried behind a local part, where the validator is. */
	char addr[2 + HOST_NAME_MAX + 1] = "x@";
	size_t at;

	if (gethostname(addr + 2, HOST_NAME_MAX + 1) < 0)
		return xstrdup("localhost");
	addr[sizeof(addr) - 1] = '\0';
	if (addr_fault(addr, strlen(addr), &at) || addr[2] == '[')
		return xstrdup("localhost");
	return xstrdup(addr + 2);
}

/* name as a local part, or NULL when it cannot be one. */
static char *
addr_local_of(const char *name)
{
	auto_free char *local = NULL;
	size_t at;

	if (!name || !*name)
		return NULL;
	local = addr_local_part(name, strlen(name));
	if (addr_fault(local, strlen(local), &at))
		return NULL;
	return auto_take(local);
}

char *
addr_of_caller(void)
{
	const struct passwd *pw = getpwuid(getuid());
	auto_free char *host = addr_host_name();
	auto_free char *user = addr_local_of(pw ? pw->pw_name : NULL);

	if (!user)
		user = addr_local_of(getenv("LOGNAME"));
	if (!user)
		user = addr_local_of(getenv("USER"));
	if (!user)
		user = xasprintf("%ju", (uintmax_t)getuid());
	return xasprintf("%s@%s", user, host);
}
