/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/series.h"

#include <poll.h>

#include "base/deadline.h"
#include "base/i18n.h"

/* Seconds without a mail after which nobody knows whether the server, and
 * whatever stands between, still remembers us. */
#define SERIES_IDLE_S 60

void
series_init(struct series *s, bool keeps_open)
{
	*s = (struct series){ .keeps_open = keeps_open };
	account_init(&s->account);
}

static void
series_close(struct series *s)
{
	connection_release(&s->c);
	account_release(&s->account);
	s->is_open = false;
}

void
series_release(struct series *s)
{
	if (s)
		series_close(s);
}

/* A server that has something to say, or has gone, is not spoken to. */
static bool
series_is_quiet(const struct series *s)
{
	struct pollfd pfd = { stream_fd(s->c.io), POLLIN, 0 };

	return poll(&pfd, 1, 0) == 0;
}

static bool
series_may_serve(const struct series *s, const struct account *account)
{
	return s->is_open && deadline_now() < s->stale_at &&
	       account_is_same(&s->account, account) && series_is_quiet(s);
}

int
series_open(struct series *s, const struct account *account,
    const struct trace *trace, bool *is_used, struct error *err)
{
	*is_used = series_may_serve(s, account);
	if (*is_used) {
		s->c.stop_at = deadline_in(account->total_timeout_s);
		stream_set_limit(s->c.io, s->c.stop_at);
		connection_note(&s->c, _("the connection is still open"));
		return 0;
	}
	series_close(s);
	if (s->keeps_open)
		account_copy(&s->account, account);
	if (connection_open(
		&s->c, s->keeps_open ? &s->account : account, trace, err) < 0)
		return -1;
	s->is_open = true;
	return 0;
}

void
series_pause(struct series *s, bool is_good)
{
	s->stale_at = deadline_in(SERIES_IDLE_S);
	if (!is_good || !s->keeps_open || !s->is_open ||
	    !smtp_can_go_on(s->c.smtp))
		series_close(s);
}
