/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/entry_head.h"

#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"

const struct head_row_text head_rows[HEAD_ROWS] = {
	[HEAD_NEXT] = { "next", 13 },
	[HEAD_LAST] = { "last", 13 },
	[HEAD_WAITED] = { "waited", 13 },
	[HEAD_TRIES] = { "tries", 5 },
	[HEAD_DEATHS] = { "deaths", 1 },
	[HEAD_TOLD] = { "told", 1 },
	[HEAD_DOUBT] = { "doubt", 1 },
	[HEAD_BORN] = { "born", 13 },
	[HEAD_UID] = { "uid", 10 },
	[HEAD_BYTES] = { "bytes", 15 },
	[HEAD_SHA256] = { "sha256", HEAD_SHA256_LEN },
};

/* What is asked of servers: the words of `wish` lines. */
const struct head_wish head_wishes[HEAD_WISHES] = {
	{ "RET", offsetof(struct wishes, ret) },
	{ "ENVID", offsetof(struct wishes, envid) },
	{ "BY", offsetof(struct wishes, deliver_by) },
	{ "HOLD", offsetof(struct wishes, release) },
	{ "MT-PRIORITY", offsetof(struct wishes, priority) },
	{ "AUTH", offsetof(struct wishes, auth) },
};

size_t
head_at(enum head_row row, size_t *len)
{
	size_t at = HEAD_MAGIC_LEN;

	for (enum head_row r = 0; r < row; r++)
		at += HEAD_NAME_LEN + head_rows[r].len + 1;
	if (len)
		*len = head_rows[row].len;
	return at + HEAD_NAME_LEN;
}

/* --- written -------------------------------------------------------------- */

void
head_put(struct entry *e, enum head_row row, const char *value)
{
	size_t len, at = head_at(row, &len);

	memcpy(e->head.data + at, value, len);
}

static void
head_put_number(struct entry *e, enum head_row row, uint64_t n)
{
	char text[32];

	(void)snprintf(
	    text, sizeof(text), "%0*" PRIu64, (int)head_rows[row].len, n);
	head_put(e, row, text);
}

static uint64_t
head_time(time_t t)
{
	return t > 0 ? (uint64_t)t : 0;
}

void
head_put_cells(struct entry *e, const struct entry_cells *c)
{
	head_put_number(e, HEAD_NEXT, head_time(c->next_s));
	head_put_number(e, HEAD_LAST, head_time(c->last_s));
	head_put_number(e, HEAD_WAITED, head_time(c->waited_s));
	head_put_number(e, HEAD_TRIES,
	    c->tries < ENTRY_TRIES_MAX ? c->tries : ENTRY_TRIES_MAX);
	head_put_number(e, HEAD_DEATHS,
	    c->deaths < ENTRY_DEATHS_MAX ? c->deaths : ENTRY_DEATHS_MAX);
	head_put(e, HEAD_TOLD, c->is_delay_told ? "D" : "-");
	head_put(e, HEAD_DOUBT, c->is_in_doubt ? "?" : "-");
}

static void
head_add_line(struct buf *out, const char *name, const char *value)
{
	if (value)
		(void)buf_printf(out, "%-*s%s\n", HEAD_NAME_LEN, name, value);
}

static void
head_add_wishes(struct buf *out, const struct wishes *w)
{
	for (size_t i = 0; i < HEAD_WISHES; i++) {
		const char *value =
		    *(char *const *)((const char *)w + head_wishes[i].field);

		if (value)
			(void)buf_printf(out, "%-*s%s %s\n", HEAD_NAME_LEN,
			    "wish", head_wishes[i].name, value);
	}
	if (w->needs_tls)
		head_add_line(out, "wish", "REQUIRETLS");
}

static void
head_add_rcpts(struct entry *e, const struct envelope *env)
{
	const char *notify = env->wishes.notify;

	e->rcpt_count = env->count;
	free(e->verdicts);
	e->verdicts = xcalloc(env->count, sizeof(*e->verdicts));
	for (size_t i = 0; i < env->count; i++) {
		const struct rcpt *r = &env->rcpts[i];
		const char *own = r->notify ? r->notify : notify;

		(void)buf_add_str(&e->head, "to ");
		e->verdicts[i] = e->head.len;
		(void)buf_printf(&e->head, "N %s %s %s\n", own ? own : "-",
		    r->orcpt ? r->orcpt : "-", r->addr);
	}
}

int
head_format(struct entry *e, const struct envelope *env, struct error *err)
{
	struct buf *out = &e->head;

	buf_reset(out);
	(void)buf_add_str(out, HEAD_MAGIC);
	for (enum head_row r = 0; r < HEAD_ROWS; r++)
		(void)buf_printf(out, "%-*s%0*d\n", HEAD_NAME_LEN,
		    head_rows[r].name, (int)head_rows[r].len, 0);
	head_put_cells(e, &e->cells);
	head_put_number(e, HEAD_BORN, head_time(e->born_s));
	head_put_number(e, HEAD_UID, e->uid);
	head_put_number(e, HEAD_BYTES, e->message_size);
	head_add_line(out, "account", e->account);
	head_add_line(out, "config", e->config);
	for (size_t i = 0; i < e->option_count; i++)
		(void)buf_printf(out, "%-*s%s %s\n", HEAD_NAME_LEN, "option",
		    e->options[i].name, e->options[i].value);
	head_add_wishes(out, &env->wishes);
	if (e->expiry_s > 0)
		(void)buf_printf(out, "%-*s%" PRId64 "\n", HEAD_NAME_LEN,
		    "expiry", e->expiry_s);
	(void)buf_printf(out, "%-*s<%s>\n", HEAD_NAME_LEN, "from", env->from);
	head_add_rcpts(e, env);
	(void)buf_add_str(out, "end\n");
	if (out->is_full)
		return err_set(
		    err, ERR_DATA, _("the envelope is too long to be queued"));
	return 0;
}
