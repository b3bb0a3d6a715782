/* SPDX-License-Identifier: ISC */
/* The sum that tells a queue file from a damaged one. */
#include "config.h"

#include "queue/entry_head.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
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
head_sum_init(struct head_sum *s, const struct entry *e)
{
	auto_free char *head = xmemdupz(e->head.data, e->head.len);
	gnutls_hash_hd_t state;

	s->state = NULL;
	if (gnutls_hash_init(&state, GNUTLS_DIG_SHA256) < 0)
		return;
	s->state = state;
	sum_mask(e, head);
	head_sum_add(s, head, e->head.len);
}

void
head_sum_add(struct head_sum *s, const void *p, size_t len)
{
	if (s->state && gnutls_hash(s->state, p, len) < 0) {
		gnutls_hash_deinit(s->state, NULL);
		s->state = NULL;
	}
}

void
head_sum_end(struct head_sum *s, char out[HEAD_SHA256_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char octets[HEAD_SHA256_LEN / 2];

	*out = '\0';
	if (!s->state)
		return;
	gnutls_hash_deinit(s->state, octets);
	s->state = NULL;
	for (size_t i = 0; i < sizeof(octets); i++) {
		out[2 * i] = digits[octets[i] >> 4];
		out[2 * i + 1] = digits[octets[i] & 15];
	}
	out[HEAD_SHA256_LEN] = '\0';
}
