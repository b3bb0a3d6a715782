/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/parse_state.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/line.h"
#include "conf/value.h"

/* Octets of a word that an error repeats. */
#define PARSE_WORD_MAX 64

static bool
parse_is_word(const char *s)
{
	size_t len = 0;

	while (text_is_alnum(s[len]) || s[len] == '_' || s[len] == '-')
		len++;
	return len && len <= PARSE_WORD_MAX && !s[len];
}

/* The word is repeated only where it can be a misspelt command: what stands in
 * the wrong place may be a secret or another file's contents. */
static int
parse_unknown(const char *word, struct error *err)
{
	auto_free char *known = xmemdupz(word, strcspn(word, "=:"));
	const char *nearest;

	if (!parse_is_word(word)) {
		(void)err_set(err, ERR_CONFIG, _("this is not a command"));
		if (opt_find(known) == OPT_COUNT)
			return -1;
		return err_hint(
		    err, _("Write a blank between %s and its value."), known);
	}
	(void)err_set(err, ERR_CONFIG, _("unknown command %s"), word);
	nearest = opt_nearest(word);
	return nearest ? err_hint(err, _("Did you mean %s?"), nearest) : -1;
}

/* The first account need not be named. */
static int
parse_need_account(struct parse *p, struct error *err)
{
	if (p->current)
		return 0;
	if (conf_find(p->conf, "default"))
		return err_set(err, ERR_CONFIG,
		    _("there is no account or defaults line before this one"));
	parse_begin(p, "default");
	return 0;
}

/* Sets a value that is written elsewhere; one that is not to be had is the
 * account's problem, not that of the file. */
static int
parse_elsewhere(
    struct parse *p, enum opt_id id, const char *value, struct error *err)
{
	AUTO(secret) struct secret filled = SECRET_INIT;
	struct account *a = p->current;

	if (!p->facts->fill)
		return err_set(err, ERR_CONFIG,
		    _("a value from elsewhere cannot be had here"));
	if (p->facts->fill(p->facts->ctx, value,
		opt_table[id].type == OPT_TYPE_SECRET, &filled, err) == 0)
		return opt_set(a, id, filled.data, err);
	if (err->kind != ERR_NO_INPUT)
		return -1;
	err->kind = ERR_CONFIG;
	(void)parse_fail(p, err);
	if (!a->problem.kind) {
		err_move(&a->problem, err);
		a->problem_id = id;
	}
	error_release(err);
	return 0;
}

static int
parse_value(
    struct parse *p, enum opt_id id, const char *value, struct error *err)
{
	bool is_secret = opt_table[id].type == OPT_TYPE_SECRET;
	struct account *a = p->current;

	/* a later line that can do without it heals an earlier one */
	if (a->problem.kind && a->problem_id == id)
		error_release(&a->problem);
	if (opt_table[id].type != OPT_TYPE_COMMAND &&
	    value_is_elsewhere(value, is_secret))
		return parse_elsewhere(p, id, value, err);
	p->facts->has_password |=
	    (is_secret ? *value != '\0' : opt_pin(value) != NULL) &&
	    !p->is_evaled;
	return opt_set(a, id, value, err);
}

/* Of two lines that set the same the later one counts, which who wrote them may
 * not know: `auth xoauth2`, and further down `auth on`. */
static void
parse_note_again(struct parse *p, enum opt_id id)
{
	const struct origin *before = &p->said[id];

	if (before->kind == ORIGIN_FILE && id != OPT_FROM &&
	    p->conf->keeps_going)
		conf_warn(p->conf,
		    xasprintf(_("%s: line %u: %s stands here for the second "
				"time; line %u does not count"),
			p->path, p->line, opt_table[id].name, before->line));
	p->said[id] = p->current->origin[id];
}

int
parse_setting(struct parse *p, const char *word, char *rest, struct error *err)
{
	const struct opt_legacy *legacy = opt_legacy_find(word);
	enum opt_id id = legacy ? legacy->id : opt_find(word);
	const char *value;

	if (!legacy &&
	    (id == OPT_COUNT || !(opt_table[id].places & OPT_IN_FILE)))
		return parse_unknown(word, err);
	value = line_value(rest, legacy ? LINE_WORDS : opt_line_kind(id));
	if (legacy && opt_legacy_value(legacy, value, &value, err) < 0)
		return -1;
	if (legacy && id == OPT_COUNT)
		return 0;
	if (parse_need_account(p, err) < 0)
		return -1;
	/* several lines add up, but only those of the account itself */
	if (id == OPT_FROM && !p->has_from)
		opt_clear(p->current, id);
	p->has_from |= id == OPT_FROM;
	if (parse_value(p, id, value ? value : "", err) < 0)
		return -1;
	p->current->origin[id] =
	    (struct origin){ ORIGIN_FILE, p->path, p->line };
	parse_note_again(p, id);
	p->current->is_own[id] = p->current != p->defaults;
	if (id == OPT_FROM && p->current->sender_count)
		p->current->senders[p->current->sender_count - 1].where =
		    p->current->origin[id];
	p->facts->has_command |= id == OPT_PASSWORDEVAL && value && *value;
	return 0;
}
