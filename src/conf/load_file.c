/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/load_file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "conf/parse.h"
#include "conf/value.h"
#include "io/child.h"
#include "io/file.h"

/* Octets in a configuration file. */
#define LOAD_FILE_MAX (1024 * 1024)
/* Reserved before reading: growing would leave copies of secrets behind. */
#define LOAD_RESERVE (64 * 1024)
/* Seconds that the command of an eval line has. */
#define LOAD_EVAL_TIMEOUT_S 60

/* The file whose lines are being read. */
struct load_source {
	const struct load_file *file;
	const char *path;
	const struct stat *st;
};

/* CR-14: what it says is run, or read, with our rights. */
static int
load_check_command(const char *path, const struct stat *st, struct error *err)
{
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s says what to run or to read and belongs to another "
		      "user"),
		    path);
		return err_hint(
		    err, _("Use a file of your own for passwordeval, eval and "
			   "values from elsewhere."));
	}
	if (S_ISREG(st->st_mode) && (st->st_mode & S_IWOTH)) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s says what to run or to read and everybody may write "
		      "to it"),
		    path);
		return err_hint(err, _("Say: chmod 600 %s"), path);
	}
	return 0;
}

/* What the command says first; whatever goes wrong is 74, as with msmtp. */
static int
load_eval(
    void *ctx, const char *command, struct secret *line, struct error *err)
{
	const struct load_source *from = ctx;
	AUTO(secret) struct secret said = SECRET_INIT;
	size_t len;

	if (load_check_command(from->path, from->st, err) < 0)
		return -1;
	if (child_output(
		command, deadline_in(LOAD_EVAL_TIMEOUT_S), &said, err) < 0) {
		err->kind = ERR_IO;
		return -1;
	}
	len = said.len ? strcspn(said.data, "\n") : 0;
	if (!len || (len < said.len && said.data[len] != '\n')) /* a NUL */
		return err_set(
		    err, ERR_IO, _("cannot read output of '%s'"), command);
	secret_set(line, said.data, len);
	return 0;
}

/* Before anything is read that it names. */
static int
load_fill(void *ctx, const char *text, bool is_secret, struct secret *out,
    struct error *err)
{
	const struct load_source *from = ctx;

	return load_check_command(from->path, from->st, err) < 0
		   ? -1
		   : value_fill(text, is_secret, out, err);
}

static int
load_check(const struct load_source *from, const struct parse_facts *facts,
    struct error *err)
{
	if (facts->has_command &&
	    load_check_command(from->path, from->st, err) < 0)
		return -1;
	/* CR-01: a user's password is his alone */
	if (facts->has_password && !from->file->is_system &&
	    file_check_secret(from->path, from->st, false, err) < 0)
		return -1;
	if (facts->has_password && from->file->is_system &&
	    (from->st->st_mode & S_IROTH))
		conf_warn(from->file->conf,
		    xasprintf(_("%s holds a password and everybody may read "
				"it"),
			from->path));
	return 0;
}

static int load_include(
    void *ctx, struct parse *p, const char *path, struct error *err);

/* Its lines go to the place where p is; path lives as long as the accounts. */
static int
load_part(const struct load_file *f, struct parse *p, const char *path,
    struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(LOAD_FILE_MAX);
	struct stat st = { 0 };
	struct load_source source = { f, path, &st };
	struct parse_facts facts = { .eval = load_eval,
		.include = load_include,
		.fill = load_fill,
		.ctx = &source };
	int result;

	(void)buf_reserve(&text, LOAD_RESERVE);
	result = file_read(path, &text, &st, err);
	if (result < 0 && err->kind == ERR_IO && err->os_errno != EIO)
		err->kind = ERR_CONFIG; /* a directory, or far too large */
	if (result == 0)
		result = parse_part(p, path, text.data, text.len, &facts, err);
	secret_wipe(text.data, text.len);
	return result < 0 ? -1 : load_check(&source, &facts, err);
}

/* --- more files than one -------------------------------------------------- */

/* Takes path, and keeps it for the origins of what is in the file. */
static const char *
load_keep(struct conf *c, char *path)
{
	c->included =
	    xreallocarray(c->included, c->included_count + 1, sizeof(char *));
	c->included[c->included_count++] = path;
	return path;
}

static int
load_is_part(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > strlen(".conf") &&
	       strcmp(d->d_name + len - strlen(".conf"), ".conf") == 0;
}

static int
load_by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Whoever can put a file there says where passwords go. */
static int
load_check_directory(const char *path, const struct stat *st, struct error *err)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(
		    err, ERR_CONFIG, _("%s belongs to another user"), path);
	if (!(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	(void)err_set(
	    err, ERR_CONFIG, _("others may write to the directory %s"), path);
	return err_hint(err, _("Say: chmod go-w %s"), path);
}

/* The files *.conf of a directory, by name.  How many, or -1; *count only
 * counts those that were read. */
static int
load_directory(const struct load_file *f, struct parse *p, const char *path,
    size_t *count, struct error *err)
{
	struct dirent **found = NULL;
	struct stat st;
	int result = 0;
	int n;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	if (load_check_directory(path, &st, err) < 0)
		return -1;
	n = scandir(path, &found, load_is_part, load_by_name);
	if (n < 0)
		return err_set_os(
		    err, ERR_CONFIG, errno, _("cannot read %s"), path);
	for (int i = 0; i < n; i++) {
		if (result == 0) {
			parse_begin_file(p);
			result = load_part(f, p,
			    load_keep(f->conf,
				xasprintf("%s/%s", path, found[i]->d_name)),
			    err);
		}
		if (result < 0 && parse_goes_on(p, err))
			result = 0;
		(*count)++;
		free(found[i]);
	}
	free(found);
	if (result < 0 && err->kind == ERR_NO_INPUT)
		err->kind = ERR_CONFIG;
	return result;
}

/* It must be there, and is judged as the file that names it. */
static int
load_include(void *ctx, struct parse *p, const char *path, struct error *err)
{
	const struct load_source *from = ctx;
	const char *full = load_keep(from->file->conf, file_expand_home(path));
	struct stat st;
	size_t count = 0;

	if (full[0] != '/')
		return err_set(err, ERR_CONFIG,
		    _("the name of an included file must begin with a slash"));
	if (stat(full, &st) == 0 && S_ISDIR(st.st_mode))
		return load_directory(from->file, p, full, &count, err);
	if (load_part(from->file, p, full, err) == 0)
		return 0;
	if (err->kind == ERR_NO_INPUT)
		err->kind = ERR_CONFIG;
	return -1;
}

bool
load_is_missing(const struct error *err)
{
	return err->kind == ERR_NO_INPUT &&
	       (err->os_errno == ENOENT || err->os_errno == ENOTDIR);
}

int
load_file(const struct load_file *f, const char *path, struct error *err)
{
	AUTO(error) struct error later = ERROR_INIT;
	struct parse *p = parse_new(f->conf, f->base);
	size_t count = 0;
	int result = load_part(f, p, path, err);

	if (f->directory && (result == 0 || load_is_missing(err)) &&
	    load_directory(f, p, f->directory, &count, &later) < 0) {
		err_move(err, &later);
		result = -1;
	} else if (result < 0 && load_is_missing(err) && count) {
		error_release(err);
		result = 0;
	}
	parse_free(p);
	return result;
}
