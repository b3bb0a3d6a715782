/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/base64.h"

#include <stdint.h>

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *in = data;
	char *to;

	if (buf_reserve(out, (len + 2) / 3 * 4) < 0)
		return -1;
	to = out->data + out->len;
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)in[i] << 16;

		if (left > 1)
			v |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			v |= in[i + 2];
		*to++ = base64_alphabet[v >> 18];
		*to++ = base64_alphabet[v >> 12 & 63];
		*to++ = left > 1 ? base64_alphabet[v >> 6 & 63] : '=';
		*to++ = left > 2 ? base64_alphabet[v & 63] : '=';
	}
	buf_grown(out, (len + 2) / 3 * 4);
	return 0;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; returns its octets (1..3) or -1. */
static int
base64_group(const char *text, int is_last, unsigned char octets[3])
{
	int pad = 0;
	uint32_t v = 0;

	if (is_last && text[3] == '=')
		pad = text[2] == '=' ? 2 : 1;
	for (int i = 0; i < 4 - pad; i++) {
		int value = base64_value(text[i]);

		if (value < 0)
			return -1;
		v |= (uint32_t)value << (18 - 6 * i);
	}
	octets[0] = (unsigned char)(v >> 16);
	octets[1] = (unsigned char)(v >> 8);
	octets[2] = (unsigned char)v;
	if ((pad >= 1 && octets[2]) || (pad == 2 && octets[1]))
		return -1;
	return 3 - pad;
}

int
base64_decode(struct buf *out, const char *text, size_t len)
{
	size_t start = out->len;

	if (len % 4 || buf_reserve(out, len / 4 * 3) < 0)
		return -1;
	for (size_t i = 0; i < len; i += 4) {
		unsigned char octets[3];
		int n = base64_group(text + i, i + 4 == len, octets);

		if (n < 0 || buf_add(out, octets, (size_t)n) < 0) {
			buf_truncate(out, start);
			return -1;
		}
	}
	return 0;
}
