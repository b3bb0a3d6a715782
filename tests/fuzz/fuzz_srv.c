/* SPDX-License-Identifier: ISC */
/* A DNS message: what comes out are host names and ports. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/srv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t
fuzz_pick(void *ctx, uint32_t max)
{
	(void)ctx;
	return max / 2;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;
	size_t count;
	int64_t before = 0, after = 0;

	if (srv_parse(data, size, &list, &err) < 0) {
		if (err.kind != ERR_HOST_TEMP)
			abort();
		return 0;
	}
	count = list.count;
	for (size_t i = 0; i < count; i++) {
		const char *target = list.items[i].target;

		if (memchr(target, 0, SRV_TARGET_MAX) == NULL ||
		    text_has_control(target, strlen(target)) ||
		    strpbrk(target, " ,/\\%[]"))
			abort();
		if (*target && !list.items[i].port)
			abort();
		before += list.items[i].port;
	}
	srv_order(&list, fuzz_pick, NULL);
	if (list.count != count)
		abort();
	for (size_t i = 0; i < count; i++) {
		if (i && list.items[i].priority < list.items[i - 1].priority)
			abort();
		after += list.items[i].port;
	}
	if (before != after)
		abort();
	return 0;
}
