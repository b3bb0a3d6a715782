/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/mailq_row.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"

static void
mailq_json_text(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	json_name(out, name);
	json_string(out, value);
}

static void
mailq_json_number(struct buf *out, const char *name, int64_t value)
{
	json_name(out, name);
	(void)buf_printf(out, "%" PRId64, value);
}

static void
mailq_json_true(struct buf *out, const char *name, bool value)
{
	if (!value)
		return;
	json_name(out, name);
	(void)buf_add_str(out, "true");
}

static void
mailq_json_recipients(struct buf *out, const struct mailq_row *r)
{
	static const char *const fates[] = {
		[FATE_PENDING] = "pending",
		[FATE_SENT] = "sent",
		[FATE_DEFER] = "deferred",
		[FATE_FAIL] = "failed",
	};
	const struct envelope *env = &r->entry->envelope;

	json_name(out, "recipients");
	(void)buf_add_char(out, '[');
	for (size_t i = 0; i < env->count; i++) {
		const struct rcpt *rcpt = &env->rcpts[i];
		bool is_about =
		    strcmp(r->reason_addr, rcpt->addr) == 0 ||
		    (!*r->reason_addr && rcpt->fate == FATE_PENDING);

		(void)buf_add_str(out, i ? ",{" : "{");
		mailq_json_text(out, "address", rcpt->addr);
		mailq_json_text(out, "fate", fates[rcpt->fate]);
		if (*r->reason && is_about)
			mailq_json_text(out, "delay_reason", r->reason);
		(void)buf_add_char(out, '}');
	}
	(void)buf_add_char(out, ']');
}

static void
mailq_json_wait(struct buf *out, const struct queue_wait *w)
{
	mailq_json_true(out, "is_offline", w->is_offline);
	mailq_json_number(out, "failures", w->step);
	mailq_json_number(out, "since", w->since_s);
	mailq_json_number(out, "until", w->until_s);
	mailq_json_text(out, "reason", w->text);
}

void
mailq_json_row(struct buf *out, const struct mailq_row *r)
{
	const struct entry *e = r->entry;

	(void)buf_add_char(out, '{');
	mailq_json_text(out, "queue_name", queue_state_name(r->state));
	mailq_json_text(out, "queue_id", e->id);
	if (!r->is_unread) {
		mailq_json_number(out, "arrival_time", e->born_s);
		mailq_json_number(
		    out, "message_size", (int64_t)e->message_size);
		mailq_json_text(out, "sender", e->envelope.from);
		mailq_json_recipients(out, r);
		mailq_json_text(out, "account", e->account);
		mailq_json_number(out, "uid", e->uid);
		mailq_json_number(out, "tries", e->cells.tries);
		if (r->state == QUEUE_ACTIVE)
			mailq_json_number(out, "next_try", mailq_next(r));
		if (e->cells.last_s)
			mailq_json_number(out, "last_try", e->cells.last_s);
		mailq_json_true(out, "is_in_doubt", e->cells.is_in_doubt);
		mailq_json_true(out, "is_being_sent", r->is_busy);
	} else {
		mailq_json_number(out, "file_size", e->size);
	}
	if (*r->reason)
		mailq_json_text(out, "last_reply", r->reason);
	if (r->wait) {
		json_name(out, "account_waits");
		(void)buf_add_char(out, '{');
		mailq_json_wait(out, r->wait);
		(void)buf_add_char(out, '}');
	}
	mailq_json_text(out, "queue_path", e->queue->path);
	(void)buf_add_str(out, "}\n");
}

void
mailq_json_account(
    struct buf *out, const char *name, const struct queue_wait *w)
{
	(void)buf_add_char(out, '{');
	mailq_json_text(out, "account", name);
	mailq_json_wait(out, w);
	(void)buf_add_str(out, "}\n");
}
