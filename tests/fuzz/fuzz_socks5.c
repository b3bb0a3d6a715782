/* SPDX-License-Identifier: ISC */
/* A proxy's answers: the first octet of the input chooses the request and how
 * much one read gets, the rest is what the proxy says.  Whatever it is, no
 * octet behind the answer is taken, and a failure is for now only. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/socks5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct stream stream;
	const uint8_t *data;
	size_t size, given, cut;
};

static ssize_t
fuzz_read(struct stream *stream, void *to, size_t len, struct error *err)
{
	struct fuzz *f = (struct fuzz *)stream;
	size_t n = f->size - f->given;

	(void)err;
	if (!len)
		abort(); /* it would look like the end */
	n = n < len ? n : len;
	n = n < f->cut ? n : f->cut;
	if (n)
		memcpy(to, f->data + f->given, n);
	f->given += n;
	return (ssize_t)n;
}

static int
fuzz_write(
    struct stream *stream, const void *from, size_t len, struct error *err)
{
	(void)stream;
	(void)from;
	(void)err;
	if (!len || len > 3 + 2 * 256)
		abort();
	return 0;
}

static const struct stream_ops fuzz_ops = { "fuzz", fuzz_read, fuzz_write,
	NULL };

/* How long the answer is that begins at p, by the RFCs alone; 0: none. */
static size_t
fuzz_answer(const uint8_t *p, size_t size, int with_user)
{
	size_t at = with_user ? 4 : 2;
	size_t len;

	if (size < at + 5 || p[0] != 5 || p[1] != (with_user ? 2 : 0) ||
	    (with_user && (p[2] != 1 || p[3] != 0)))
		return 0;
	p += at;
	if (p[0] != 5 || p[1] != 0 || p[2] != 0)
		return 0;
	switch (p[3]) {
	case 1:
		len = 4 + 4 + 2;
		break;
	case 3:
		len = 4 + 1 + (size_t)p[4] + 2;
		break;
	case 4:
		len = 4 + 16 + 2;
		break;
	default:
		return 0;
	}
	return at + len <= size ? at + len : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;
	char word[] = "sesame";
	struct secret password = { word, sizeof(word) - 1, 0 };
	struct fuzz f = { .stream = { .ops = &fuzz_ops } };
	struct socks5 ask = { "mail.test", 25, NULL, &password };
	size_t expected;

	if (!size)
		return 0;
	if (data[0] & 1)
		ask.user = "joe";
	if (data[0] & 2)
		ask.host = "2001:db8::1";
	f.cut = 1 + data[0] / 4;
	f.data = data + 1;
	f.size = size - 1;
	expected = fuzz_answer(f.data, f.size, data[0] & 1);
	if (socks5_connect(&f.stream, &ask, &err) == 0) {
		if (f.given != expected || !expected)
			abort();
	} else if (expected || err.kind != ERR_CONNECT || !err.text ||
		   err_fate(&err) != FATE_DEFER) {
		abort();
	}
	return 0;
}
