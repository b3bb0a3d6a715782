/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/names.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/words.h"
#include "deliver/prepare.h"
#include "mail/addr.h"
#include "mail/aliases.h"

/* Octets of a line. */
#define NAMES_LINE_MAX 2048

/* Tells an error, and keeps the first one's exit code. */
static void
names_fail(const struct plan *plan, struct error *err, int *code)
{
	words_error(plan->program, err);
	if (!*code)
		*code = err_exit_code(err);
	error_release(err);
}

/* --- newaliases ----------------------------------------------------------- */

/* Each name by itself: one that leads nowhere does not hide another. */
static void
names_check_file(const struct plan *plan, const char *path, bool is_callers,
    const char *domains, int *code)
{
	AUTO(aliases) struct aliases a = ALIASES_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int rc = is_callers ? aliases_load_own(&a, path, &err)
			    : aliases_load(&a, path, &err);

	if (rc < 0)
		names_fail(plan, &err, code);
	for (size_t i = 0; rc == 0 && i < a.count; i++) {
		AUTO(addr_list) struct addr_list meant = ADDR_LIST_INIT;
		const char *name = a.items[i].name;

		if (aliases_expand(&a, &name, 1, domains, &meant, &err) < 0)
			names_fail(plan, &err, code);
	}
}

static bool
names_is_known(const struct conf *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (c->accounts[k]->aliases &&
		    strcmp(c->accounts[k]->aliases, c->accounts[i]->aliases) ==
			0)
			return true;
	return false;
}

int
cmd_newaliases(const struct plan *plan)
{
	AUTO(conf) struct conf conf = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	int code = 0;

	if (plan->alias_file) {
		names_check_file(plan, plan->alias_file, true, NULL, &code);
		return code;
	}
	if (conf_load(&conf, plan, &err) < 0)
		names_fail(plan, &err, &code);
	for (size_t i = 0; i < conf.count; i++) {
		const struct account *a = conf.accounts[i];

		if (a->aliases && !names_is_known(&conf, i))
			names_check_file(
			    plan, a->aliases, false, a->local_domains, &code);
	}
	return code;
}

/* --- -bv ------------------------------------------------------------------ */

/* "text\n", safe to show. */
static void
names_line(const char *text)
{
	AUTO(buf) struct buf line = BUF_INIT(NAMES_LINE_MAX + 16);

	text_escape(&line, text, strlen(text), NAMES_LINE_MAX);
	(void)buf_add_char(&line, '\n');
	(void)fwrite(line.data, 1, line.len, stdout);
}

static void
names_show(const char *name, const struct job *j)
{
	const struct envelope *e = &j->envelope;
	const struct account *a = j->account;
	auto_free char *way =
	    xasprintf(_("    from <%s>, account %s, server %s"), e->from,
		a->name ? a->name : "-", a->host ? a->host : a->socket);

	for (size_t i = 0; i < e->count; i++) {
		auto_free char *text =
		    xasprintf("%s: <%s>", name, e->rcpts[i].addr);

		names_line(text);
	}
	names_line(way);
}

static int
names_verify(const struct plan *plan, const struct conf *conf, const char *name,
    struct error *err)
{
	AUTO(job) struct job j;

	job_init(&j);
	if (envelope_add(&j.envelope, name, N_("the command line"), err) < 0 ||
	    prepare_account(&j, plan, conf, err) < 0)
		return -1;
	names_show(name, &j);
	return 0;
}

static void
names_verify_list(const struct plan *plan, const struct conf *conf,
    const char *operand, int *code)
{
	AUTO(addr_list) struct addr_list names = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (addr_parse_list(&names, operand, strlen(operand),
		N_("the command line"), &err) < 0)
		names_fail(plan, &err, code);
	for (size_t i = 0; i < names.count; i++)
		if (names_verify(plan, conf, names.items[i], &err) < 0)
			names_fail(plan, &err, code);
}

int
cmd_verify(const struct plan *plan)
{
	AUTO(conf) struct conf conf = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	int code = 0;
	int rc = 0;

	if (!plan->operand_count) {
		rc = err_set(&err, ERR_USAGE, _("no recipients found"));
		(void)err_hint(&err,
		    _("Name the addresses to look at on the command line."));
	} else {
		rc = conf_load(&conf, plan, &err);
	}
	if (rc < 0)
		names_fail(plan, &err, &code);
	for (size_t i = 0; rc == 0 && i < plan->operand_count; i++)
		names_verify_list(plan, &conf, plan->operands[i], &code);
	if (fflush(stdout) != 0 && !code)
		code = err_table[ERR_IO].exit_code;
	return code;
}
