/* SPDX-License-Identifier: ISC */
/* The message of a transaction: DATA (RFC 5321 4.1.1.4), BDAT (RFC 3030). */
#include "config.h"

#include "smtp/transact.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "mail/message.h"
#include "smtp/body.h"
#include "smtp/session.h"

/* The deadline as a whole: at least so long, or so slow. */
#define BODY_TIME_MIN_S (30 * 60)
#define BODY_RATE 1024 /* octets in a second */

/* Chunks whose replies may be owed while the next one is sent. */
#define BODY_CHUNKS_OWED 1

/* --- where it goes -------------------------------------------------------- */

static int
transact_write_data(void *ctx, const char *p, size_t len, struct error *err)
{
	struct transact *t = ctx;

	wire_enter(t->s, PHASE_BODY);
	return wire_write(t->s, p, len, err);
}

/* What was declared and what the encoder made of it differ: a chunk of another
 * size than its command said would be a command stream of somebody else's. */
static int
transact_bad_size(struct transact *t, struct error *err)
{
	t->s->may_quit = false;
	(void)err_set(err, ERR_SOFTWARE,
	    _("the message is not of the size that was declared"));
	return err_detail(err, "SIZE %" PRIu64, t->size);
}

/* The command before a chunk; first a look at what became of those before. */
static int
transact_begin_chunk(struct transact *t, struct error *err)
{
	bool can_wait = transact_has(t, SMTP_EXT_PIPELINING);
	uint64_t n = t->left < TRANSACT_CHUNK ? t->left : TRANSACT_CHUNK;
	bool is_last = n == t->left;
	struct smtp_owed owed = { .phase = is_last ? PHASE_DOT : PHASE_BDAT };

	if (!n)
		return transact_bad_size(t, err);
	if (transact_collect(t, can_wait ? BODY_CHUNKS_OWED : 0, err) < 0)
		return -1;
	if (t->data.kind)
		return -1; /* see transact_body() */
	if (is_last && transact_commit(t, err) < 0)
		return -1;
	if (wire_add(t->s, owed, err, "BDAT %" PRIu64 "%s", n,
		is_last ? " LAST" : "") < 0 ||
	    wire_flush(t->s, err) < 0)
		return -1;
	t->left -= n;
	t->chunk = n;
	return 0;
}

/* Chunks begin where the encoder's blocks do. */
static int
transact_write_chunk(void *ctx, const char *p, size_t len, struct error *err)
{
	struct transact *t = ctx;

	if (!t->chunk && transact_begin_chunk(t, err) < 0)
		return -1;
	if (len > t->chunk)
		return transact_bad_size(t, err);
	t->chunk -= len;
	return transact_write_data(ctx, p, len, err);
}

static int
transact_write_buf(void *ctx, const char *p, size_t len, struct error *err)
{
	struct buf *out = ctx;

	if (buf_add(out, p, len) == 0)
		return 0;
	return err_set(err, ERR_SOFTWARE,
	    _("the message is not of the size that was declared"));
}

/* --- what goes ------------------------------------------------------------ */

static int
transact_encode(struct transact *t, struct body *b, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	AUTO(spool_reader)
	struct spool_reader r = { 0 };
	const char *p;
	size_t len;
	int rc;

	if (message_head(t->m, &head) < 0)
		return err_set(err, ERR_DATA, _("the header is too long"));
	if (body_add(b, buf_str(&head), head.len, err) < 0 ||
	    body_end_line(b, err) < 0 || body_add(b, "\n", 1, err) < 0)
		return -1;
	spool_reader_init(&r, &t->m->body, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		if ((t->m->is_binary ? body_add_raw(b, p, len, err)
				     : body_add(b, p, len, err)) < 0)
			return -1;
	if (rc < 0)
		return -1;
	/* a last chunk has begun already */
	if (t->way == TRANSACT_DATA && transact_commit(t, err) < 0)
		return -1;
	return body_end(b, err);
}

int
transact_encode_whole(struct transact *t, struct buf *out, struct error *err)
{
	AUTO(body) struct body b;

	body_init(&b, transact_write_buf, out);
	b.is_exact = true;
	if (transact_encode(t, &b, err) < 0)
		return -1;
	return out->len == t->size ? 0 : transact_bad_size(t, err);
}

/* --- the way -------------------------------------------------------------- */

/* What the server has to say while it is our turn: a refusal is the verdict,
 * anything else leaves err as it was. */
void
transact_heed_refusal(struct transact *t, struct error *err)
{
	AUTO(error) struct error why = ERROR_INIT;
	AUTO(reply) struct reply reply = REPLY_INIT;

	bool is_owed = t->s->count > 0;

	t->s->timeout_s = 1; /* what it said is there already */
	if (is_owed)
		(void)transact_collect(t, 0, &why); /* err is set anyway */
	else if (wire_read(t->s, PHASE_DOT, &reply, &why) == 0)
		(void)phase_judge(PHASE_DOT, &reply, NULL, &why); /* ditto */
	/* the first refusal is the reason */
	if (t->mail.kind)
		err_copy(err, &t->mail);
	else if (t->data.kind)
		err_copy(err, &t->data);
	else if (why.reply.code && why.kind != ERR_PROTOCOL)
		err_move(err, &why);
}

static int
transact_send(struct transact *t, struct error *err)
{
	AUTO(body) struct body b;
	bool is_data = t->way == TRANSACT_DATA;
	int rc;

	body_init(&b, is_data ? transact_write_data : transact_write_chunk, t);
	b.is_exact = !is_data;
	t->left = t->size;
	rc = transact_encode(t, &b, err);
	if (rc == 0 && !is_data && (t->left || t->chunk))
		return transact_bad_size(t, err);
	return rc;
}

int
transact_body(struct transact *t, struct error *err)
{
	int64_t slow_s = (int64_t)(t->size / BODY_RATE);
	int rc;

	if (lines_pending(&t->s->in)) {
		t->s->may_quit = false;
		(void)err_set(
		    err, ERR_PROTOCOL, _("the server spoke out of turn"));
		transact_heed_refusal(t, err);
		return -1;
	}
	t->s->stop_at =
	    deadline_in(slow_s > BODY_TIME_MIN_S ? slow_s : BODY_TIME_MIN_S);
	rc = transact_send(t, err);
	t->s->stop_at = DEADLINE_NONE;
	t->is_out = rc == 0;
	if (rc < 0 && t->data.kind && !err->kind && !t->chunk)
		return transact_collect(t, 0, err);
	t->s->may_quit = t->s->may_quit && rc == 0;
	if (rc < 0 && err->kind == ERR_LOST)
		transact_heed_refusal(t, err);
	return rc;
}
