/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/parse.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets of a word that an error repeats. */
#define PARSE_WORD_MAX 64
/* Files that include one the next. */
#define PARSE_DEPTH_MAX 8

struct parse {
	struct conf *conf;
	const char *path;
	unsigned line;
	struct account *defaults;
	struct account *current; /* NULL before the first command */
	struct parse_facts *facts;
	bool is_evaled; /* the line is what a command said */
	bool has_from;  /* the current account has a line `from` */
	unsigned depth; /* of files that are being included */
};

/* Puts file and line before an error that is set. */
static int
parse_fail(const struct parse *p, struct error *err)
{
	xreplace(&err->text,
	    xasprintf(_("%s: line %u: %s"), p->path, p->line, err->text));
	return -1;
}

static struct account *
parse_find(const struct parse *p, const char *name)
{
	for (size_t i = 0; i < p->conf->count; i++)
		if (strcmp(p->conf->accounts[i]->name, name) == 0)
			return p->conf->accounts[i];
	return NULL;
}

static void
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
	p->current = a;
	p->has_from = false;
}

/* "a, b" after the colon of an account line. */
static int
parse_parents(struct parse *p, char *list, struct error *err)
{
	struct account *child = p->current;

	while (list) {
		char *comma = strchr(list, ',');
		const struct account *parent;
		auto_free char *shown = NULL;

		if (comma)
			*comma = '\0';
		list = text_trim(list);
		parent = *list ? parse_find(p, list) : NULL;
		if (!*list)
			return err_set(
			    err, ERR_CONFIG, _("missing account name"));
		if (!parent || parent == child) {
			shown = text_escaped(list);
			(void)err_set(err, ERR_CONFIG,
			    _("account %s is not defined yet"), shown);
			return err_hint(err,
			    _("An account takes over from accounts that stand "
			      "before it."));
		}
		account_inherit(child, parent, 0);
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
	old = parse_find(p, value);
	if (old) {
		(void)err_set(err, ERR_CONFIG,
		    _("account %s was already defined"), shown);
		return err_detail(
		    err, "%s:%u", old->where.file, old->where.line);
	}
	parse_begin(p, value);
	return colon ? parse_parents(p, colon + 1, err) : 0;
}

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
	if (opt_is_foreign(word))
		return err_hint(
		    err, _("This command of msmtp is not supported; remove the "
			   "line if the account can do without it."));
	nearest = opt_nearest(word);
	return nearest ? err_hint(err, _("Did you mean %s?"), nearest) : -1;
}

static int
parse_setting(
    struct parse *p, const char *word, const char *value, struct error *err)
{
	const struct opt_legacy *legacy = opt_legacy_find(word);
	enum opt_id id = legacy ? legacy->id : opt_find(word);

	if (legacy && opt_legacy_value(legacy, value, &value, err) < 0)
		return -1;
	if (legacy && id == OPT_COUNT)
		return 0;
	if (id == OPT_COUNT || !(opt_table[id].places & OPT_IN_FILE))
		return parse_unknown(word, err);
	if (!p->current)
		parse_begin(p, "default");
	/* several lines add up, but only those of the account itself */
	if (id == OPT_FROM && !p->has_from)
		opt_clear(p->current, id);
	p->has_from |= id == OPT_FROM;
	if (opt_set(p->current, id, value, err) < 0)
		return -1;
	p->current->origin[id] =
	    (struct origin){ ORIGIN_FILE, p->path, p->line };
	p->current->is_own[id] = p->current != p->defaults;
	p->facts->has_password |=
	    opt_table[id].type == OPT_TYPE_SECRET && *value && !p->is_evaled;
	p->facts->has_passwordeval |= id == OPT_PASSWORDEVAL && *value;
	return 0;
}

/* Takes one pair of quotes off a trimmed value, in place. */
static char *
parse_unquote(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return value;
	value[len - 1] = '\0';
	return value + 1;
}

static char *
parse_trim_blanks(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len && text_is_blank(s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
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
	if (p->facts->eval(p->facts->eval_ctx, command, &line, err) < 0)
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
	result = p->facts->include(p->facts->include_ctx, p, path, err);
	p->depth--;
	return result;
}

static int
parse_line(struct parse *p, char *line, size_t len, struct error *err)
{
	char *word, *value;

	if (len && line[len - 1] == '\r')
		line[len - 1] = '\0';
	word = parse_trim_blanks(line);
	value = word + strcspn(word, " \t");
	if (!*word || *word == '#')
		return 0;
	if (*value)
		*value++ = '\0';
	value = parse_unquote(parse_trim_blanks(value));
	if (strcmp(word, "account") == 0)
		return parse_account(p, value, err);
	if (strcmp(word, "eval") == 0)
		return parse_eval(p, value, err);
	if (strcmp(word, "include") == 0)
		return parse_include(p, value, err);
	if (strcmp(word, "defaults") != 0)
		return parse_setting(p, word, value, err);
	if (*value)
		return err_set(
		    err, ERR_CONFIG, _("%s takes no value"), "defaults");
	p->current = p->defaults;
	p->has_from = false;
	return 0;
}

static int
parse_lines(struct parse *p, char *text, size_t len, struct error *err)
{
	char *end = text + len;
	int result = 0;

	p->facts->has_password = p->facts->has_passwordeval = false;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end && result == 0) {
		char *lf = memchr(text, '\n', (size_t)(end - text));
		char *stop = lf ? lf : end;

		p->line++;
		*stop = '\0';
		if (strlen(text) < (size_t)(stop - text))
			result = err_set(err, ERR_CONFIG,
			    _("a NUL octet cannot stand here"));
		else
			result =
			    parse_line(p, text, (size_t)(stop - text), err);
		text = stop + 1;
	}
	return result < 0 ? parse_fail(p, err) : 0;
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

int
parse_config(struct conf *c, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err)
{
	AUTO(account) struct account defaults = { 0 };
	struct parse p = {
		.conf = c,
		.path = path,
		.defaults = &defaults,
		.facts = facts,
	};

	return parse_lines(&p, text, len, err);
}
