/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/id.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/sha256.h"

/* In ASCII's order, so that names sort as numbers do. */
static const char id_digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

#define ID_OCTETS 16
#define ID_TIME_OCTETS 6
/* Characters that hold nothing but the time. */
#define ID_TIME_CHARS 9

static void
id_encode(char out[QUEUE_ID_SIZE], const unsigned char octets[ID_OCTETS])
{
	unsigned bits = 0, held = 0;
	size_t n = 0;

	for (size_t i = 0; i < ID_OCTETS; i++) {
		held = held << 8 | octets[i];
		for (bits += 8; bits >= 5; bits -= 5)
			out[n++] = id_digits[held >> (bits - 5) & 31];
	}
	out[n++] = id_digits[held << (5 - bits) & 31];
	out[n] = '\0';
}

void
queue_id_new(char out[QUEUE_ID_SIZE])
{
	unsigned char octets[ID_OCTETS];
	struct timespec now = { 0 };
	uint64_t ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (int i = 0; i < ID_TIME_OCTETS; i++)
		octets[i] = (unsigned char)(ms >> 8 * (ID_TIME_OCTETS - 1 - i));
	/* it cannot fail for so few octets; two of one name would be found out
	 * by linkat() anyway */
	if (getrandom(octets + ID_TIME_OCTETS, ID_OCTETS - ID_TIME_OCTETS, 0) <
	    0)
		memset(octets + ID_TIME_OCTETS, (int)now.tv_nsec & 255,
		    ID_OCTETS - ID_TIME_OCTETS);
	id_encode(out, octets);
}

void
queue_id_derive(char out[QUEUE_ID_SIZE], const char *id, const char *purpose)
{
	unsigned char digest[SHA256_SIZE];
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, id, strlen(id));
	sha256_add(&s, purpose, strlen(purpose));
	sha256_end(&s, digest);
	id_encode(out, digest);
	memcpy(out, id, ID_TIME_CHARS);
}

bool
queue_id_is_valid(const char *s)
{
	return strlen(s) == QUEUE_ID_SIZE - 1 &&
	       strspn(s, id_digits) == QUEUE_ID_SIZE - 1;
}
