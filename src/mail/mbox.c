/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/mbox.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "io/file.h"

/* How long another program may hold the lock. */
#define MBOX_LOCK_MS 10000
/* Octets of a line's begin that are looked at: more ">" than that nobody
 * writes. */
#define MBOX_QUOTE_MAX 80

/* Octets that are gathered. */
#define MBOX_BLOCK ((size_t)16 * 1024)

struct mbox {
	struct spool *text;
	struct buf block;
	struct error *err;
	bool is_broken; /* err is set */
	size_t quotes;  /* ">" at the start of the line, not yet written */
	size_t from;    /* octets of "From " behind them, too */
	bool is_at_start;
	bool is_after_cr;
};

static void
mbox_release(struct mbox *b)
{
	buf_release(&b->block);
}
AUTO_DEFINE(mbox);

static const char mbox_from[] = "From ";

static void
mbox_flush(struct mbox *b)
{
	if (!b->is_broken &&
	    spool_add(b->text, buf_str(&b->block), b->block.len, b->err) < 0)
		b->is_broken = true;
	buf_reset(&b->block);
}

static void
mbox_put(struct mbox *b, const char *p, size_t len)
{
	if (b->block.len + len > MBOX_BLOCK)
		mbox_flush(b);
	(void)buf_add(&b->block, p, len);
}

/* What was held back of a line's begin. */
static void
mbox_give_back(struct mbox *b, bool is_quoted)
{
	if (is_quoted)
		mbox_put(b, ">", 1);
	for (; b->quotes; b->quotes--)
		mbox_put(b, ">", 1);
	mbox_put(b, mbox_from, b->from);
	b->from = 0;
	b->is_at_start = false;
}

static void
mbox_char(struct mbox *b, char c)
{
	/* the same line ends as on the wire: see mail/scan.h */
	bool is_end = c == '\r' || c == '\n';

	if (c == '\n' && b->is_after_cr) {
		b->is_after_cr = false;
		return;
	}
	b->is_after_cr = c == '\r';
	if (b->is_at_start) {
		if (c == '>' && !b->from && b->quotes < MBOX_QUOTE_MAX) {
			b->quotes++;
			return;
		}
		if (c == mbox_from[b->from]) {
			b->from++;
			if (b->from == sizeof(mbox_from) - 1)
				mbox_give_back(b, true);
			return;
		}
		mbox_give_back(b, false);
	}
	mbox_put(b, is_end ? "\n" : &c, 1);
	b->is_at_start = is_end;
}

static void
mbox_text(struct mbox *b, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		mbox_char(b, p[i] ? p[i] : '?');
}

static int
mbox_body(struct mbox *b, const struct message *m, struct error *err)
{
	AUTO(spool_reader) struct spool_reader r;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, &m->body, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		mbox_text(b, p, len);
	if (b->is_at_start)
		mbox_give_back(b, false);
	else
		mbox_put(b, "\n", 1);
	return rc;
}

/* The message as it is to stand in the file. */
static int
mbox_message(struct mbox *b, const char *from, time_t now,
    const struct message *m, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	auto_free char *begin = NULL;
	char date[64] = "Thu Jan  1 00:00:00 1970";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(date, sizeof(date), "%a %b %e %T %Y", &tm);
	begin = xasprintf("From %s %s\n", *from ? from : "MAILER-DAEMON", date);
	mbox_put(b, begin, strlen(begin));
	(void)message_head(m, &head); /* fits: see mail/message.h */
	b->is_at_start = true;
	mbox_text(b, buf_str(&head), head.len);
	mbox_text(b, "\n", 1);
	if (mbox_body(b, m, err) < 0)
		return -1;
	mbox_put(b, "\n", 1);
	mbox_flush(b);
	return b->is_broken ? -1 : 0;
}

static int
mbox_write(int fd, const struct spool *text, struct error *err)
{
	AUTO(spool_reader) struct spool_reader r;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, text, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		while (len) {
			ssize_t n = write(fd, p, len);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return err_set_os(err, ERR_IO, errno,
				    _("cannot write %s"), _("the mailbox"));
			p += n;
			len -= (size_t)n;
		}
	if (rc == 0 && fsync(fd) < 0)
		return err_set_os(
		    err, ERR_IO, errno, _("cannot write %s"), _("the mailbox"));
	return rc;
}

int
mbox_append(const char *path, const char *from, time_t now,
    const struct message *m, struct error *err)
{
	AUTO(spool) struct spool text = SPOOL_INIT;
	AUTO(mbox)
	struct mbox b = {
		.text = &text, .block = BUF_INIT(2 * MBOX_BLOCK), .err = err
	};
	auto_close int fd = file_open_append(path, MBOX_LOCK_MS, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_IO, _("%s is no mailbox"), path);
	if (mbox_message(&b, from, now, m, err) < 0)
		return -1;
	if (mbox_write(fd, &text, err) == 0)
		return 0;
	/* Half a mail would run into the next one. */
	if (ftruncate(fd, st.st_size) < 0)
		(void)err_detail(err, "%s: %s", path, strerror(errno));
	return -1;
}
