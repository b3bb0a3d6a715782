/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/dots.h"

#include <string.h>

/* Octets that "\n.\r\n" takes. */
#define DOTS_TAIL_MAX 4

static int
dots_scan(struct message *m, struct error *err)
{
	AUTO(spool_reader) struct spool_reader r = { 0 };
	struct scan scan = SCAN_INIT;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, &m->body, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		scan_push(&scan, p, len);
	if (rc < 0)
		return -1;
	scan_finish(&scan);
	m->body_traits = scan.traits;
	return 0;
}

int
message_drop_last_dot(struct message *m, struct error *err)
{
	AUTO(spool_reader) struct spool_reader r = { 0 };
	AUTO(buf) struct buf tail = BUF_INIT(DOTS_TAIL_MAX);
	int64_t size = m->body.size;
	int64_t from = size > DOTS_TAIL_MAX ? size - DOTS_TAIL_MAX : 0;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, &m->body, from);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		(void)buf_add(&tail, p, len); /* fits */
	if (rc < 0)
		return -1;
	len = tail.len;
	if (len && tail.data[len - 1] == '\n')
		len -= len > 1 && tail.data[len - 2] == '\r' ? 2 : 1;
	if (!len || tail.data[len - 1] != '.' ||
	    (from + (int64_t)len > 1 &&
		(len < 2 || tail.data[len - 2] != '\n')))
		return 0;
	spool_cut(&m->body, from + (int64_t)len - 1);
	return dots_scan(m, err);
}

/* What has been seen of a line. */
enum dots_state {
	DOTS_BEGIN, /* nothing */
	DOTS_DOT,   /* "." */
	DOTS_CR,    /* ".\r" */
	DOTS_REST,
	DOTS_END, /* ".\n": the mail is over */
};

struct dots_filter {
	struct spool *out;
	enum dots_state state;
};

static int
dots_put(struct dots_filter *f, const char *text, char c, struct error *err)
{
	f->state = c == '\n' ? DOTS_BEGIN : DOTS_REST;
	return spool_add(f->out, text, strlen(text), err) < 0
		   ? -1
		   : spool_add(f->out, &c, 1, err);
}

static int
dots_octet(struct dots_filter *f, char c, struct error *err)
{
	switch (f->state) {
	case DOTS_BEGIN:
		if (c != '.')
			return dots_put(f, "", c, err);
		f->state = DOTS_DOT;
		break;
	case DOTS_DOT:
		if (c == '\r')
			f->state = DOTS_CR;
		else if (c == '\n')
			f->state = DOTS_END;
		else
			return dots_put(f, c == '.' ? "" : ".", c, err);
		break;
	case DOTS_CR:
		if (c != '\n')
			return dots_put(f, ".\r", c, err);
		f->state = DOTS_END;
		break;
	case DOTS_REST:
		return dots_put(f, "", c, err);
	case DOTS_END:
		break;
	}
	return 0;
}

int
message_end_at_dot(struct message *m, struct error *err)
{
	AUTO(spool) struct spool out = SPOOL_INIT;
	AUTO(spool_reader) struct spool_reader r = { 0 };
	struct dots_filter f = { &out, DOTS_BEGIN };
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, &m->body, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		for (size_t i = 0; i < len && f.state != DOTS_END; i++)
			if (dots_octet(&f, p[i], err) < 0)
				return -1;
	/* a dot at the very end, without a line's end, ends it too */
	if (rc < 0 ||
	    (f.state == DOTS_CR && spool_add(&out, ".\r", 2, err) < 0))
		return -1;
	spool_release(&m->body);
	m->body = out;
	out = (struct spool)SPOOL_INIT;
	return dots_scan(m, err);
}
