/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "mail/aliases.h"

/* Names that lead one to the next. */
#define WALK_DEPTH_MAX 1000
/* Octets in an included file. */
#define WALK_FILE_MAX (1024 * 1024)

#define WALK_INCLUDE ":include:"

enum walk_state {
	WALK_NEW,
	WALK_OPEN, /* its targets are being expanded */
	WALK_DONE,
};

struct walk {
	const struct aliases *aliases;
	const char *domains;
	struct addr_list *out;
	unsigned char *states; /* of each alias */
	size_t depth;
	size_t added;
	bool in_file; /* the targets are an included file's */
	bool is_told; /* the error names its line */
};

static int walk_targets(
    struct walk *w, const struct alias *of, const char *s, struct error *err);

bool
aliases_is_local(const char *addr, const char *domains)
{
	const char *domain = addr_domain(addr);

	if (!domain)
		return *addr != '\0';
	for (const char *s = domains ? domains : ""; *s;) {
		size_t len = strcspn(s, ", \t");

		if (len && strlen(domain) == len &&
		    text_caseeq_n(domain, s, len))
			return true;
		s += len + (s[len] != '\0');
	}
	return false;
}

/* Puts file and line before an error that is set, once. */
static int
walk_fail(struct walk *w, const struct alias *of, struct error *err)
{
	if (w->is_told)
		return -1;
	w->is_told = true;
	err->kind = ERR_CONFIG;
	xreplace(&err->text, xasprintf(_("%s: line %u: %s"), w->aliases->path,
				 of->line, err->text));
	return -1;
}

static const struct alias *
walk_find(const struct walk *w, const char *name)
{
	const struct aliases *a = w->aliases;
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(a->items[mid].name, name);

		if (order == 0)
			return &a->items[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int
walk_add(struct walk *w, const char *addr, struct error *err)
{
	if (w->depth && ++w->added > ALIASES_MAX)
		return err_set(err, ERR_CONFIG,
		    _("these are more than %d addresses"), ALIASES_MAX);
	addr_list_add(w->out, xstrdup(addr));
	return 0;
}

/* What the alias says. */
static int
walk_alias(struct walk *w, const struct alias *a, struct error *err)
{
	unsigned char *state = &w->states[a - w->aliases->items];
	bool was_in_file = w->in_file;
	int result;

	if (*state == WALK_DONE)
		return 0;
	if (w->depth >= WALK_DEPTH_MAX)
		return err_set(err, ERR_CONFIG,
		    _("more than %d aliases lead one to the next"),
		    WALK_DEPTH_MAX);
	*state = WALK_OPEN;
	w->depth++;
	w->in_file = false;
	result = walk_targets(w, a, a->targets, err);
	w->in_file = was_in_file;
	w->depth--;
	*state = WALK_DONE;
	return result;
}

/* addr, which stands among the targets of `of` (NULL: it is a recipient). */
static int
walk_address(
    struct walk *w, const struct alias *of, const char *addr, struct error *err)
{
	const char *domain = addr_domain(addr);
	auto_free char *name = NULL;
	const struct alias *a;
	bool is_open;

	if (!aliases_is_local(addr, w->domains))
		return walk_add(w, addr, err);
	name = domain ? xmemdupz(addr, (size_t)(domain - addr) - 1)
		      : xstrdup(addr);
	text_lower(name);
	a = walk_find(w, name);
	if (!a)
		a = walk_find(w, "default");
	is_open = a && w->states[a - w->aliases->items] == WALK_OPEN;
	/* itself, or a name that `default` gave */
	if (!a || (is_open && (a == of || strcmp(a->name, "default") == 0)))
		return walk_add(w, addr, err);
	if (is_open)
		return err_set(err, ERR_CONFIG,
		    _("the alias %s leads back to itself"), a->name);
	return walk_alias(w, a, err);
}

static int
walk_parsed(struct walk *w, const struct alias *of, const char *item,
    bool is_final, struct error *err)
{
	AUTO(addr_list) struct addr_list list = ADDR_LIST_INIT;
	int result = 0;

	if (addr_parse_list(&list, item, strlen(item), N_("the aliases"), err) <
	    0) {
		/* it may be a secret of whoever may read the file */
		if (w->in_file)
			return err_set(err, ERR_CONFIG,
			    _("the included file is no list of addresses"));
		return -1;
	}
	for (size_t i = 0; i < list.count && result == 0; i++)
		result = is_final ? walk_add(w, list.items[i], err)
				  : walk_address(w, of, list.items[i], err);
	return result;
}

/* One target a line, or several; comments begin a line. */
static int
walk_file(
    struct walk *w, const struct alias *of, const char *path, struct error *err)
{
	auto_free char *full = file_expand_home(path);
	AUTO(buf) struct buf text = BUF_INIT(WALK_FILE_MAX);
	struct stat st = { 0 };
	int result = 0;

	if (full[0] != '/')
		return err_set(err, ERR_CONFIG,
		    _("the name of an included file must begin with a slash"));
	if (file_read(full, &text, &st, err) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || strlen(buf_str(&text)) != text.len)
		return err_set(err, ERR_CONFIG,
		    _("the included file is no list of addresses"));
	w->in_file = true;
	for (const char *s = buf_str(&text); *s && result == 0;) {
		size_t len = strcspn(s, "\n");
		auto_free char *line = xmemdupz(s, len);
		char *trimmed = text_trim(line);

		if (*trimmed && *trimmed != '#')
			result = walk_targets(w, of, trimmed, err);
		s += len + (s[len] != '\0');
	}
	w->in_file = false;
	return result;
}

/* One target without blanks around it. */
static int
walk_target(
    struct walk *w, const struct alias *of, char *item, struct error *err)
{
	size_t len = strlen(item);
	const char *inner = item + (*item == '"');

	if (*inner == '|' || *inner == '/' ||
	    (w->in_file && text_has_caseprefix(inner, WALK_INCLUDE))) {
		(void)err_set(err, ERR_CONFIG,
		    _("commands and files are no recipients here"));
		return err_hint(err,
		    _("This program only sends mail on: name an address."));
	}
	if (*item == '\\')
		return walk_parsed(w, of, item + 1, true, err);
	if (!text_has_caseprefix(inner, WALK_INCLUDE))
		return walk_parsed(w, of, item, false, err);
	if (inner != item && len && item[len - 1] == '"')
		item[len - 1] = '\0';
	return walk_file(w, of,
	    text_trim(item + (inner - item) + strlen(WALK_INCLUDE)), err);
}

/* The octets up to the next comma that divides targets. */
static size_t
walk_item_len(const char *s)
{
	bool is_quoted = false;
	int depth = 0;
	size_t i;

	for (i = 0; s[i] && (is_quoted || depth || s[i] != ','); i++) {
		if (s[i] == '\\' && s[i + 1])
			i++;
		else if (s[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && strchr("(<", s[i]))
			depth++;
		else if (!is_quoted && depth && strchr(")>", s[i]))
			depth--;
	}
	return i;
}

static int
walk_targets(
    struct walk *w, const struct alias *of, const char *s, struct error *err)
{
	for (;;) {
		size_t len = walk_item_len(s);
		auto_free char *copy = xmemdupz(s, len);
		char *item = text_trim(copy);

		if (*item && walk_target(w, of, item, err) < 0)
			return walk_fail(w, of, err);
		if (!s[len])
			return 0;
		s += len + 1;
	}
}

int
aliases_expand(const struct aliases *a, const char *const *addrs, size_t count,
    const char *domains, struct addr_list *out, struct error *err)
{
	struct walk w = { .aliases = a, .domains = domains, .out = out };
	size_t before = out->count;
	int result = 0;

	w.states = xcalloc(a->count + 1, 1);
	for (size_t i = 0; i < count && result == 0; i++)
		result = walk_address(&w, NULL, addrs[i], err);
	free(w.states);
	if (result < 0)
		addr_list_truncate(out, before);
	return result;
}
