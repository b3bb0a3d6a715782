/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Recipients whose reasons are told one by one. */
#define WORDS_VERDICTS_MAX 20
/* Lines of one reply or detail. */
#define WORDS_LINES_MAX 10

/* One write for one line, so that the lines of several processes on one
 * terminal or in one file do not mix. */
static void
words_line(const char *program, const char *head, const char *text, size_t len)
{
	AUTO(buf) struct buf line = BUF_INIT(8192);

	(void)buf_printf(&line, "%s: %s", program, head);
	text_escape(&line, text, len, 2048);
	(void)buf_add_char(&line, '\n');
	(void)fwrite(buf_str(&line), 1, line.len, stderr);
}

void
words_note(const char *program, const char *text)
{
	words_line(program, "", text, strlen(text));
}

/* A text of several lines, each behind head. */
static void
words_lines(const char *program, const char *head, const char *text)
{
	for (int i = 0; i < WORDS_LINES_MAX && *text; i++) {
		size_t len = strcspn(text, "\n");

		if (len)
			words_line(program, head, text, len);
		text += len;
		if (*text)
			text++;
	}
}

void
words_error(const char *program, const struct error *err)
{
	if (err->text)
		words_note(program, err->text);
	if (err->reply.code) {
		auto_free char *head =
		    xasprintf(_("server message: %d "), err->reply.code);

		words_lines(
		    program, head, err->reply.text ? err->reply.text : "");
	} else if (err->detail) {
		words_lines(program, "", err->detail);
	}
	if (err->hint)
		words_note(program, err->hint);
}

int
words_exit(const char *program, const struct error *err)
{
	words_error(program, err);
	return err_exit_code(err);
}

int
words_print(const struct buf *out, struct error *err)
{
	if (fwrite(buf_str(out), 1, out->len, stdout) == out->len &&
	    fflush(stdout) == 0)
		return 0;
	return err_set_os(
	    err, ERR_IO, errno, _("cannot write %s"), _("standard output"));
}

static bool
words_are_equal(const struct error *a, const struct error *b)
{
	return a->kind == b->kind && a->text && b->text &&
	       strcmp(a->text, b->text) == 0;
}

void
words_verdicts(
    const char *program, const struct envelope *e, bool tells_deferred)
{
	const struct error *last = NULL;
	size_t told = 0, untold = 0;

	for (size_t i = 0; i < e->count; i++) {
		const struct rcpt *r = &e->rcpts[i];

		if (r->fate == FATE_SENT ||
		    (r->fate == FATE_DEFER && !tells_deferred))
			continue;
		if (last && words_are_equal(last, &r->why))
			continue;
		last = &r->why;
		if (told++ < WORDS_VERDICTS_MAX)
			words_error(program, &r->why);
		else
			untold++;
	}
	if (untold) {
		auto_free char *more = xasprintf(
		    P_("%zu more recipient was not reached",
			"%zu more recipients were not reached", untold),
		    untold);

		words_note(program, more);
	}
}
