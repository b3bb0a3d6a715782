/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/parse_state.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/line.h"

/* Files that include one the next. */
#define PARSE_DEPTH_MAX 8

/* Puts file and line before an error that is set. */
int
parse_fail(const struct parse *p, struct error *err)
{
	xreplace(&err->text,
	    xasprintf(_("%s: line %u: %s"), p->path, p->line, err->text));
	return -1;
}

static void
parse_begin_part(struct parse *p, struct account *a)
{
	p->current = a;
	p->has_from = false;
	memset(p->said, 0, sizeof(p->said));
}

void
parse_begin(struct parse *p, const char *name)
{
	struct conf *c = p->conf;
	struct account *a = account_new();

	account_copy(a, p->defaults);
	xreplace(&a->name, xstrdup(name));
	a->where = (struct origin){ ORIGIN_FILE, p->path, p->line };
	c->accounts =
	    xreallocarray(c->accounts, c->count + 1, sizeof(struct account *));
	c->accounts[c->count++] = a;
	parse_begin_part(p, a);
}

/* Not child itself, which may have the name of one in the other file. */
static struct account *
parse_parent(
    const struct conf *c, const char *name, const struct account *child)
{
	for (size_t i = 0; c && i < c->count; i++)
		if (c->accounts[i] != child &&
		    strcmp(c->accounts[i]->name, name) == 0)
			return c->accounts[i];
	return NULL;
}

/* "a, b" after the colon of an account line. */
static int
parse_parents(struct parse *p, char *list, struct error *err)
{
	struct account *child = p->current;

	while (list) {
		char *comma = strchr(list, ',');
		struct account *parent, *far;
		auto_free char *shown = NULL;

		if (comma)
			*comma = '\0';
		list = text_trim(list);
		parent = parse_parent(p->conf, list, child);
		far = parent ? NULL : parse_parent(p->base, list, child);
		if (!*list)
			return err_set(
			    err, ERR_CONFIG, _("missing account name"));
		if (parent) {
			parent->is_parent = true;
			account_inherit(child, parent, 0);
		} else if (far) {
			far->is_parent = true;
			account_inherit_all(child, far);
		} else {
			shown = text_escaped(list);
			(void)err_set(err, ERR_CONFIG,
			    _("account %s is not defined yet"), shown);
			return err_hint(err,
			    _("An account takes over from accounts that stand "
			      "before it."));
		}
		list = comma ? comma + 1 : NULL;
	}
	return 0;
}

static int
parse_account(struct parse *p, char *value, struct error *err)
{
	char *colon = strchr(value, ':');
	auto_free char *shown = NULL;
	const struct account *old;

	if (colon)
		*colon = '\0';
	value = text_trim(value);
	shown = text_escaped(value);
	if (!*value)
		return err_set(err, ERR_CONFIG, _("missing account name"));
	if (strchr(value, ','))
		return err_set(err, ERR_CONFIG,
		    _("an account name must not hold a comma: %s"), shown);
	old = conf_find(p->conf, value);
	if (old) {
		(void)err_set(err, ERR_CONFIG,
		    _("account %s was already defined"), shown);
		return err_detail(
		    err, "%s:%u", old->where.file, old->where.line);
	}
	parse_begin(p, value);
	return colon ? parse_parents(p, colon + 1, err) : 0;
}

static int parse_line(
    struct parse *p, char *line, size_t len, struct error *err);

/* The line that a command says stands in this one's place. */
static int
parse_eval(struct parse *p, const char *command, struct error *err)
{
	AUTO(secret) struct secret line = SECRET_INIT;
	int result;

	if (!*command)
		return err_set(err, ERR_CONFIG, _("%s needs a value"), "eval");
	if (p->is_evaled || !p->facts->eval)
		return err_set(
		    err, ERR_CONFIG, _("a command cannot be run here"));
	if (p->facts->eval(p->facts->ctx, command, &line, err) < 0)
		return -1;
	p->is_evaled = true;
	result = line.len ? parse_line(p, line.data, line.len, err) : 0;
	p->is_evaled = false;
	return result;
}

static int
parse_include(struct parse *p, const char *path, struct error *err)
{
	int result;

	if (!*path)
		return err_set(
		    err, ERR_CONFIG, _("%s needs a value"), "include");
	if (!p->facts->include)
		return err_set(
		    err, ERR_CONFIG, _("a file cannot be included here"));
	if (p->depth >= PARSE_DEPTH_MAX)
		return err_set(err, ERR_CONFIG,
		    _("more than %d files include one the next"),
		    PARSE_DEPTH_MAX);
	p->depth++;
	result = p->facts->include(p->facts->ctx, p, path, err);
	p->depth--;
	return result;
}

static int
parse_defaults(struct parse *p, const char *value, struct error *err)
{
	if (*value)
		return err_set(
		    err, ERR_CONFIG, _("%s takes no value"), "defaults");
	parse_begin_part(p, p->defaults);
	return 0;
}

static int
parse_line(struct parse *p, char *line, size_t len, struct error *err)
{
	char *word, *rest;

	line_split(line, len, &word, &rest);
	if (!*word)
		return 0;
	if (strcmp(word, "account") == 0) {
		parse_begin_part(p, p->scratch);
		return parse_account(p, line_value(rest, LINE_WORDS), err);
	}
	if (strcmp(word, "defaults") == 0)
		return parse_defaults(p, line_value(rest, LINE_WORDS), err);
	if (strcmp(word, "eval") == 0)
		return parse_eval(p, line_value(rest, LINE_EXACT), err);
	if (strcmp(word, "include") == 0)
		return parse_include(p, line_value(rest, LINE_TEXT), err);
	return parse_setting(p, word, rest, err);
}

bool
parse_goes_on(struct parse *p, struct error *err)
{
	if (!p->conf->keeps_going)
		return false;
	conf_add_problem(p->conf, err);
	return true;
}

/* One line of len octets, which a NUL ends. */
static int
parse_one(struct parse *p, char *line, size_t len, struct error *err)
{
	int result;

	p->line++;
	if (strlen(line) < len)
		result = err_set(
		    err, ERR_CONFIG, _("a NUL octet cannot stand here"));
	else
		result = parse_line(p, line, len, err);
	return result < 0 ? parse_fail(p, err) : 0;
}

static int
parse_lines(struct parse *p, char *text, size_t len, struct error *err)
{
	char *end = text + len;

	p->facts->has_password = p->facts->has_command = false;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		char *lf = memchr(text, '\n', (size_t)(end - text));
		char *stop = lf ? lf : end;

		*stop = '\0';
		if (parse_one(p, text, (size_t)(stop - text), err) < 0 &&
		    !parse_goes_on(p, err))
			return -1;
		text = stop + 1;
	}
	return 0;
}

int
parse_part(struct parse *p, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err)
{
	struct parse outer = *p;
	int result;

	p->path = path;
	p->line = 0;
	p->facts = facts;
	p->is_evaled = false;
	result = parse_lines(p, text, len, err);
	p->path = outer.path;
	p->line = outer.line;
	p->facts = outer.facts;
	p->is_evaled = outer.is_evaled;
	return result;
}

struct parse *
parse_new(struct conf *c, const struct conf *base)
{
	struct parse *p = xcalloc(1, sizeof(*p));

	p->conf = c;
	p->base = base;
	p->defaults = account_new();
	p->scratch = account_new();
	return p;
}

void
parse_free(struct parse *p)
{
	if (!p)
		return;
	account_free(p->defaults);
	account_free(p->scratch);
	free(p);
}

void
parse_begin_file(struct parse *p)
{
	parse_begin_part(p, NULL);
}

int
parse_config(struct conf *c, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err)
{
	struct parse *p = parse_new(c, NULL);
	int result = parse_part(p, path, text, len, facts, err);

	parse_free(p);
	return result;
}
