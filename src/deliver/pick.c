/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/pick.h"

#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

/* The words of entry_log_verdicts(). */
static const char *const pick_verdicts[] = { "sent ", "failed ", "deferred ",
	"in-doubt " };

/* Octets of the address that a text begins with, which may be quoted. */
static size_t
pick_address_len(const char *text)
{
	size_t n = 0;

	if (*text == '"')
		for (n = 1; text[n] && text[n] != '"'; n++)
			n += text[n] == '\\' && text[n + 1];
	return n + strcspn(text + n, " ");
}

char *
pick_reason(const struct entry *e, char **addr)
{
	auto_free char *line = entry_last_log(e);
	const char *text = line;
	auto_free char *who = xstrdup("");

	/* as it was before it became a line of the log */
	text_unescape(line);
	/* "2026-11-21T20:40:00Z deferred b@example.com 450 4.2.0 ..." */
	if (strcspn(text, "Z ") == 19 && text[19] == 'Z' && text[20] == ' ')
		text += 21;
	for (size_t i = 0; i < sizeof(pick_verdicts) / sizeof(char *); i++) {
		size_t len = strlen(pick_verdicts[i]);
		size_t n;

		if (strncmp(text, pick_verdicts[i], len) != 0)
			continue;
		n = pick_address_len(text + len);
		if (!text[len + n])
			break;
		xreplace(&who, xmemdupz(text + len, n));
		text += len + n + 1;
		break;
	}
	if (addr)
		*addr = auto_take(who);
	return xstrdup(text);
}

static bool
pick_has_recipient(const struct entry *e, const char *text)
{
	for (size_t i = 0; i < e->envelope.count; i++)
		if (strstr(e->envelope.rcpts[i].addr, text))
			return true;
	return false;
}

static bool
pick_match(const struct selector_match *m, const struct entry *e)
{
	auto_free char *reason = NULL;

	switch (m->part) {
	case SELECTOR_ID:
		return strstr(e->id, m->text) != NULL;
	case SELECTOR_RECIPIENT:
		return pick_has_recipient(e, m->text);
	case SELECTOR_SENDER:
		return e->envelope.from && strstr(e->envelope.from, m->text);
	case SELECTOR_REASON:
		break;
	}
	reason = pick_reason(e, NULL);
	return e->state == QUEUE_HOLD && strstr(reason, m->text);
}

static bool
pick_is_named(const struct plan *plan, const struct entry *e)
{
	for (size_t i = 0; i < plan->operand_count; i++)
		if (strcmp(plan->operands[i], e->id) == 0 ||
		    (e->account && strcmp(plan->operands[i], e->account) == 0))
			return true;
	return plan->operand_count == 0;
}

bool
pick_entry(const struct plan *plan, const struct entry *e)
{
	const struct selector *s = &plan->queue;

	if (s->is_held && e->state != QUEUE_HOLD)
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (pick_match(&s->matches[i], e) == s->matches[i].is_negated)
			return false;
	return pick_is_named(plan, e);
}
