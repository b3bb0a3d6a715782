/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/sha256.h"

#include <string.h>

/* 4.2.2: of the cube roots of the first 64 primes. */
static const uint32_t sha256_k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
	0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
	0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
	0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
	0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee,
	0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

static uint32_t
sha256_rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
sha256_big(uint32_t x, int a, int b, int c)
{
	return sha256_rotate(x, a) ^ sha256_rotate(x, b) ^ sha256_rotate(x, c);
}

static uint32_t
sha256_small(uint32_t x, int a, int b, int c)
{
	return sha256_rotate(x, a) ^ sha256_rotate(x, b) ^ x >> c;
}

/* 6.2.2 */
static void
sha256_block(uint32_t state[8], const unsigned char *p)
{
	uint32_t w[64];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	for (int t = 0; t < 16; t++, p += 4)
		w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		       (uint32_t)p[2] << 8 | p[3];
	for (int t = 16; t < 64; t++)
		w[t] = sha256_small(w[t - 2], 17, 19, 10) + w[t - 7] +
		       sha256_small(w[t - 15], 7, 18, 3) + w[t - 16];
	for (int t = 0; t < 64; t++) {
		uint32_t one = h + sha256_big(e, 6, 11, 25) +
			       ((e & f) ^ (~e & g)) + sha256_k[t] + w[t];
		uint32_t two =
		    sha256_big(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + one;
		d = c;
		c = b;
		b = a;
		a = one + two;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void
sha256_init(struct sha256 *s)
{
	/* 5.3.3 */
	*s = (struct sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
				  0xa54ff53a, 0x510e527f, 0x9b05688c,
				  0x1f83d9ab, 0x5be0cd19 } };
}

void
sha256_add(struct sha256 *s, const void *p, size_t len)
{
	const unsigned char *from = p;

	while (len) {
		size_t held = s->octets % SHA256_BLOCK;
		size_t n = SHA256_BLOCK - held;

		if (!held && len >= SHA256_BLOCK) {
			sha256_block(s->state, from);
		} else {
			n = n < len ? n : len;
			memcpy(s->block + held, from, n);
			if (held + n == SHA256_BLOCK)
				sha256_block(s->state, s->block);
		}
		s->octets += n;
		from += n;
		len -= n;
	}
}

void
sha256_end(struct sha256 *s, unsigned char out[SHA256_SIZE])
{
	static const unsigned char pad[SHA256_BLOCK] = { 0x80 };
	uint64_t bits = s->octets * 8;
	size_t held = s->octets % SHA256_BLOCK;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(s, pad, (held < 56 ? 56 : 120) - held);
	sha256_add(s, length, sizeof(length));
	for (int i = 0; i < SHA256_SIZE; i++)
		out[i] = (unsigned char)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}
