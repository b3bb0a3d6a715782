/* SPDX-License-Identifier: ISC */
/* The sum that tells a queue file from a damaged one. */
#include "config.h"

#include "queue/entry_head.h"

#include <string.h>

#include "base/xalloc.h"

/* The block with every octet that may change made the same. */
static void
sum_mask(const struct entry *e, char *head)
{
	for (enum head_row r = 0; r < HEAD_ROWS; r++) {
		size_t len, at = head_at(r, &len);

		if (r < HEAD_BORN || r == HEAD_SHA256)
			memset(head + at, '_', len);
	}
	for (size_t i = 0; i < e->rcpt_count; i++)
		head[e->verdicts[i]] = '_';
}

void
head_sum_init(struct sha256 *s, const struct entry *e)
{
	auto_free char *head = xmemdupz(e->head.data, e->head.len);

	sum_mask(e, head);
	sha256_init(s);
	sha256_add(s, head, e->head.len);
}

void
head_sum_end(struct sha256 *s, char out[HEAD_SHA256_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char octets[SHA256_SIZE];

	sha256_end(s, octets);
	for (size_t i = 0; i < sizeof(octets); i++) {
		out[2 * i] = digits[octets[i] >> 4];
		out[2 * i + 1] = digits[octets[i] & 15];
	}
	out[HEAD_SHA256_LEN] = '\0';
}
