/* SPDX-License-Identifier: ISC */
/* The header block of a queue file, read. */
#include "config.h"

#include "queue/entry_head.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"

static int
head_bad(const char *what, struct error *err)
{
	(void)err_set(err, ERR_DATA, _("the queue file is damaged"));
	return err_detail(err, "%s", what);
}

static int
head_number(const struct entry *e, enum head_row row, uint64_t *out)
{
	size_t len, at = head_at(row, &len);
	auto_free char *text = xmemdupz(e->head.data + at, len);

	return num_parse(text, 0, INT64_MAX, out);
}

static int
head_parse_rows(struct entry *e, struct error *err)
{
	uint64_t n[HEAD_ROWS] = { 0 };
	const char *told = e->head.data + head_at(HEAD_TOLD, NULL);
	const char *doubt = e->head.data + head_at(HEAD_DOUBT, NULL);

	for (enum head_row r = 0; r < HEAD_ROWS; r++) {
		size_t len, at = head_at(r, &len);
		char name[HEAD_NAME_LEN + 1];

		(void)snprintf(name, sizeof(name), "%-*s", HEAD_NAME_LEN,
		    head_rows[r].name);
		if (memcmp(e->head.data + at - HEAD_NAME_LEN, name,
			HEAD_NAME_LEN) != 0 ||
		    e->head.data[at + len] != '\n')
			return head_bad(head_rows[r].name, err);
		if (r != HEAD_TOLD && r != HEAD_DOUBT && r != HEAD_SHA256 &&
		    head_number(e, r, &n[r]) < 0)
			return head_bad(head_rows[r].name, err);
	}
	if ((*told != '-' && *told != 'D') || (*doubt != '-' && *doubt != '?'))
		return head_bad("a mark", err);
	e->cells = (struct entry_cells){
		.next_s = (time_t)n[HEAD_NEXT],
		.last_s = (time_t)n[HEAD_LAST],
		.waited_s = (time_t)n[HEAD_WAITED],
		.tries = (unsigned)n[HEAD_TRIES],
		.deaths = (unsigned)n[HEAD_DEATHS],
		.is_delay_told = *told == 'D',
		.is_in_doubt = *doubt == '?',
	};
	e->born_s = (time_t)n[HEAD_BORN];
	e->uid = (uid_t)n[HEAD_UID];
	e->message_size = n[HEAD_BYTES];
	return 0;
}

/* "NAME VALUE" into name and the rest. */
static char *
head_cut(char *text)
{
	char *blank = strchr(text, ' ');

	if (!blank)
		return NULL;
	*blank = '\0';
	return blank + 1;
}

static int
head_parse_wish(struct entry *e, char *text, struct error *err)
{
	char *value = head_cut(text);

	if (!value) {
		if (strcmp(text, "REQUIRETLS") != 0)
			return head_bad("wish", err);
		e->envelope.wishes.needs_tls = true;
		return 0;
	}
	for (size_t i = 0; i < HEAD_WISHES; i++)
		if (strcmp(text, head_wishes[i].name) == 0) {
			xreplace((char **)((char *)&e->envelope.wishes +
					   head_wishes[i].field),
			    xstrdup(value));
			return 0;
		}
	return head_bad("wish", err);
}

static char *
head_word(const char *word)
{
	return strcmp(word, "-") == 0 ? NULL : xstrdup(word);
}

/* "N NOTIFY ORCPT ADDRESS", of which line holds a copy. */
static int
head_parse_to(struct entry *e, char *text, size_t at, struct error *err)
{
	struct envelope *env = &e->envelope;
	char *notify = head_cut(text);
	char *orcpt = notify ? head_cut(notify) : NULL;
	char *addr = orcpt ? head_cut(orcpt) : NULL;
	size_t before = env->count;
	struct rcpt *r;

	if (!addr || strlen(text) != 1 || !strchr("NDX", *text))
		return head_bad("to", err);
	if (envelope_add(env, addr, "to", err) < 0 || env->count == before)
		return head_bad("to", err);
	r = &env->rcpts[before];
	r->notify = head_word(notify);
	r->orcpt = head_word(orcpt);
	r->fate = *text == 'N'   ? FATE_PENDING
		  : *text == 'D' ? FATE_SENT
				 : FATE_FAIL;
	if (before % 1024 == 0)
		e->verdicts = xreallocarray(
		    e->verdicts, before + 1024, sizeof(*e->verdicts));
	e->verdicts[before] = at;
	e->rcpt_count = env->count;
	return 0;
}

static int
head_parse_from(struct entry *e, const char *value, struct error *err)
{
	if (e->envelope.from || *value != '<' ||
	    envelope_set_from(&e->envelope, value, "from", err) < 0)
		return head_bad("from", err);
	return 0;
}

static int
head_parse_expiry(struct entry *e, const char *value, struct error *err)
{
	uint64_t n;

	if (num_parse(value, 1, INT64_MAX, &n) < 0)
		return head_bad("expiry", err);
	e->expiry_s = (int64_t)n;
	return 0;
}

/* A line behind the rows. */
static int
head_parse_line(struct entry *e, char *line, size_t at, struct error *err)
{
	char *value = line + HEAD_NAME_LEN;
	size_t len;

	if (strncmp(line, "to ", 3) == 0)
		return head_parse_to(e, line + 3, at + 3, err);
	if (strlen(line) <= HEAD_NAME_LEN)
		return head_bad("a line", err);
	len = strcspn(line, " ");
	if (len >= HEAD_NAME_LEN ||
	    strspn(line + len, " ") < HEAD_NAME_LEN - len)
		return head_bad("a line", err);
	line[len] = '\0';
	if (strcmp(line, "account") == 0)
		xreplace(&e->account, xstrdup(value));
	else if (strcmp(line, "config") == 0)
		xreplace(&e->config, xstrdup(value));
	else if (strcmp(line, "expiry") == 0)
		return head_parse_expiry(e, value, err);
	else if (strcmp(line, "wish") == 0)
		return head_parse_wish(e, value, err);
	else if (strcmp(line, "from") == 0)
		return head_parse_from(e, value, err);
	else if (strcmp(line, "option") == 0) {
		char *name = value;

		value = head_cut(name);
		if (!value)
			return head_bad("option", err);
		entry_add_option(e, name, value);
	} else {
		return head_bad(line, err);
	}
	return 0;
}

/* Behind the last line. */
static int
head_parse_end(struct entry *e, size_t at, struct error *err)
{
	if (!e->envelope.from || !e->rcpt_count)
		return head_bad("from or to", err);
	buf_truncate(&e->head, at);
	return 1;
}

static int
head_check_magic(const struct entry *e, struct error *err)
{
	static const size_t word = HEAD_MAGIC_LEN - 2; /* without "1\n" */

	if (memcmp(e->head.data, HEAD_MAGIC, HEAD_MAGIC_LEN) == 0)
		return 0;
	if (memcmp(e->head.data, HEAD_MAGIC, word) == 0 &&
	    text_is_digit(e->head.data[word]) && e->head.data[word] != '0' &&
	    (e->head.data[word + 1] == '\n' ||
		text_is_digit(e->head.data[word + 1])))
		return err_set(err, ERR_UNSUPPORTED,
		    _("the queue file is of another version of the program"));
	return head_bad("the first line", err);
}

int
head_parse(struct entry *e, struct error *err)
{
	static const char end[] = "\nend\n";
	size_t rows = head_at(HEAD_SHA256, NULL) + HEAD_SHA256_LEN;
	const char *stop;
	size_t at = rows + 1;

	if (e->head.len < HEAD_MAGIC_LEN)
		return 0;
	if (head_check_magic(e, err) < 0)
		return -1;
	if (e->head.len <= rows)
		return 0;
	stop = memmem(
	    e->head.data + rows, e->head.len - rows, end, sizeof(end) - 1);
	if (!stop)
		return 0;
	if (head_parse_rows(e, err) < 0)
		return -1;
	while (e->head.data + at <= stop) {
		const char *line = e->head.data + at;
		size_t len = strcspn(line, "\n");
		auto_free char *copy = xmemdupz(line, len);

		/* a NUL */
		if (line[len] != '\n')
			return head_bad("a line", err);
		if (head_parse_line(e, copy, at, err) < 0)
			return -1;
		at += len + 1;
	}
	return head_parse_end(e, at + sizeof(end) - 2, err);
}
