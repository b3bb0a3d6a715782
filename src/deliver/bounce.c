/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/bounce.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "base/xtext.h"
#include "deliver/fit.h"
#include "deliver/identity.h"
#include "mail/addr.h"
#include "mail/mbox.h"
#include "mail/mime.h"
#include "mail/report.h"

/* Octets of a field that is looked into. */
#define BOUNCE_FIELD_MAX 1000

/* What there is to tell. */
struct bounce_list {
	struct report_rcpt *rcpts; /* owned, and so is the orcpt of each */
	size_t count;
};

static void
bounce_list_release(struct bounce_list *n)
{
	for (size_t i = 0; i < n->count; i++)
		free((char *)(uintptr_t)n->rcpts[i].orcpt);
	free(n->rcpts);
}
AUTO_DEFINE(bounce_list);

/* --- loops ---------------------------------------------------------------- */

static bool
bounce_field_begins(const struct mime_field *f, const char *word)
{
	AUTO(buf) struct buf value = BUF_INIT(f->value_len);
	const char *p;

	if (f->value_len > BOUNCE_FIELD_MAX)
		return false;
	mime_field_unfold(f, &value);
	p = buf_str(&value);
	return text_has_caseprefix(p + strspn(p, " \t"), word);
}

const char *
bounce_obstacle(const struct envelope *envelope, const struct message *message)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	bool is_answer = false, is_report = false;
	size_t pos = 0, hops = 0;
	struct mime_field f;

	if (!*envelope->from)
		return _("it has no sender who could be told");
	(void)message_head(message, &head); /* fits: see mail/message.h */
	while (mime_field_next(buf_str(&head), head.len, &pos, &f)) {
		hops += mime_field_is(&f, "Received");
		is_answer |= mime_field_is(&f, "Auto-Submitted") &&
			     bounce_field_begins(&f, "auto-replied");
		is_report |= mime_field_is(&f, "Content-Type") &&
			     bounce_field_begins(&f, "multipart/report");
	}
	if (is_answer && is_report)
		return _("it is a report itself");
	return hops > BOUNCE_HOPS_MAX ? _("it goes in circles") : NULL;
}

/* --- who is told what ----------------------------------------------------- */

/* NOTIFY (RFC 3461 4.1); without it, failures and delays. */
static bool
bounce_wants(const char *notify, const char *word)
{
	if (!notify)
		return strcmp(word, "SUCCESS") != 0;
	for (size_t len; *notify; notify += len + (notify[len] == ',')) {
		len = strcspn(notify, ",");
		if (len == strlen(word) && text_caseeq_n(notify, word, len))
			return true;
	}
	return false;
}

/* The original recipient, as the server was told or would have been (RFC 3461
 * 4.2); owned, or NULL. */
static char *
bounce_orcpt(const struct rcpt *rcpt, const char *notify)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);

	if (!rcpt->orcpt)
		return notify && text_is_ascii(rcpt->addr, strlen(rcpt->addr))
			   ? xasprintf("rfc822;%s", rcpt->addr)
			   : NULL;
	if (text_has_caseprefix(rcpt->orcpt, "utf-8;"))
		return xstrdup(rcpt->orcpt); /* RFC 6533 3 */
	xtext_decode(&out, rcpt->orcpt);
	return buf_detach(&out);
}

/* What there is to tell about a recipient; false for nothing. */
static bool
bounce_rcpt(
    const struct bounce *b, const struct rcpt *rcpt, struct report_rcpt *out)
{
	static const char *const words[] = {
		[REPORT_FAILED] = "FAILURE",
		[REPORT_DELAYED] = "DELAY",
		[REPORT_RELAYED] = "SUCCESS",
	};
	const char *notify =
	    rcpt->notify ? rcpt->notify : b->envelope->wishes.notify;
	bool is_put_off = err_fate(&rcpt->why) == FATE_DEFER;
	unsigned news = 0;

	if (rcpt->why.kind == ERR_NONE && !rcpt->why.reply.code)
		return false;
	*out = (struct report_rcpt){
		.addr = rcpt->addr, .why = &rcpt->why, .tried = b->now
	};
	switch (rcpt->fate) {
	case FATE_FAIL:
		out->action = REPORT_FAILED;
		news = is_put_off ? BOUNCE_REFUSED | BOUNCE_EXPIRED
				  : BOUNCE_REFUSED;
		break;
	case FATE_DEFER:
		out->action = (b->tells & BOUNCE_EXPIRED) ? REPORT_FAILED
							  : REPORT_DELAYED;
		news = BOUNCE_EXPIRED | BOUNCE_LATE;
		break;
	case FATE_SENT:
		out->action = REPORT_RELAYED;
		news = BOUNCE_RELAYED;
		break;
	case FATE_PENDING:
		return false;
	}
	if (!(b->tells & news))
		return false;
	out->is_expired = is_put_off && out->action == REPORT_FAILED;
	if (rcpt->why.reply.code)
		out->remote = b->remote;
	if (!bounce_wants(notify, words[out->action]))
		return false;
	out->orcpt = bounce_orcpt(rcpt, notify);
	return true;
}

/* --- the report ----------------------------------------------------------- */

/* What this machine is called; owned. */
static char *
bounce_host(const struct account *a)
{
	AUTO(error) struct error err = ERROR_INIT;
	char name[256] = "";
	char *host = NULL;

	if (identity_hello(a->domain, -1, &host, &err) == 0 && *host != '[')
		return host;
	xreplace(&host, NULL);
	if (gethostname(name, sizeof(name) - 1) == 0 &&
	    host_to_ascii(name, &host, &err) == 0)
		return host;
	return xstrdup("localhost");
}

/* Whether the failure says that less would have gone through. */
static bool
bounce_is_too_big(const struct error *why)
{
	unsigned short esc[3];

	err_status(why, esc);
	return why->kind == ERR_TOO_BIG || why->reply.code == 552 ||
	       (esc[1] == 2 && esc[2] == 3) || (esc[1] == 3 && esc[2] == 4);
}

/* Whether the mail can be part of one that goes to that server: what is sealed
 * (RFC 1847) or may not be converted can only be left out. */
static bool
bounce_is_fit(const struct bounce *b)
{
	AUTO(message) struct message fitted;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *remark = NULL;
	struct message copy = *b->message, *m = &copy; /* for its flags */

	message_init(&fitted);
	return fit_message(&m, b->account, b->offers, &fitted, &remark, &err) ==
	       0;
}

/* RFC 3461 4.3: all of it only where somebody will not get it; and what had to
 * be encrypted on all its way goes back without its contents (RFC 8689 5). */
static bool
bounce_is_full(const struct bounce *b, const struct report *r)
{
	const struct wishes *w = &b->envelope->wishes;
	bool has_failed = false;

	for (size_t i = 0; i < r->count; i++) {
		if (r->rcpts[i].action != REPORT_FAILED)
			continue;
		has_failed = true;
		if (bounce_is_too_big(r->rcpts[i].why))
			return false;
	}
	if (!has_failed || w->needs_tls)
		return false;
	if (w->ret ? !text_caseeq(w->ret, "FULL")
		   : message_lf_size(b->message) > BOUNCE_FULL_MAX)
		return false;
	return b->account->bounce_mbox || bounce_is_fit(b);
}

/* Who is told; owned.  A file may say of a mail, too, that had no sender. */
static char *
bounce_to(const struct bounce *b)
{
	if (b->account->bounce_to)
		return xstrdup(b->account->bounce_to);
	return *b->envelope->from ? xstrdup(b->envelope->from)
				  : addr_of_caller();
}

static int
bounce_fill(const struct bounce *b, const struct bounce_list *list,
    struct job *out, struct error *err)
{
	const struct envelope *e = b->envelope;
	const char *domain = addr_domain(e->from);
	auto_free char *host = bounce_host(b->account);
	auto_free char *to = bounce_to(b);
	struct report r = {
		.id = b->id,
		.attempt = b->attempt,
		.host = host,
		.domain = domain ? domain : host,
		.to = to,
		.envid = e->wishes.envid,
		.now = b->now,
		.arrival = b->born,
		.retry_until = b->retry_until,
		.original = b->message,
		.rcpts = list->rcpts,
		.count = list->count,
	};

	r.is_full = bounce_is_full(b, &r);
	if (envelope_set_from(
		&out->envelope, "", N_("the report's sender"), err) < 0 ||
	    envelope_add(
		&out->envelope, r.to, N_("the report's recipient"), err) < 0)
		return -1;
	return report_make(&r, &out->message, err) < 0 ? -1 : 1;
}

int
bounce_make(const struct bounce *b, struct job *out, struct error *err)
{
	const struct envelope *e = b->envelope;
	AUTO(bounce_list)
	struct bounce_list list = { xcalloc(e->count, sizeof(*list.rcpts)), 0 };
	const char *obstacle;

	for (size_t i = 0; i < e->count; i++)
		list.count +=
		    bounce_rcpt(b, &e->rcpts[i], &list.rcpts[list.count]);
	if (!list.count)
		return 0;
	obstacle = bounce_obstacle(e, b->message);
	/* into a file: no loop can come of that */
	if (obstacle && !b->account->bounce_mbox)
		return err_set(err, ERR_DATA,
		    _("the sender cannot be told: %s"), obstacle);
	return bounce_fill(b, &list, out, err);
}

int
bounce_file(const struct bounce *b, const struct job *report, struct error *err)
{
	return mbox_append(
	    b->account->bounce_mbox, "", b->now, &report->message, err);
}
