/* SPDX-License-Identifier: ISC */
/*
 * reportprobe MAIL
 *
 * Prints the report that standard input describes, about the mail in the file
 * MAIL.  A line is a word and a value in hex; "rcpt" begins a recipient, what
 * follows is about him.
 */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "mail/report.h"

#define PROBE_RCPTS_MAX 2000

#define PROBE_VALUES_MAX (16 * PROBE_RCPTS_MAX)

struct probe {
	char *values[PROBE_VALUES_MAX]; /* owned */
	size_t value_count;
	struct report report;
	struct report_rcpt rcpts[PROBE_RCPTS_MAX];
	struct error why[PROBE_RCPTS_MAX];
};

static char *
probe_unhex(const char *hex)
{
	size_t len = strlen(hex) / 2;
	char *out = xcalloc(len + 1, 1);

	for (size_t i = 0; i < len; i++) {
		char octet[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (char)strtoul(octet, NULL, 16);
	}
	return out;
}

static void
probe_begin_rcpt(struct probe *p, const char *addr)
{
	size_t i = p->report.count++;

	if (i >= PROBE_RCPTS_MAX)
		abort();
	p->why[i] = (struct error)ERROR_INIT;
	p->rcpts[i] = (struct report_rcpt){ .addr = addr, .why = &p->why[i] };
}

static void
probe_error(struct error *why, const char *word, char *value)
{
	if (strcmp(word, "code") == 0)
		why->reply.code = (int)strtol(value, NULL, 10);
	else if (strcmp(word, "said") == 0)
		why->reply.text = value;
	else if (strcmp(word, "kind") == 0)
		why->kind = (enum err_kind)strtol(value, NULL, 10);
	else if (strcmp(word, "text") == 0)
		why->text = value;
	else if (strcmp(word, "detail") == 0)
		why->detail = value;
	else if (strcmp(word, "hint") == 0)
		why->hint = value;
	else if (strcmp(word, "status") == 0)
		(void)sscanf(value, "%hu.%hu.%hu", &why->reply.esc[0],
		    &why->reply.esc[1], &why->reply.esc[2]);
	else
		abort();
}

/* What is static is released, too. */
struct probe_slot {
	struct probe *probe;
};

static void
probe_slot_release(struct probe_slot *s)
{
	for (size_t i = 0; i < s->probe->value_count; i++)
		free(s->probe->values[i]);
}
AUTO_DEFINE(probe_slot);

/* p keeps value. */
static void
probe_word(struct probe *p, const char *word, char *value)
{
	struct report *r = &p->report;
	struct report_rcpt *rcpt = r->count ? &p->rcpts[r->count - 1] : NULL;
	const struct {
		const char *word;
		const char **to;
	} strings[] = {
		{ "id", &r->id },
		{ "host", &r->host },
		{ "domain", &r->domain },
		{ "to", &r->to },
		{ "envid", &r->envid },
		{ "orcpt", rcpt ? &rcpt->orcpt : NULL },
		{ "remote", rcpt ? &rcpt->remote : NULL },
	};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strcmp(word, strings[i].word) == 0) {
			*strings[i].to = value;
			return;
		}
	if (strcmp(word, "rcpt") == 0)
		probe_begin_rcpt(p, value);
	else if (strcmp(word, "full") == 0)
		r->is_full = *value == '1';
	else if (strcmp(word, "attempt") == 0)
		r->attempt = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(word, "action") == 0)
		rcpt->action = (enum report_action)strtol(value, NULL, 10);
	else if (strcmp(word, "expired") == 0)
		rcpt->is_expired = *value == '1';
	else
		probe_error(&p->why[r->count - 1], word, value);
}

static int
probe_print(const struct message *m, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	AUTO(spool_reader) struct spool_reader reader;
	const char *block;
	size_t len;
	int rc;

	(void)message_head(m, &head);
	(void)buf_add_char(&head, '\n');
	(void)fwrite(buf_str(&head), 1, head.len, stdout);
	spool_reader_init(&reader, &m->body, 0);
	while ((rc = spool_next(&reader, &block, &len, err)) > 0)
		(void)fwrite(block, 1, len, stdout);
	return rc;
}

int
main(int argc, char **argv)
{
	static struct probe probe;
	AUTO(probe_slot) struct probe_slot slot = { &probe };
	AUTO(message) struct message original;
	AUTO(message) struct message out;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	(void)setlocale(LC_ALL, "");
	message_init(&original);
	message_init(&out);
	if (fd < 0 || message_read(&original, fd, &err) < 0)
		return err_exit_code(&err);
	probe.report = (struct report){ .original = &original,
		.now = 1795300000,
		.arrival = 1795286400,
		.retry_until = 1795718400,
		.rcpts = probe.rcpts };
	while ((len = getline(&line, &cap, stdin)) > 0) {
		char *space = strchr(line, ' ');
		char *value;

		line[len - 1] = '\0';
		if (!space)
			continue;
		*space = '\0';
		if (probe.value_count == PROBE_VALUES_MAX)
			abort();
		value = probe.values[probe.value_count++] =
		    probe_unhex(space + 1);
		probe_word(&probe, line, value);
	}
	if (report_make(&probe.report, &out, &err) < 0 ||
	    probe_print(&out, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return err_exit_code(&err);
	}
	return 0;
}
