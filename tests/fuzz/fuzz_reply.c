/* SPDX-License-Identifier: ISC */
/*
 * A whole session against a server that says whatever the input is: it ends,
 * nothing grows past its ceiling, and nothing is called sent without a
 * complete 2yz line.  The first octet says how the rest is cut, and whether it
 * is LMTP.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "smtp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- a server ------------------------------------------------------------- */

struct babble {
	struct stream stream;
	const uint8_t *data;
	size_t left;
	size_t cut;
};

static ssize_t
babble_read(struct stream *stream, void *p, size_t len, struct error *err)
{
	struct babble *b = (struct babble *)stream;

	(void)err;
	if (len > b->cut)
		len = b->cut;
	if (len > b->left)
		len = b->left;
	memcpy(p, b->data, len);
	b->data += len;
	b->left -= len;
	return (ssize_t)len;
}

static int
babble_write(
    struct stream *stream, const void *p, size_t len, struct error *err)
{
	const char *text = p;

	(void)stream;
	(void)err;
	/* whatever was heard, only whole lines go out */
	if (len < 2 || text[len - 2] != '\r' || text[len - 1] != '\n')
		abort();
	return 0;
}

static const struct stream_ops babble_ops = {
	"babble",
	babble_read,
	babble_write,
	NULL,
};

/* --- a client ------------------------------------------------------------- */

static int
fuzz_step(void *ctx, const char *challenge, size_t len, struct secret *response,
    struct error *err)
{
	size_t *steps = ctx;

	(void)err;
	(*steps)++;
	secret_set(response, challenge, len < 100 ? len : 100);
	return 0;
}

static bool
fuzz_is_done(void *ctx)
{
	return *(size_t *)ctx > 1;
}

static int
fuzz_session(struct smtp *s, struct envelope *env, const struct message *m,
    struct error *err)
{
	size_t steps = 0;
	struct smtp_sasl sasl = { "X", true, fuzz_step, fuzz_is_done, &steps };

	if (smtp_greet(s, err) < 0 || smtp_hello(s, "x", false, err) < 0)
		return -1;
	if (strlen(smtp_mechanisms(s)) > 4096)
		abort();
	if ((smtp_extensions(s) & SMTP_EXT_STARTTLS) &&
	    (smtp_starttls(s, err) < 0 || smtp_hello(s, "x", true, err) < 0))
		return -1;
	if ((smtp_extensions(s) & SMTP_EXT_AUTH) &&
	    smtp_auth(s, &sasl, err) < 0)
		return -1;
	if (steps > 12)
		abort();
	return smtp_transact(s, env, m, err);
}

static void
fuzz_add(struct envelope *env, const char *addr)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (envelope_add(env, addr, "fuzz", &err) < 0)
		abort();
}

static void
fuzz_check(
    const struct envelope *env, int rc, bool is_spent, const struct error *err)
{
	if ((rc < 0) != (err->kind != ERR_NONE))
		abort();
	for (size_t i = 0; i < env->count; i++) {
		const struct rcpt *r = &env->rcpts[i];

		if (r->fate == FATE_SENT && r->why.reply.code / 100 != 2)
			abort();
		if (r->fate == FATE_PENDING && rc == 0 && !is_spent)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(envelope) struct envelope env = ENVELOPE_INIT;
	AUTO(message) struct message m;
	struct babble b = { .stream = { .ops = &babble_ops,
				.deadline = DEADLINE_NONE } };
	struct stream *io = &b.stream;
	struct smtp *s;
	int rc;

	if (!size)
		return 0;
	b.cut = data[0] & 127 ? data[0] & 127 : 65536;
	b.data = data + 1;
	b.left = size - 1;
	message_init(&m);
	if (buf_add_str(&m.header.text, "") < 0 ||
	    spool_add(&m.body, ".\r\n", 3, &err) < 0)
		abort();
	m.body_traits.wire_size = 3;
	env.from = xstrdup("a@x");
	fuzz_add(&env, "b@x");
	fuzz_add(&env, "c@x");
	s = smtp_new(&io, 0);
	if (data[0] & 128)
		smtp_set_lmtp(s);
	rc = fuzz_session(s, &env, &m, &err);
	fuzz_check(&env, rc, smtp_is_spent(s), &err);
	smtp_quit(s);
	smtp_free(s);
	return 0;
}
