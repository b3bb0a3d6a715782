/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/conf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "conf/parse.h"
#include "io/child.h"
#include "io/file.h"

/* Octets in a configuration file. */
#define LOAD_FILE_MAX (1024 * 1024)
/* Reserved before reading: growing would leave copies of secrets behind. */
#define LOAD_RESERVE (64 * 1024)
/* Seconds that the command of an eval line has. */
#define LOAD_EVAL_TIMEOUT_S 60

void
conf_release(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		account_free(c->accounts[i]);
	free(c->accounts);
	for (size_t i = 0; i < c->warning_count; i++)
		free(c->warnings[i]);
	free(c->warnings);
	for (size_t i = 0; i < c->included_count; i++)
		free(c->included[i]);
	free(c->included);
	free(c->user_file);
	free(c->system_file);
	*c = (struct conf){ 0 };
}

/* Takes text. */
static void
load_warn(struct conf *c, char *text)
{
	c->warnings =
	    xreallocarray(c->warnings, c->warning_count + 1, sizeof(char *));
	c->warnings[c->warning_count++] = text;
}

/* CR-14: what it says is run with our rights. */
static int
load_check_command(const char *path, const struct stat *st, struct error *err)
{
	if (st->st_uid != geteuid() && st->st_uid != 0) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s names a command to run and belongs to another user"),
		    path);
		return err_hint(
		    err, _("Use a file of your own for passwordeval and "
			   "eval."));
	}
	if (S_ISREG(st->st_mode) && (st->st_mode & S_IWOTH)) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s names a command to run and everybody may write to "
		      "it"),
		    path);
		return err_hint(err, _("Say: chmod 600 %s"), path);
	}
	return 0;
}

/* The file whose lines are being read. */
struct load_source {
	struct conf *conf;
	const char *path;
	bool is_system;
	const struct stat *st;
};

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

/* CR-01: a user's password is his alone.  st is that of the descriptor which
 * was read. */
static int
load_check_secret(const char *path, const struct stat *st, struct error *err)
{
	if (!S_ISREG(st->st_mode)) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s holds a password and is not a regular file"), path);
		return err_hint(
		    err, _("Write the password into a file of your own, or use "
			   "passwordeval."));
	}
	if (geteuid() != 0 && st->st_uid != geteuid() && st->st_uid != 0) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s holds a password and belongs to another user"), path);
		return err_hint(
		    err, _("Use a file of your own for the password."));
	}
	if (st->st_mode & (S_IXUSR | S_IRWXG | S_IRWXO)) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s holds a password and is not for its owner alone"),
		    path);
		(void)err_detail(err, "%s: mode %04o", path,
		    (unsigned)(st->st_mode & 07777));
		return err_hint(err, _("Say: chmod 600 %s"), path);
	}
	return 0;
}

static int
load_check(struct conf *c, const char *path, bool is_system,
    const struct parse_facts *facts, const struct stat *st, struct error *err)
{
	if (facts->has_passwordeval && load_check_command(path, st, err) < 0)
		return -1;
	if (facts->has_password && !is_system &&
	    load_check_secret(path, st, err) < 0)
		return -1;
	if (facts->has_password && is_system && (st->st_mode & S_IROTH))
		load_warn(
		    c, xasprintf(_("%s holds a password and everybody may read "
				   "it"),
			   path));
	return 0;
}

static int load_include(
    void *ctx, struct parse *p, const char *path, struct error *err);

/* Reads one file into c, into the place where p is unless that is NULL; path is
 * borrowed for as long as c. */
static int
load_part(struct conf *c, struct parse *p, const char *path, bool is_system,
    struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(LOAD_FILE_MAX);
	struct stat st = { 0 };
	struct load_source source = { c, path, is_system, &st };
	struct parse_facts facts = { .eval = load_eval,
		.eval_ctx = &source,
		.include = load_include,
		.include_ctx = &source };
	int result;

	(void)buf_reserve(&text, LOAD_RESERVE);
	result = file_read(path, &text, &st, err);
	if (result < 0 && err->kind == ERR_IO && err->os_errno != EIO)
		err->kind = ERR_CONFIG; /* a directory, or far too large */
	if (result == 0)
		result =
		    p ? parse_part(p, path, text.data, text.len, &facts, err)
		      : parse_config(c, path, text.data, text.len, &facts, err);
	secret_wipe(text.data, text.len);
	return result < 0 ? -1
			  : load_check(c, path, is_system, &facts, &st, err);
}

/* It must be there, and is judged as the file that names it. */
static int
load_include(void *ctx, struct parse *p, const char *path, struct error *err)
{
	const struct load_source *from = ctx;
	struct conf *c = from->conf;
	char *full = file_expand_home(path);

	c->included =
	    xreallocarray(c->included, c->included_count + 1, sizeof(char *));
	c->included[c->included_count++] = full;
	if (full[0] != '/')
		return err_set(err, ERR_CONFIG,
		    _("the name of an included file must begin with a slash"));
	if (load_part(c, p, full, from->is_system, err) == 0)
		return 0;
	if (err->kind == ERR_NO_INPUT)
		err->kind = ERR_CONFIG;
	return -1;
}

static int
load_file(struct conf *c, const char *path, bool is_system, struct error *err)
{
	return load_part(c, NULL, path, is_system, err);
}

static bool
load_is_missing(const struct error *err)
{
	return err->kind == ERR_NO_INPUT &&
	       (err->os_errno == ENOENT || err->os_errno == ENOTDIR);
}

/* 1 when it was read, 0 when it is not there. */
static int
load_user_file(struct conf *c, const char *path, struct error *err)
{
	c->user_file = xstrdup(path);
	if (load_file(c, c->user_file, false, err) == 0)
		return 1;
	if (load_is_missing(err)) {
		xreplace(&c->user_file, NULL);
		error_release(err);
		return 0;
	}
	if (err->kind == ERR_NO_INPUT)
		err->kind = ERR_CONFIG;
	return -1;
}

/* ~/.msmtprc, else $XDG_CONFIG_HOME/msmtp/config. */
static int
load_home(struct conf *c, struct error *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	auto_free char *home = file_home();
	auto_free char *path = NULL;
	int result = 0;

	/* a borrowed identity must not be led by the borrower's files */
	if (geteuid() != getuid())
		return 0;
	if (home) {
		path = xasprintf("%s/.msmtprc", home);
		result = load_user_file(c, path, err);
	}
	if (result != 0)
		return result < 0 ? -1 : 0;
	if (xdg && xdg[0] == '/')
		xreplace(&path, xasprintf("%s/msmtp/config", xdg));
	else if (home)
		xreplace(&path, xasprintf("%s/.config/msmtp/config", home));
	else
		return 0;
	return load_user_file(c, path, err) < 0 ? -1 : 0;
}

/* A file that was asked for must be there; 74 as with msmtp. */
static int
load_named(struct conf *c, const char *path, struct error *err)
{
	c->user_file = xstrdup(path);
	if (load_file(c, c->user_file, false, err) == 0)
		return 0;
	if (err->kind == ERR_NO_INPUT)
		err->kind = ERR_IO;
	return -1;
}

static bool
load_has_account(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->accounts[i]->name, name) == 0)
			return true;
	return false;
}

/* Moves the accounts and warnings of `from` to the end of c; an account whose
 * name is taken is dropped. */
static void
load_append(struct conf *c, struct conf *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct account *a = auto_take(from->accounts[i]);

		if (load_has_account(c, a->name)) {
			account_free(a);
			continue;
		}
		c->accounts = xreallocarray(
		    c->accounts, c->count + 1, sizeof(struct account *));
		c->accounts[c->count++] = a;
	}
	for (size_t i = 0; i < from->warning_count; i++)
		load_warn(c, auto_take(from->warnings[i]));
	for (size_t i = 0; i < from->included_count; i++) {
		c->included = xreallocarray(
		    c->included, c->included_count + 1, sizeof(char *));
		c->included[c->included_count++] = auto_take(from->included[i]);
	}
	c->system_file = auto_take(from->system_file);
}

static int
load_system(struct conf *c, const char *path, struct error *err)
{
	AUTO(conf) struct conf fresh = { 0 };

	fresh.system_file = xstrdup(path);
	if (load_file(&fresh, fresh.system_file, true, err) == 0) {
		load_append(c, &fresh);
		return 0;
	}
	/* One that is not for this user is as if it were not there, unless
	 * it is the only one. */
	if (load_is_missing(err) ||
	    (err->kind == ERR_NO_INPUT && c->user_file)) {
		error_release(err);
		return 0;
	}
	if (err->kind == ERR_NO_INPUT)
		err->kind = ERR_CONFIG;
	return -1;
}

int
conf_load_files(struct conf *c, const char *user_file, const char *system_file,
    struct error *err)
{
	AUTO(conf) struct conf fresh = { 0 };
	int result = user_file ? load_named(&fresh, user_file, err)
			       : load_home(&fresh, err);

	if (result < 0 || load_system(&fresh, system_file, err) < 0 ||
	    conf_check(&fresh, err) < 0)
		return -1;
	*c = fresh;
	fresh = (struct conf){ 0 };
	return 0;
}

int
conf_load(struct conf *c, const struct plan *p, struct error *err)
{
	if (p->overrides.is_own[OPT_HOST]) {
		*c = (struct conf){ 0 };
		return 0;
	}
	return conf_load_files(c, p->file, SYSCONFDIR "/msmtprc", err);
}
