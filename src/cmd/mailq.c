/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/mailq.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "cmd/mailq_row.h"
#include "cmd/words.h"
#include "deliver/pick.h"
#include "deliver/place.h"
#include "queue/walk.h"

/* Octets that are gathered before they are written. */
#define MAILQ_BLOCK ((size_t)64 * 1024)
/* Accounts whose state is known by heart. */
#define MAILQ_ACCOUNTS 16

struct mailq_account {
	char *name; /* owned; NULL: free */
	bool waits;
	struct queue_wait wait;
};

struct mailq {
	const struct plan *plan;
	struct mailq_style style;
	struct buf out;
	struct queue *queue; /* the one being shown */
	struct mailq_account accounts[MAILQ_ACCOUNTS];
	size_t account_next; /* the next one to be forgotten */
	bool has_head;
	size_t count;    /* shown, of all queues */
	uint64_t octets; /* of them */
	time_t now;
	bool is_broken; /* standard output */
};

static void
mailq_forget_accounts(struct mailq *v)
{
	for (size_t i = 0; i < MAILQ_ACCOUNTS; i++) {
		xreplace(&v->accounts[i].name, NULL);
		queue_wait_release(&v->accounts[i].wait);
	}
}

static void
mailq_release(struct mailq *v)
{
	buf_release(&v->out);
	mailq_forget_accounts(v);
}
AUTO_DEFINE(mailq);

static void
mailq_flush(struct mailq *v)
{
	if (fwrite(buf_str(&v->out), 1, v->out.len, stdout) != v->out.len)
		v->is_broken = true;
	buf_reset(&v->out);
}

static struct mailq_style
mailq_style(const struct plan *plan)
{
	const char *term = getenv("TERM");
	const char *none = getenv("NO_COLOR");
	struct mailq_style style = { 0 };
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return style;
	style.has_colours =
	    term && *term && strcmp(term, "dumb") != 0 && !(none && *none);
	/* with -v whatever was said is shown whole */
	if (!plan->is_debug && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		style.columns = size.ws_col;
	return style;
}

/* --- accounts ------------------------------------------------------------- */

/* The name under which the account of a mail waits, or NULL: without a name of
 * its own its host is meant (see settle_account_name()). */
static const char *
mailq_account_of(const struct entry *e)
{
	for (size_t i = 0; !e->account && i < e->option_count; i++)
		if (strcmp(e->options[i].name, "host") == 0)
			return e->options[i].value;
	return e->account;
}

/* What the account of a mail waits for, or NULL. */
static const struct queue_wait *
mailq_wait(struct mailq *v, const char *name)
{
	struct mailq_account *a;

	if (!name)
		return NULL;
	for (size_t i = 0; i < MAILQ_ACCOUNTS; i++) {
		a = &v->accounts[i];
		if (a->name && strcmp(a->name, name) == 0)
			return a->waits ? &a->wait : NULL;
	}
	a = &v->accounts[v->account_next++ % MAILQ_ACCOUNTS];
	xreplace(&a->name, xstrdup(name));
	queue_wait_release(&a->wait);
	a->waits = queue_wait_read(v->queue, name, v->now, &a->wait);
	return a->waits ? &a->wait : NULL;
}

static void
mailq_show_account(void *ctx, const char *name, const struct queue_wait *w)
{
	struct mailq *v = ctx;

	if (v->plan->is_json)
		mailq_json_account(&v->out, name, w);
	else
		mailq_table_account(&v->out, &v->style, name, w, v->now);
}

/* --- mails ---------------------------------------------------------------- */

static void
mailq_show(struct mailq *v, const struct mailq_row *row)
{
	v->count++;
	v->octets += row->is_unread ? (uint64_t)row->entry->size
				    : row->entry->message_size;
	if (v->plan->queue_view == QUEUE_VIEW_COUNT)
		return;
	if (v->plan->is_json) {
		mailq_json_row(&v->out, row);
	} else {
		if (!v->has_head)
			mailq_table_head(&v->out, &v->style);
		v->has_head = true;
		mailq_table_row(&v->out, &v->style, row);
	}
	if (v->out.len >= MAILQ_BLOCK)
		mailq_flush(v);
}

/* One that is there; what cannot be read is shown as that. */
static void
mailq_one(struct mailq *v, enum queue_state state, const char *id)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(entry) struct entry e;
	auto_free char *reason = NULL;
	auto_free char *addr = NULL;
	struct mailq_row row = { .entry = &e,
		.state = state,
		.reason = "",
		.reason_addr = "",
		.now = v->now };
	int rc;

	entry_init(&e);
	rc = entry_peek(&e, v->queue, state, id, &err);
	if (rc == 0)
		return;
	if (rc < 0 || state == QUEUE_BAD) {
		row.is_unread = true;
		row.reason = err.text ? err.text : "";
	} else {
		if (!pick_entry(v->plan, &e))
			return;
		reason = pick_reason(&e, &addr);
		row.reason = reason;
		row.reason_addr = addr;
		row.wait = mailq_wait(v, mailq_account_of(&e));
		/* what is not due is hardly ever sent */
		row.is_busy =
		    state == QUEUE_ACTIVE &&
		    (e.cells.next_s <= v->now || e.cells.is_in_doubt) &&
		    queue_is_locked(e.fd);
	}
	mailq_show(v, &row);
}

static int
mailq_queue(struct mailq *v, const char *path, struct error *err)
{
	static const enum queue_state states[] = { QUEUE_ACTIVE, QUEUE_HOLD,
		QUEUE_FAILED, QUEUE_BAD };
	AUTO(queue) struct queue q = QUEUE_INIT;
	AUTO(place_rights) struct place_rights rights = place_take_rights(path);

	if (queue_open(&q, path, false, err) < 0) {
		if (err->os_errno != ENOENT)
			return -1;
		error_release(err); /* nothing was ever queued */
		return 0;
	}
	v->queue = &q;
	mailq_forget_accounts(v);
	if (v->plan->queue_view == QUEUE_VIEW_HOSTS ||
	    (v->plan->queue_view == QUEUE_VIEW_MAILS && !v->plan->is_json))
		queue_wait_each(&q, v->now, mailq_show_account, v);
	if (v->plan->queue_view == QUEUE_VIEW_HOSTS)
		return 0;
	for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		AUTO(queue_ids) struct queue_ids l = { 0 };

		if (queue_list(&q, states[s], &l, err) < 0)
			return -1;
		for (size_t i = 0; i < l.count && !v->is_broken; i++)
			mailq_one(v, states[s], l.ids[i]);
	}
	return 0;
}

/* The last line, which other programs look for. */
static void
mailq_sum(struct mailq *v)
{
	if (v->plan->is_json || v->plan->queue_view == QUEUE_VIEW_HOSTS)
		return;
	if (v->plan->queue_view == QUEUE_VIEW_COUNT)
		(void)buf_printf(&v->out, "Total requests: %zu\n", v->count);
	else if (!v->count)
		(void)buf_add_str(&v->out, "Mail queue is empty\n");
	else
		(void)buf_printf(&v->out,
		    "-- %" PRIu64 " Kbytes in %zu Request%s.\n",
		    (v->octets + 1023) / 1024, v->count,
		    v->count == 1 ? "" : "s");
}

int
cmd_mailq(const struct plan *plan)
{
	AUTO(mailq)
	struct mailq v = { .plan = plan,
		.style = mailq_style(plan),
		.out = BUF_INIT(SIZE_MAX / 2),
		.now = time(NULL) };
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(conf) struct conf conf = { 0 };
	AUTO(places) struct places places = { 0 };
	int code = 0;

	/* what waits is worth seeing where the configuration is broken */
	if (conf_load(&conf, plan, &err) < 0) {
		words_error(plan->program, &err);
		code = err_exit_code(&err);
	}
	if (places_see(&places, plan, &conf, &err) < 0) {
		return words_exit(plan->program, &err);
	}
	for (size_t i = 0; i < places.count; i++)
		if (mailq_queue(&v, places.paths[i], &err) < 0) {
			words_error(plan->program, &err);
			code = err_exit_code(&err);
		}
	mailq_sum(&v);
	mailq_flush(&v);
	if (!v.is_broken && fflush(stdout) == 0)
		return code;
	(void)err_set_os(
	    &err, ERR_IO, errno, _("cannot write %s"), _("standard output"));
	return words_exit(plan->program, &err);
}
