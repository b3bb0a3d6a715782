/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/conf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "conf/load_file.h"
#include "io/file.h"

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
	for (size_t i = 0; i < c->problem_count; i++)
		error_release(&c->problems[i]);
	free(c->problems);
	free(c->user_file);
	free(c->system_file);
	free(c->passed_over);
	*c = (struct conf){ 0 };
}

void
conf_inherit_secrets(const struct conf *c)
{
	for (size_t i = 0; i < c->count; i++)
		account_inherit_secrets(c->accounts[i]);
}

void
conf_add_problem(struct conf *c, struct error *err)
{
	for (size_t i = 0; i < c->problem_count; i++)
		if (strcmp(c->problems[i].text, err->text) == 0) {
			error_release(err);
			return;
		}
	c->problems = xreallocarray(
	    c->problems, c->problem_count + 1, sizeof(struct error));
	c->problems[c->problem_count] = (struct error)ERROR_INIT;
	err_move(&c->problems[c->problem_count++], err);
}

void
conf_warn(struct conf *c, char *text)
{
	c->warnings =
	    xreallocarray(c->warnings, c->warning_count + 1, sizeof(char *));
	c->warnings[c->warning_count++] = text;
}

/* Whether there is neither file nor directory: most often one of the places is
 * empty, and words for that would be made for nobody. */
static bool
load_is_nothing(const char *path, const char *directory)
{
	return access(path, F_OK) < 0 && errno == ENOENT &&
	       access(directory, F_OK) < 0 && errno == ENOENT;
}

/* Reads the user's file c->user_file; 1 when it was read, 0 when it is not
 * there. */
static int
load_user(struct conf *c, const struct conf *base, const char *directory,
    struct error *err)
{
	struct load_file f = { c, base, false, directory };

	if (load_file(&f, c->user_file, err) == 0)
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

/* Takes path. */
static int
load_user_file(
    struct conf *c, const struct conf *base, char *path, struct error *err)
{
	auto_free char *file = path;
	auto_free char *directory = xasprintf("%s.d", path);

	if (load_is_nothing(path, directory))
		return 0;
	xreplace(&c->user_file, auto_take(file));
	return load_user(c, base, directory, err);
}

static bool
load_is_foreign(const char *home)
{
	struct stat st;

	return geteuid() == 0 && stat(home, &st) == 0 && st.st_uid != 0;
}

/* ~/.msmtprc, else $XDG_CONFIG_HOME/msmtp/config. */
static int
load_home(struct conf *c, const struct conf *base, struct error *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	auto_free char *home = file_home();
	char *path;
	int result = 0;

	/* a borrowed identity must not be led by the borrower's files, and root
	 * not by those of another user whose HOME he was left with */
	if (geteuid() != getuid() || (home && load_is_foreign(home)))
		return 0;
	if (home)
		result = load_user_file(
		    c, base, xasprintf("%s/.msmtprc", home), err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	if (xdg && xdg[0] == '/')
		path = xasprintf("%s/msmtp/config", xdg);
	else if (home)
		path = xasprintf("%s/.config/msmtp/config", home);
	else
		return 0;
	return load_user_file(c, base, path, err) < 0 ? -1 : 0;
}

/* A file that was asked for must be there; 74 as with msmtp.  What lies beside
 * it was not asked for. */
static int
load_named(struct conf *c, const struct conf *base, const char *path,
    struct error *err)
{
	struct load_file f = { c, base, false, NULL };

	c->user_file = xstrdup(path);
	if (load_file(&f, c->user_file, err) == 0)
		return 0;
	if (err->kind == ERR_NO_INPUT)
		err->kind = ERR_IO;
	return -1;
}

/* Moves what is in `from` to the end of c; an account whose name is taken is
 * dropped. */
static void
load_append(struct conf *c, struct conf *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct account *a = auto_take(from->accounts[i]);

		if (conf_find(c, a->name)) {
			account_free(a);
			continue;
		}
		c->accounts = xreallocarray(
		    c->accounts, c->count + 1, sizeof(struct account *));
		c->accounts[c->count++] = a;
	}
	for (size_t i = 0; i < from->warning_count; i++)
		conf_warn(c, auto_take(from->warnings[i]));
	for (size_t i = 0; i < from->problem_count; i++)
		conf_add_problem(c, &from->problems[i]);
	for (size_t i = 0; i < from->included_count; i++) {
		c->included = xreallocarray(
		    c->included, c->included_count + 1, sizeof(char *));
		c->included[c->included_count++] = auto_take(from->included[i]);
	}
	c->system_file = auto_take(from->system_file);
}

/* 0 also when it is not there, or not for this user. */
static int
load_system(struct conf *c, const char *path, struct error *err)
{
	auto_free char *directory = xasprintf("%s.d", path);
	struct load_file f = { c, NULL, true, directory };

	if (load_is_nothing(path, directory))
		return 0;
	c->system_file = xstrdup(path);
	if (load_file(&f, c->system_file, err) == 0)
		return 0;
	if (err->kind != ERR_NO_INPUT)
		return -1;
	xreplace(&c->system_file, NULL);
	return 0;
}

/* Whether a step that gave result was good enough to go on. */
static bool
load_goes_on(struct conf *c, int result, struct error *err)
{
	if (result < 0 && c->keeps_going) {
		conf_add_problem(c, err);
		result = 0;
	}
	return result == 0;
}

/* A system's file that is not for this user is as if it were not there, unless
 * it is the only one. */
static int
load_without(struct conf *user, struct error *unreadable, struct error *err)
{
	if (!unreadable->kind || load_is_missing(unreadable))
		return 0;
	if (user->user_file) {
		xreplace(&user->passed_over, xstrdup(unreadable->text));
		return 0;
	}
	err_move(err, unreadable);
	err->kind = ERR_CONFIG;
	return -1;
}

int
conf_load_files(struct conf *c, const char *user_file, const char *system_file,
    struct error *err)
{
	AUTO(conf) struct conf user = { .keeps_going = c->keeps_going };
	AUTO(conf) struct conf system = { .keeps_going = c->keeps_going };
	AUTO(error) struct error unreadable = ERROR_INIT;
	int result = load_system(&system, system_file, &unreadable);

	if (result < 0)
		err_move(err, &unreadable);
	if (!load_goes_on(&system, result, err))
		return -1;
	result = user_file ? load_named(&user, &system, user_file, err)
			   : load_home(&user, &system, err);
	if (!load_goes_on(&user, result, err))
		return -1;
	result = load_without(&user, &unreadable, err);
	if (!load_goes_on(&user, result, err))
		return -1;
	load_append(&user, &system);
	if (conf_check(&user, err) < 0)
		return -1;
	*c = user;
	user = (struct conf){ 0 };
	return 0;
}

bool
conf_is_newer(const struct conf *c, time_t t)
{
	const char *const files[] = { c->user_file, c->system_file };
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] && stat(files[i], &st) == 0 && st.st_mtime > t)
			return true;
	for (size_t i = 0; i < c->included_count; i++)
		if (stat(c->included[i], &st) == 0 && st.st_mtime > t)
			return true;
	return false;
}

int
conf_load(struct conf *c, const struct plan *p, struct error *err)
{
	if (p->overrides.is_own[OPT_HOST])
		return 0;
	return conf_load_files(c, p->file, SYSCONFDIR "/msmtprc", err);
}
