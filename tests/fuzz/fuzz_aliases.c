/* SPDX-License-Identifier: ISC */
/* Aliases: the first line of the input is a recipient, the rest the file.  What
 * comes out may go on the wire, there is never too much of it, and an error
 * names the file and gives nothing. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mail/aliases.h"

/* Names that include files are not followed: the input would choose them. */
#define FUZZ_INCLUDE "nclude"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_expand(const struct aliases *a, const char *addr)
{
	AUTO(addr_list) struct addr_list out = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t at;

	if (aliases_expand(a, &addr, 1, "here.test", &out, &err) < 0) {
		if (out.count || err.kind != ERR_CONFIG ||
		    strncmp(err.text, "f: line ", 8) != 0)
			abort();
		return;
	}
	if (out.count > ALIASES_MAX)
		abort();
	for (size_t i = 0; i < out.count; i++)
		if (!*out.items[i])
			abort();
	for (size_t i = 0; i < out.count; i++)
		(void)addr_fault(out.items[i], strlen(out.items[i]), &at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(aliases) struct aliases a = ALIASES_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const uint8_t *lf = size ? memchr(data, '\n', size) : NULL;
	auto_free char *addr = NULL;
	size_t at, len;

	if (!lf || memmem(data, size, FUZZ_INCLUDE, strlen(FUZZ_INCLUDE)))
		return 0;
	len = (size_t)(lf - data);
	addr = xmemdupz((const char *)data, len);
	if (aliases_parse(&a, "f", (const char *)lf + 1, size - len - 1, &err) <
	    0) {
		if (err.kind != ERR_CONFIG || strncmp(err.text, "f: line", 7))
			abort();
		return 0;
	}
	if (!addr_fault(addr, strlen(addr), &at))
		fuzz_expand(&a, addr);
	return 0;
}
