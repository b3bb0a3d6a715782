/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/check.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/words.h"
#include "deliver/check.h"

/* Octets of all that is printed, and of one line. */
#define CHECK_MAX (1024 * 1024)
#define CHECK_LINE_MAX 4096

/* Each line of text behind head. */
static void
check_lines(struct buf *out, const char *head, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		(void)buf_add_str(out, head);
		text_escape(out, text, len, CHECK_LINE_MAX);
		(void)buf_add_char(out, '\n');
		text += len + (text[len] == '\n');
	}
}

static void
check_print(struct buf *out, const struct conf *c)
{
	for (size_t i = 0; i < c->problem_count; i++) {
		const struct error *err = &c->problems[i];

		check_lines(out, "", err->text);
		check_lines(out, "    ", err->detail);
		check_lines(out, "    ", err->hint);
	}
	for (size_t i = 0; i < c->warning_count; i++)
		check_lines(out, _("note: "), c->warnings[i]);
	(void)buf_printf(
	    out, P_("%zu account, ", "%zu accounts, ", c->count), c->count);
	if (c->problem_count)
		(void)buf_printf(out,
		    P_("%zu mistake\n", "%zu mistakes\n", c->problem_count),
		    c->problem_count);
	else
		(void)buf_add_str(out, _("no mistake\n"));
}

/* The account that the call is about, or all of them.  A name that there is
 * not is a mistake like any other. */
static void
check_accounts(const struct plan *plan, struct conf *c)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct account *a = NULL;

	if (plan->account_name || plan->overrides.is_own[OPT_HOST] ||
	    !c->count) {
		if (conf_choose(c, plan, NULL, NULL, &a, &err) < 0)
			conf_add_problem(c, &err);
		else
			check_account(a, c);
		account_free(a);
		return;
	}
	for (size_t i = 0; i < c->count; i++)
		check_account(c->accounts[i], c);
	if (c->passed_over)
		conf_warn(c, xstrdup(c->passed_over));
	if (!conf_find(c, "default"))
		conf_warn(
		    c, xstrdup(_("there is no account default: a mail whose "
				 "sender no from matches is not sent")));
}

int
cmd_check(const struct plan *plan)
{
	AUTO(conf) struct conf conf = { .keeps_going = true };
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf out = BUF_INIT(CHECK_MAX);

	/* it goes on behind any mistake; the rest is that of the system */
	if (conf_load(&conf, plan, &err) < 0)
		conf_add_problem(&conf, &err);
	check_accounts(plan, &conf);
	check_print(&out, &conf);
	if (words_print(&out, &err) < 0)
		return words_exit(plan->program, &err);
	return err_table[conf.problem_count ? ERR_CONFIG : ERR_NONE].exit_code;
}
