/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "auth/scram.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "base/i18n.h"
#include "base/text.h"

/* A piece of a message; borrowed. */
struct scram_piece {
	const char *at;
	size_t len;
};

static int
scram_bad(const char *message, size_t len, struct error *err)
{
	(void)err_set(
	    err, ERR_AUTH, _("the server sent an invalid SCRAM message"));
	return err_detail(err, "%.*s", (int)(len < 200 ? len : 200), message);
}

/* The value of the attribute that comes next, which must be `name`; moves
 * *rest behind it and its comma. */
static bool
scram_take(struct scram_piece *rest, char name, struct scram_piece *value)
{
	const char *comma;

	if (rest->len < 2 || rest->at[0] != name || rest->at[1] != '=')
		return false;
	comma = memchr(rest->at, ',', rest->len);
	value->at = rest->at + 2;
	value->len = comma ? (size_t)(comma - value->at) : rest->len - 2;
	rest->len -= 2 + value->len + (comma != NULL);
	rest->at = value->at + value->len + (comma != NULL);
	return true;
}

/* Our own nonce: the last attribute of what we said first. */
static struct scram_piece
scram_own_nonce(const char *first, size_t len)
{
	struct scram_piece nonce = { first + len, 0 };

	while (nonce.at > first && nonce.at[-1] != ',') {
		nonce.at--;
		nonce.len++;
	}
	if (nonce.len >= 2) { /* "r=" */
		nonce.at += 2;
		nonce.len -= 2;
	}
	return nonce;
}

void
scram_first_release(struct scram_first *f)
{
	if (f)
		buf_release(&f->salt);
}

static bool
scram_read_salt(struct scram_piece salt, struct buf *out)
{
	return base64_decode(out, salt.at, salt.len) == 0 && out->len;
}

static bool
scram_read_iterations(struct scram_piece number, unsigned *out)
{
	uint64_t value = 0;

	if (number.len < 1 || number.len > 10 || number.at[0] == '0')
		return false;
	for (size_t i = 0; i < number.len; i++) {
		if (!text_is_digit(number.at[i]))
			return false;
		value = value * 10 + (uint64_t)(number.at[i] - '0');
	}
	*out = (unsigned)value;
	return value >= SCRAM_ITERATIONS_MIN && value <= SCRAM_ITERATIONS_MAX;
}

int
scram_check_first(const struct buf *first, const char *message, size_t len,
    struct scram_first *out, struct error *err)
{
	struct scram_piece rest = { message, len };
	struct scram_piece own = scram_own_nonce(buf_str(first), first->len);
	struct scram_piece nonce, salt, iterations;

	if (memchr(message, '\0', len))
		return scram_bad(message, len, err);
	if (rest.len >= 2 && memcmp(rest.at, "m=", 2) == 0)
		return err_set(err, ERR_AUTH,
		    _("the server demands a SCRAM extension that is not "
		      "supported"));
	if (!scram_take(&rest, 'r', &nonce) || !scram_take(&rest, 's', &salt) ||
	    !scram_take(&rest, 'i', &iterations) ||
	    !scram_read_salt(salt, &out->salt))
		return scram_bad(message, len, err);
	/* not an answer to what we said: somebody plays an old exchange back */
	if (!own.len || nonce.len <= own.len ||
	    memcmp(nonce.at, own.at, own.len) != 0)
		return err_set(err, ERR_AUTH,
		    _("the server did not answer with our SCRAM nonce"));
	out->nonce = nonce.at;
	out->nonce_len = nonce.len;
	if (scram_read_iterations(iterations, &out->iterations))
		return 0;
	(void)err_set(err, ERR_AUTH,
	    _("the server's SCRAM iteration count is not acceptable"));
	return err_detail(err, "i=%.*s, wanted %d to %d",
	    (int)(iterations.len < 40 ? iterations.len : 40), iterations.at,
	    SCRAM_ITERATIONS_MIN, SCRAM_ITERATIONS_MAX);
}
