/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/status.h"

#include <errno.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/words.h"

/* Octets for one line; 10,000 recipients with long replies fit. */
#define STATUS_MAX (32 * 1024 * 1024)

static const char *const status_fates[] = {
	[FATE_PENDING] = "pending",
	[FATE_SENT] = "sent",
	[FATE_DEFER] = "deferred",
	[FATE_FAIL] = "failed",
};

static void
status_text(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	json_name(out, name);
	json_string(out, value);
}

static void
status_error(struct buf *out, const struct error *err)
{
	unsigned short esc[3];

	if (err->kind != ERR_NONE) {
		status_text(out, "kind", err_table[err->kind].name);
		status_text(out, "error", err->text);
		status_text(out, "detail", err->detail);
		status_text(out, "hint", err->hint);
	}
	if (err->reply.code) {
		json_name(out, "code");
		(void)buf_printf(out, "%d", err->reply.code);
		status_text(out, "text", err->reply.text);
	}
	err_status(err, esc);
	json_name(out, "status");
	(void)buf_printf(out, "\"%d.%d.%d\"", esc[0], esc[1], esc[2]);
}

static void
status_recipients(struct buf *out, const struct envelope *e)
{
	json_name(out, "recipients");
	(void)buf_add_char(out, '[');
	for (size_t i = 0; i < e->count; i++) {
		const struct rcpt *r = &e->rcpts[i];

		(void)buf_add_str(out, i ? ",{" : "{");
		status_text(out, "address", r->addr);
		status_text(out, "fate", status_fates[r->fate]);
		if (r->fate != FATE_PENDING)
			status_error(out, &r->why);
		(void)buf_add_char(out, '}');
	}
	(void)buf_add_char(out, ']');
}

void
status_line(struct buf *out, const struct job *j, const struct error *early,
    int exit_code)
{
	(void)buf_add_char(out, '{');
	json_name(out, "exit");
	(void)buf_printf(out, "%d", exit_code);
	status_text(out, "exit_name", err_exit_name(exit_code));
	status_text(out, "account", j->account ? j->account->name : NULL);
	status_text(out, "from", j->envelope.from);
	status_text(out, "queued", j->queued_as);
	status_recipients(out, &j->envelope);
	if (early)
		status_error(out, early);
	(void)buf_add_str(out, "}\n");
}

static void
status_write(int fd, const struct buf *line)
{
	const char *p = buf_str(line);
	size_t left = line->len;

	while (left) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* the exit code tells as much */
		p += n;
		left -= (size_t)n;
	}
}

void
status_tell(const struct plan *plan, const struct job *j,
    const struct error *early, int exit_code)
{
	AUTO(buf) struct buf line = BUF_INIT(STATUS_MAX);

	if (!plan->is_json && plan->status_fd < 0)
		return;
	status_line(&line, j, early, exit_code);
	if (plan->is_json)
		status_write(STDOUT_FILENO, &line);
	if (plan->status_fd >= 0)
		status_write(plan->status_fd, &line);
}
