/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/charset.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "deliver/expand.h"
#include "deliver/identity.h"
#include "deliver/local_domain.h"
#include "deliver/tls_setup.h"
#include "io/file.h"
#include "mail/addr.h"
#include "mail/aliases.h"
#include "net/hosts.h"

/* A name that is none is found out when it is looked up, too, but then nobody
 * knows the line any more. */
static void
check_host_name(const struct account *a, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(hosts) struct hosts hosts = HOSTS_INIT;

	if (!a->host || hosts_parse(&hosts, a->host, &err) == 0)
		return;
	(void)account_blame(a, OPT_HOST, &err);
	conf_add_problem(c, &err);
}

/* %C asks the DNS, and %F the mail. */
static bool
check_needs_more(const char *text)
{
	return strstr(text, "%C") || strstr(text, "%F");
}

static int
check_expand(const char *text, char **out, struct error *err)
{
	const struct expand with = { NULL, SYSCONFDIR "/mailname" };

	return expand_text(text, &with, out, err);
}

static void
check_from(const struct account *a, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *full = NULL;

	if (!a->from || check_needs_more(a->from))
		return;
	if (check_expand(a->from, &full, &err) == 0 &&
	    addr_validate(full, strlen(full), true, "from", &err) == 0)
		return;
	err.kind = ERR_CONFIG;
	(void)account_blame(a, OPT_FROM, &err);
	conf_add_problem(c, &err);
}

static void
check_domain(const struct account *a, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *full = NULL;
	auto_free char *name = NULL;

	if (!a->domain || check_needs_more(a->domain))
		return;
	if (check_expand(a->domain, &full, &err) == 0 &&
	    (!*full || identity_hello(full, -1, &name, &err) == 0))
		return;
	(void)account_blame(a, OPT_DOMAIN, &err);
	conf_add_problem(c, &err);
}

static void
check_qualify_domain(const struct account *a, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *full = NULL;

	if (!a->qualify_domain || check_needs_more(a->qualify_domain))
		return;
	if (check_expand(a->qualify_domain, &full, &err) == 0 &&
	    local_domain_check(full, &err) == 0)
		return;
	(void)account_blame(a, OPT_QUALIFY_DOMAIN, &err);
	conf_add_problem(c, &err);
}

static void
check_tls(const struct account *a, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (tls_setup_check(a, &err) < 0)
		conf_add_problem(c, &err);
}

/* Takes text. */
static void
check_file_problem(
    const struct account *a, enum opt_id id, char *text, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;

	(void)err_set_os(&err, ERR_CONFIG, errno, "%s", text);
	free(text);
	(void)account_blame(a, id, &err);
	conf_add_problem(c, &err);
}

static int
check_order(const void *x, const void *y)
{
	const struct alias *a = *(const struct alias *const *)x;
	const struct alias *b = *(const struct alias *const *)y;

	return (a->line > b->line) - (a->line < b->line);
}

/* Each of them, as if a mail went to it, in the order of the file. */
static void
check_targets(const struct aliases *aliases, struct conf *c)
{
	auto_free const struct alias **sorted =
	    xcalloc(aliases->count + 1, sizeof(struct alias *));

	for (size_t i = 0; i < aliases->count; i++)
		sorted[i] = &aliases->items[i];
	qsort(sorted, aliases->count, sizeof(struct alias *), check_order);
	for (size_t i = 0; i < aliases->count; i++) {
		AUTO(addr_list) struct addr_list meant = ADDR_LIST_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		const char *name = sorted[i]->name;

		if (aliases_expand(aliases, &name, 1, NULL, &meant, &err) < 0)
			conf_add_problem(c, &err);
	}
}

/* Whatever cannot be opened is the fault of the line that names it; what is
 * wrong inside has a place of its own. */
static void
check_aliases(const struct account *a, struct conf *c)
{
	AUTO(aliases) struct aliases aliases = ALIASES_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (!a->aliases)
		return;
	if (access(a->aliases, R_OK) < 0) {
		check_file_problem(a, OPT_ALIASES,
		    xasprintf(_("cannot open %s"), a->aliases), c);
		return;
	}
	if (aliases_load(&aliases, a->aliases, &err) < 0)
		conf_add_problem(c, &err);
	else
		check_targets(&aliases, c);
}

/* It need not be there yet. */
static bool
check_can_append(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *directory =
	    slash ? xmemdupz(path, (size_t)(slash - path) + 1) : xstrdup(".");

	if (access(path, F_OK) == 0)
		return access(path, W_OK) == 0;
	return errno == ENOENT && access(directory, W_OK | X_OK) == 0;
}

static void
check_logfile(const struct account *a, struct conf *c)
{
	if (a->logfile && strcmp(a->logfile, "-") != 0 &&
	    !check_can_append(a->logfile))
		check_file_problem(a, OPT_LOGFILE,
		    xasprintf(_("cannot write %s"), a->logfile), c);
}

static void
check_password_file(const struct account *a, struct conf *c)
{
	if (a->password_file && access(a->password_file, R_OK) < 0)
		check_file_problem(a, OPT_PASSWORD_FILE,
		    xasprintf(_("cannot open %s"), a->password_file), c);
}

static void
check_charset(const struct account *a, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf text = BUF_INIT(64);

	(void)buf_add_char(&text, 'x');
	if (!a->charset || charset_to_utf8(&text, a->charset))
		return;
	(void)err_set(&err, ERR_CONFIG,
	    _("the charset %s is not known to this system"), a->charset);
	(void)err_hint(&err, _("Say iconv -l for those that are."));
	(void)account_blame(a, OPT_CHARSET, &err);
	conf_add_problem(c, &err);
}

void
check_account(const struct account *a, struct conf *c)
{
	static void (*const rows[])(const struct account *a, struct conf *c) = {
		account_check_all,
		check_host_name,
		check_from,
		check_domain,
		check_qualify_domain,
		check_tls,
		check_password_file,
		check_aliases,
		check_charset,
		check_logfile,
		check_notes,
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rows[i](a, c);
}
