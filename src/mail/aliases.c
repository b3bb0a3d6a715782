/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/aliases.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"

/* Octets in a file. */
#define ALIASES_FILE_MAX (8 * 1024 * 1024)

void
aliases_release(struct aliases *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++) {
		free(a->items[i].name);
		free(a->items[i].targets);
	}
	free(a->items);
	free(a->path);
	*a = (struct aliases)ALIASES_INIT;
}

/* One file being read. */
struct aliases_reader {
	struct aliases *aliases;
	size_t cap;
	struct buf targets; /* of the last item, still growing */
	unsigned line;
};

static int
aliases_fail(
    const struct aliases_reader *r, const char *what, struct error *err)
{
	return err_set(err, ERR_CONFIG, _("%s: line %u: %s"), r->aliases->path,
	    r->line, what);
}

/* The first octet of s, outside quotes, that is one of what, else its end. */
static const char *
aliases_find(const char *s, const char *what)
{
	bool is_quoted = false;

	for (; *s && (is_quoted || !strchr(what, *s)); s++) {
		if (*s == '"')
			is_quoted = !is_quoted;
		else if (*s == '\\' && s[1])
			s++;
	}
	return s;
}

/* Cuts a comment off, in place. */
static void
aliases_cut_comment(char *line)
{
	char *at = line;

	for (;;) {
		at += aliases_find(at, "#") - at;
		if (!*at)
			return;
		if (at == line || strchr(" \t,:", at[-1]))
			break;
		at++;
	}
	*at = '\0';
}

/* "name" or a word, as it stands in an address; NULL for what is none. */
static char *
aliases_name(const char *text, size_t len)
{
	AUTO(buf) struct buf plain = BUF_INIT(4096);
	char *name;
	size_t at;

	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		for (size_t i = 1; i + 1 < len; i++) {
			if (text[i] == '\\' && i + 2 < len)
				i++;
			(void)buf_add_char(&plain, text[i]);
		}
		name = addr_local_part(buf_str(&plain), plain.len);
	} else {
		name = xmemdupz(text, len);
	}
	if (!*name || addr_domain(name) || addr_fault(name, strlen(name), &at))
		xreplace(&name, NULL);
	else
		text_lower(name);
	return name;
}

static void
aliases_end_item(struct aliases_reader *r)
{
	struct aliases *a = r->aliases;

	if (a->count)
		xreplace(&a->items[a->count - 1].targets,
		    xstrdup(buf_str(&r->targets)));
	buf_truncate(&r->targets, 0);
}

static int
aliases_begin_item(
    struct aliases_reader *r, const char *line, struct error *err)
{
	struct aliases *a = r->aliases;
	const char *colon = aliases_find(line, ":");
	size_t len = (size_t)(colon - line);
	char *name;

	if (!*colon)
		return aliases_fail(r, _("there is no colon"), err);
	while (len && text_is_blank(line[len - 1]))
		len--;
	name = aliases_name(line, len);
	if (!name)
		return aliases_fail(r, _("this is no name for an alias"), err);
	aliases_end_item(r);
	if (a->count == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		a->items = xreallocarray(a->items, r->cap, sizeof(*a->items));
	}
	a->items[a->count++] = (struct alias){ name, NULL, r->line };
	(void)buf_add_str(&r->targets, colon + 1);
	return 0;
}

static int
aliases_line(struct aliases_reader *r, char *line, struct error *err)
{
	bool goes_on = text_is_blank(*line);
	char *text;

	aliases_cut_comment(line);
	text = text_trim(line);
	if (!*text)
		return 0;
	for (char *p = text; *p; p++)
		if (*p == '\t')
			*p = ' ';
	if (text_has_control(text, strlen(text)))
		return aliases_fail(
		    r, _("a control character cannot stand here"), err);
	if (!goes_on)
		return aliases_begin_item(r, text, err);
	if (!r->aliases->count)
		return aliases_fail(
		    r, _("there is no line that this one goes on with"), err);
	(void)buf_add_char(&r->targets, ' ');
	(void)buf_add_str(&r->targets, text);
	return 0;
}

static int
aliases_order(const void *a, const void *b)
{
	return strcmp(
	    ((const struct alias *)a)->name, ((const struct alias *)b)->name);
}

/* In order, so that they are found soon; each name once. */
static int
aliases_sort(struct aliases *a, struct error *err)
{
	if (a->count)
		qsort(a->items, a->count, sizeof(*a->items), aliases_order);
	for (size_t i = 1; i < a->count; i++) {
		const struct alias *x = &a->items[i - 1], *y = &a->items[i];

		if (strcmp(x->name, y->name) == 0)
			return err_set(err, ERR_CONFIG,
			    _("%s: lines %u and %u: the same name"), a->path,
			    x->line < y->line ? x->line : y->line,
			    x->line < y->line ? y->line : x->line);
	}
	return 0;
}

int
aliases_parse(struct aliases *a, const char *path, const char *text, size_t len,
    struct error *err)
{
	struct aliases_reader r = { a, 0, BUF_INIT(ALIASES_FILE_MAX + 1), 0 };
	const char *end = text + len;
	int result = 0;

	a->path = xstrdup(path);
	while (text < end && result == 0) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		const char *stop = lf ? lf : end;
		auto_free char *line = xmemdupz(text, (size_t)(stop - text));

		r.line++;
		result = strlen(line) < (size_t)(stop - text)
			     ? aliases_fail(
				   &r, _("a NUL octet cannot stand here"), err)
			     : aliases_line(&r, line, err);
		text = stop + 1;
	}
	aliases_end_item(&r);
	buf_release(&r.targets);
	return result < 0 ? -1 : aliases_sort(a, err);
}

static int
aliases_check_owner(const char *path, const struct stat *st, struct error *err)
{
	bool is_own = st->st_uid == geteuid() || st->st_uid == 0;

	if (S_ISREG(st->st_mode) && is_own &&
	    !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	(void)err_set(err, ERR_CONFIG,
	    _("%s: these aliases are not the caller's own"), path);
	return err_hint(
	    err, _("Use a file of your own that nobody else may write to."));
}

static int
aliases_read(
    struct aliases *a, const char *path, bool is_callers, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(ALIASES_FILE_MAX);
	struct stat st = { 0 };

	if (file_read(path, &text, &st, err) < 0) {
		err->kind = ERR_CONFIG;
		return -1;
	}
	if (is_callers && aliases_check_owner(path, &st, err) < 0)
		return -1;
	return aliases_parse(a, path, text.len ? text.data : "", text.len, err);
}

int
aliases_load(struct aliases *a, const char *path, struct error *err)
{
	return aliases_read(a, path, false, err);
}

int
aliases_load_own(struct aliases *a, const char *path, struct error *err)
{
	return aliases_read(a, path, true, err);
}
