/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/show.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/mailq_row.h"
#include "deliver/pick.h"

#define SHOW_BLOCK 65536

/* Octets of a mail: on a terminal only what is text, and tabs and line ends. */
static void
show_octets(const char *p, size_t len)
{
	if (!isatty(STDOUT_FILENO)) {
		(void)fwrite(p, 1, len, stdout);
		return;
	}
	for (size_t at = 0, n; at < len; at += n) {
		AUTO(buf) struct buf safe = BUF_INIT(SIZE_MAX / 2);

		for (n = 0; at + n < len && !strchr("\n\t\\", p[at + n]); n++)
			;
		text_escape(&safe, p + at, n, 4 * n + 4);
		if (at + n < len && p[at + n]) {
			(void)buf_add_char(&safe, p[at + n]);
			n++;
		} else if (at + n < len) {
			(void)buf_add_str(&safe, "\\x00");
			n++;
		}
		(void)fwrite(buf_str(&safe), 1, safe.len, stdout);
	}
}

/* "name: value", safe and on one line. */
static void
show_line(const char *name, const char *value)
{
	AUTO(buf) struct buf safe = BUF_INIT(SIZE_MAX / 2);

	text_escape(&safe, value, strlen(value), SHOW_BLOCK);
	(void)printf("%s: %s\n", name, buf_str(&safe));
}

static void
show_date(const char *name, time_t when)
{
	char date[DATE_SIZE];

	if (!when)
		return;
	date_rfc5322(date, when);
	(void)printf("%s: %s\n", name, date);
}

static void
show_envelope(const struct entry *e)
{
	static const char *const fates[] = {
		[FATE_PENDING] = N_("waits"),
		[FATE_SENT] = N_("delivered"),
		[FATE_DEFER] = N_("waits"),
		[FATE_FAIL] = N_("failed"),
	};
	auto_free char *tries = xasprintf("%u", e->cells.tries);

	(void)printf("*** %s/%s/%s\n", e->queue->path,
	    queue_state_name(e->state), e->id);
	if (e->account)
		show_line(_("account"), e->account);
	if (e->config)
		show_line(_("configuration"), e->config);
	show_line(_("sender"), *e->envelope.from ? e->envelope.from : "<>");
	for (size_t i = 0; i < e->envelope.count; i++) {
		const struct rcpt *r = &e->envelope.rcpts[i];
		auto_free char *text =
		    xasprintf("%s (%s)", r->addr, _(fates[r->fate]));

		show_line(_("recipient"), text);
	}
	show_date(_("queued"), e->born_s);
	show_line(_("attempts"), tries);
	show_date(_("last attempt"), e->cells.last_s);
	if (e->state == QUEUE_ACTIVE)
		show_date(_("next attempt"), e->cells.next_s);
	if (e->cells.is_in_doubt)
		(void)puts(_("it may have been delivered already"));
}

/* What lies in the file behind `from`. */
static void
show_file(const struct entry *e, int64_t from, int64_t to)
{
	char block[SHOW_BLOCK];

	while (from < to) {
		size_t want = to - from < (int64_t)sizeof(block)
				  ? (size_t)(to - from)
				  : sizeof(block);
		ssize_t n = pread(e->fd, block, want, from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* it was cut short behind our back */
		show_octets(block, (size_t)n);
		from += n;
	}
}

static void
show_json(const struct entry *e)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);
	auto_free char *addr = NULL;
	auto_free char *reason = pick_reason(e, &addr);
	struct mailq_row row = { .entry = e,
		.state = e->state,
		.reason = reason,
		.reason_addr = addr,
		.is_busy = queue_is_locked(e->fd),
		.now = time(NULL) };

	mailq_json_row(&out, &row);
	(void)fwrite(buf_str(&out), 1, out.len, stdout);
}

int
show_entry(const struct plan *plan, struct queue *q, enum queue_state state,
    const char *id, struct error *err)
{
	AUTO(entry) struct entry e;
	int64_t head, message;
	int rc;

	entry_init(&e);
	rc = entry_peek(&e, q, state, id, err);
	if (rc <= 0)
		return rc;
	if (plan->is_json) {
		show_json(&e);
		return 1;
	}
	head = (int64_t)e.head.len;
	message = (int64_t)e.message_size;
	show_envelope(&e);
	(void)puts(_("*** the log"));
	show_file(&e, head + message, e.size);
	(void)puts(_("*** the mail"));
	show_file(&e, head, head + message);
	return 1;
}
