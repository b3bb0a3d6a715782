/* SPDX-License-Identifier: ISC */
/* Address lists: whatever comes out may go on the wire, and reads back as
 * itself alone. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "mail/addr.h"
#include "mail/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_check_address(const char *addr)
{
	AUTO(addr_list) struct addr_list again = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t len = strlen(addr);

	if (addr_validate(addr, len, false, "fuzz", &err) < 0)
		abort();
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)addr[i] < 0x20 || addr[i] == 0x7f)
			abort();
	if (addr_parse_list(&again, addr, len, "fuzz", &err) < 0)
		abort();
	if (again.count != 1 || strcmp(again.items[0], addr) != 0)
		abort();
}

/* A blank in front leads around the short way for lone addresses. */
static void
fuzz_same_behind_blank(
    const struct addr_list *l, int rc, const char *text, size_t size)
{
	AUTO(addr_list) struct addr_list other = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf blank = BUF_INIT(size + 1);

	(void)buf_add_char(&blank, ' ');
	(void)buf_add(&blank, text, size);
	if (addr_parse_list(&other, buf_str(&blank), blank.len, "fuzz", &err) !=
		rc ||
	    other.count != l->count)
		abort();
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i], other.items[i]) != 0)
			abort();
}

static char *
fuzz_complete(void *ctx, const char *addr)
{
	(void)ctx;
	return addr_domain(addr) ? NULL : xasprintf("%s@d.test", addr);
}

/* Names that get a domain where they stand: all else is the same list. */
static void
fuzz_rewrite(const struct addr_list *l, const char *text, size_t size)
{
	AUTO(addr_list) struct addr_list again = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf out = BUF_INIT(HEADER_SIZE_MAX);
	int rc = rewrite_list(&out, text, size, fuzz_complete, NULL);

	if (rc <= 0 && out.len)
		abort();
	if (rc <= 0)
		return;
	if (addr_parse_list(&again, out.data, out.len, "fuzz", &err) < 0 ||
	    again.count != l->count)
		abort();
	for (size_t i = 0; i < l->count; i++) {
		auto_free char *want = fuzz_complete(NULL, l->items[i]);

		if (strcmp(again.items[i], want ? want : l->items[i]) != 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(addr_list) struct addr_list l = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const char *text = (const char *)data;
	size_t at;
	int rc = addr_parse_list(&l, text, size, "fuzz", &err);

	if (rc < 0) {
		if (l.count || err.kind != ERR_ADDRESS || !err.detail)
			abort();
	}
	for (size_t i = 0; i < l.count; i++)
		fuzz_check_address(l.items[i]);
	fuzz_same_behind_blank(&l, rc, text, size);
	if (rc == 0)
		fuzz_rewrite(&l, text, size);
	if (addr_fault(text, size, &at) && at > size)
		abort();
	return 0;
}
