/* SPDX-License-Identifier: ISC */
/*
 * ~/.netrc, then the system's: words between blanks or in quotes (with a
 * backslash before a quote or a backslash), "machine NAME login NAME password
 * WORD"; "macdef" until a blank line and "#" to the end of its line mean
 * nothing here.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cred/sources.h"
#include "io/file.h"

#define NETRC_MAX (1024 * 1024)

/* What is still to be read, and the word that was read last. */
struct netrc_text {
	const char *at;
	struct buf word; /* may be a password */
};

/* One entry as it is being read.  user: NULL where it names none. */
struct netrc_entry {
	bool is_host; /* it is for the machine we ask about */
	bool is_user;
	struct secret password;
};

static bool
netrc_is_space(char c)
{
	return c && strchr(" \t\r\n", c);
}

/* What follows cannot be told apart (PX-05). */
static bool
netrc_give_up(struct netrc_text *n)
{
	n->at += strlen(n->at);
	return false;
}

/* The next word, or false at the end, or where a quote is never closed. */
static bool
netrc_next(struct netrc_text *n)
{
	bool is_quoted;

	while (netrc_is_space(*n->at))
		n->at++;
	if (!*n->at)
		return false;
	if (n->word.data)
		secret_wipe(n->word.data, n->word.cap);
	buf_reset(&n->word);
	is_quoted = *n->at == '"';
	if (is_quoted)
		n->at++;
	while (*n->at && *n->at != '\n' &&
	       (is_quoted ? *n->at != '"' : !netrc_is_space(*n->at))) {
		if (is_quoted && *n->at == '\\' && n->at[1] &&
		    strchr("\"\\", n->at[1]))
			n->at++;
		(void)buf_add_char(&n->word, *n->at++);
	}
	if (n->word.is_full || (is_quoted && *n->at != '"'))
		return netrc_give_up(n);
	n->at += is_quoted;
	return true;
}

static bool
netrc_is(const struct netrc_text *n, const char *word)
{
	return strcmp(buf_str(&n->word), word) == 0;
}

static void
netrc_skip_line(struct netrc_text *n)
{
	while (*n->at && *n->at != '\n')
		n->at++;
}

/* Commands for ftp, up to a blank line. */
static void
netrc_skip_macro(struct netrc_text *n)
{
	const char *end = strstr(n->at, "\n\n");

	n->at = end ? end : n->at + strlen(n->at);
}

/* Whether the entry answers; it is then taken. */
static bool
netrc_take(struct netrc_entry *e, struct secret *out)
{
	bool is_answer = e->is_host && e->is_user && e->password.data;

	if (is_answer)
		secret_copy(out, &e->password);
	secret_release(&e->password);
	*e = (struct netrc_entry){ 0 };
	return is_answer;
}

/* A word of an entry with the value behind it; unknown words are passed over,
 * as every reader of this format does. */
static void
netrc_word(struct netrc_text *n, const struct account *a, struct netrc_entry *e)
{
	if (netrc_is(n, "machine")) {
		e->is_host =
		    netrc_next(n) && text_caseeq(buf_str(&n->word), a->host);
	} else if (netrc_is(n, "default")) {
		e->is_host = a->netrc == NETRC_DEFAULT;
	} else if (netrc_is(n, "login") || netrc_is(n, "user")) {
		e->is_user = netrc_next(n) && netrc_is(n, a->user);
	} else if (netrc_is(n, "password") || netrc_is(n, "passwd")) {
		if (netrc_next(n))
			secret_set(
			    &e->password, buf_str(&n->word), n->word.len);
	} else if (netrc_is(n, "account")) {
		(void)netrc_next(n);
	} else if (netrc_is(n, "macdef")) {
		netrc_skip_macro(n);
	} else if (buf_str(&n->word)[0] == '#') {
		netrc_skip_line(n);
	}
}

static bool
netrc_search(const char *text, const struct account *a, struct secret *out)
{
	struct netrc_text n = { text, BUF_INIT(CRED_SECRET_MAX) };
	struct netrc_entry e = { 0 };
	bool is_found = false;

	(void)buf_reserve(&n.word, n.word.max);
	while (!is_found && netrc_next(&n)) {
		if (netrc_is(&n, "machine") || netrc_is(&n, "default"))
			is_found = netrc_take(&e, out);
		if (!is_found)
			netrc_word(&n, a, &e);
	}
	is_found = is_found || netrc_take(&e, out);
	secret_release(&e.password);
	secret_wipe(n.word.data, n.word.cap);
	buf_release(&n.word);
	return is_found;
}

/* Others may not read the user's, and only root may have written the
 * system's, which a group may read. */
static int
netrc_check(
    const char *path, const struct stat *st, bool is_system, struct error *err)
{
	mode_t wrong = is_system ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
	uid_t owner = is_system ? 0 : geteuid();

	if (st->st_uid == owner && !(st->st_mode & wrong))
		return 0;
	if (st->st_uid != owner)
		return err_set(err, ERR_CONFIG,
		    _("%s holds a password and belongs to somebody else"),
		    path);
	(void)err_set(err, ERR_CONFIG,
	    _("%s holds a password and can be read by others"), path);
	return err_hint(
	    err, _("Run chmod %s %s."), is_system ? "640" : "600", path);
}

/* Whether a file that cannot be opened is none of this user's: it is not there,
 * as far as he can see, or it is the system's and for others. */
static bool
netrc_is_elsewhere(const char *path, bool is_system, int os)
{
	return os == ENOENT || os == ENOTDIR ||
	       (os == EACCES && (is_system || access(path, F_OK) < 0));
}

/* One file: as cred_source. */
static int
netrc_file(const struct account *a, const char *path, bool is_system,
    struct secret *out, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(NETRC_MAX);
	AUTO(secret) struct secret found = SECRET_INIT;
	struct stat st;
	int rc = file_read(path, &text, &st, err);

	if (rc == 0 && memchr(buf_str(&text), '\0', text.len))
		rc = err_set(
		    err, ERR_CREDENTIAL, _("%s holds a NUL character"), path);
	if (rc == 0)
		rc = netrc_search(buf_str(&text), a, &found);
	if (text.data)
		secret_wipe(text.data, text.cap);
	if (rc < 0 && netrc_is_elsewhere(path, is_system, err->os_errno)) {
		error_release(err);
		return 0;
	}
	if (rc < 0)
		err->kind = ERR_CREDENTIAL;
	if (rc <= 0)
		return rc;
	if (netrc_check(path, &st, is_system, err) < 0)
		return -1;
	secret_copy(out, &found);
	return 1;
}

int
netrc_find(const struct cred_request *r, struct secret *out, struct error *err)
{
	const struct account *a = r->account;
	auto_free char *home = NULL;
	auto_free char *path = NULL;
	int rc = 0;

	if (a->netrc == NETRC_OFF || !a->host || !a->user)
		return 0;
	home = file_home();
	if (home) {
		path = xasprintf("%s/.netrc", home);
		rc = netrc_file(a, path, false, out, err);
	}
	return rc ? rc : netrc_file(a, SYSCONFDIR "/netrc", true, out, err);
}
