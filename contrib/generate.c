/* SPDX-License-Identifier: ISC */
/*
 * Fills the option table into a template:
 *
 *	generate < template > result
 *
 * A line "@NAME@" of the template is replaced by what generate_markers[] makes
 * of it; "@sysconfdir@" may stand anywhere.  All else is copied.
 */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "conf/cmdline.h"
#include "smtp/session.h"

#define GENERATE_CHOICES_MAX 4096 /* octets */

enum arg {
	ARG_NONE,
	ARG_NEEDED,
	ARG_MAY, /* glued to the long option */
};

/* One long option, with what can stand behind it. */
struct entry {
	char *name;
	char letter; /* or 0 */
	enum arg arg;
	const char *help;
	char *choices; /* with blanks between them; "" for none */
	bool is_file, is_account;
	bool is_setting; /* of the file, too */
};

/* --- what can be written -------------------------------------------------- */

/* A word for itself rather than for what stands there. */
static bool
generate_is_literal(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)word[i]) &&
		    !isdigit((unsigned char)word[i]) && !strchr("_-", word[i]))
			return false;
	return len > 0 && word[0] != '-';
}

static void
generate_add(struct buf *out, const char *word, size_t len)
{
	if (out->len)
		(void)buf_add_char(out, ' ');
	(void)buf_add(out, word, len);
}

/* "on|off|METHOD": on, off. */
static void
generate_add_words(struct buf *out, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, "|,");

		if (generate_is_literal(words, len))
			generate_add(out, words, len);
		words += len;
		words += *words != '\0';
	}
}

static void
generate_add_names(struct buf *out, const char *(*nth)(size_t), bool is_lower)
{
	for (size_t i = 0; nth(i); i++) {
		auto_free char *name = xstrdup(nth(i));

		if (is_lower)
			text_lower(name);
		generate_add(out, name, strlen(name));
	}
}

static char *
generate_choices(const struct opt_row *row)
{
	struct buf out = BUF_INIT(GENERATE_CHOICES_MAX);

	generate_add_words(&out, row->words);
	if (row->type == OPT_TYPE_AUTH)
		generate_add_names(&out, opt_mechanism, true);
	if (row->type == OPT_TYPE_FACILITY)
		generate_add_names(&out, opt_facility, false);
	return buf_detach(&out);
}

static const char *
generate_extension(size_t i)
{
	enum smtp_ext bit;

	return smtp_ext_name(i, &bit);
}

/* --- the options ---------------------------------------------------------- */

static struct entry
generate_setting(enum opt_id id)
{
	const struct opt_row *row = &opt_table[id];

	return (struct entry){
		.name = opt_long_name(id),
		.letter = row->letter,
		.arg = row->arg == OPT_ARG_MAY ? ARG_MAY : ARG_NEEDED,
		.help = row->help,
		.choices = generate_choices(row),
		.is_file = row->type == OPT_TYPE_PATH,
		.is_setting = row->places & OPT_IN_FILE,
	};
}

static struct entry
generate_row(const struct cmdline_row *row)
{
	struct buf choices = BUF_INIT(GENERATE_CHOICES_MAX);

	if (row->act == LETTER_DRY_RUN)
		generate_add_names(&choices, generate_extension, false);
	else if (row->word && row->has_value)
		generate_add_words(&choices, row->word);
	return (struct entry){
		.name = xstrdup(row->name),
		.letter = row->letter,
		.arg = !row->has_value    ? ARG_NONE
		       : row->is_optional ? ARG_MAY
					  : ARG_NEEDED,
		.help = row->help,
		.choices = buf_detach(&choices),
		.is_file = row->act == LETTER_FILE,
		.is_account =
		    row->act == LETTER_ACCOUNT ||
		    (row->word && strstr(row->word, "ACCOUNT") != NULL),
	};
}

static void
generate_each(void (*emit)(const struct entry *e))
{
	for (size_t i = 0; i < cmdline_row_count; i++) {
		struct entry e = generate_row(&cmdline_rows[i]);

		if (e.help)
			emit(&e);
		free(e.name);
		free(e.choices);
	}
	for (int id = 0; id < OPT_COUNT; id++) {
		struct entry e;

		if (!(opt_table[id].places & OPT_ON_LINE))
			continue;
		e = generate_setting((enum opt_id)id);
		emit(&e);
		free(e.name);
		free(e.choices);
	}
}

/* --- bash ----------------------------------------------------------------- */

static void
bash_option(const struct entry *e)
{
	if (e->letter)
		printf("\t-%c\n", e->letter);
	printf("\t--%s%s\n", e->name, e->arg == ARG_NONE ? "" : "=");
}

/* "-a | --account": a pattern of case. */
static void
bash_pattern(const struct entry *e)
{
	if (e->letter && e->arg == ARG_NEEDED)
		printf("\t-%c | ", e->letter);
	else
		printf("\t");
	printf("--%s", e->name);
}

static void
bash_needed(const struct entry *e)
{
	if (e->arg != ARG_NEEDED)
		return;
	bash_pattern(e);
	printf(") return 0 ;;\n");
}

static void
bash_value(const struct entry *e)
{
	if (!*e->choices && !e->is_file && !e->is_account)
		return;
	bash_pattern(e);
	printf(") words='%s' kind=%s ;;\n", e->choices,
	    e->is_file      ? "file"
	    : e->is_account ? "account"
			    : "");
}

/* --- zsh ------------------------------------------------------------------ */

/* In single quotes, inside a specification of _arguments. */
static void
zsh_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void
zsh_value(const struct entry *e)
{
	if (e->arg == ARG_NONE)
		return;
	printf("%s:value:", e->arg == ARG_MAY ? ":" : "");
	if (e->is_account)
		printf("_postrider_accounts");
	else if (e->is_file)
		printf("_files");
	else if (*e->choices)
		printf("(%s)", e->choices);
	else
		putchar(' ');
}

static void
zsh_one(const struct entry *e, const char *option)
{
	printf("\t'");
	if (e->letter)
		printf("(-%c --%s)", e->letter, e->name);
	printf("%s[", option);
	zsh_text(e->help);
	printf("]");
	zsh_value(e);
	printf("'\n");
}

static void
zsh_option(const struct entry *e)
{
	static const char *const tails[] = {
		[ARG_NONE] = "",
		[ARG_NEEDED] = "=",
		[ARG_MAY] = "=-",
	};
	auto_free char *name = xasprintf("--%s%s", e->name, tails[e->arg]);
	char letter[] = { '-', e->letter, e->arg == ARG_NEEDED ? '+' : '\0',
		'\0' };

	if (e->letter)
		zsh_one(e, letter);
	zsh_one(e, name);
}

/* --- fish ----------------------------------------------------------------- */

static void
fish_text(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf("%s%c", strchr("'\\", *text) ? "\\" : "", *text);
	putchar('\'');
}

static void
fish_option(const struct entry *e)
{
	printf("complete -c postrider");
	if (e->letter)
		printf(" -s %c", e->letter);
	printf(" -l %s", e->name);
	if (e->arg == ARG_NEEDED)
		printf(e->is_file ? " -r -F" : " -x");
	if (e->is_account)
		printf(" -a '(__postrider_accounts)'");
	else if (*e->choices)
		printf(" -a '%s'", e->choices);
	printf(" -d ");
	fish_text(e->help);
	putchar('\n');
}

/* --- vim ------------------------------------------------------------------ */

static const char *
vim_setting(size_t i)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if ((opt_table[id].places & OPT_IN_FILE) && !i--)
			return opt_table[id].name;
	return NULL;
}

static const char *
vim_older(size_t i)
{
	return opt_legacy(i) ? opt_legacy(i)->name : NULL;
}

/* Alternatives of a pattern: a continued line for each word. */
static void
vim_words(const char *(*nth)(size_t))
{
	for (size_t i = 0; nth(i); i++)
		printf("      \\%s%s\n", i ? "\\|" : "", nth(i));
}

/* Some stand there several times, which does no harm. */
static void
vim_value(const struct entry *e)
{
	if (*e->choices && e->is_setting)
		printf("      \\ %s\n", e->choices);
}

/* --- the template --------------------------------------------------------- */

static const struct generate_marker {
	const char *line;
	void (*each)(const struct entry *e);
	const char *(*words)(size_t);
} generate_markers[] = {
	{ "@bash-options@", bash_option, NULL },
	{ "@bash-needed@", bash_needed, NULL },
	{ "@bash-values@", bash_value, NULL },
	{ "@zsh-options@", zsh_option, NULL },
	{ "@fish-options@", fish_option, NULL },
	{ "@vim-structure@", NULL, opt_structure },
	{ "@vim-settings@", NULL, vim_setting },
	{ "@vim-older@", NULL, vim_older },
	{ "@vim-values@", vim_value, NULL },
};

static void
generate_line(const char *line)
{
	static const char sysconfdir[] = "@sysconfdir@";
	const char *at = strstr(line, sysconfdir);

	for (size_t i = 0;
	     i < sizeof(generate_markers) / sizeof(generate_markers[0]); i++) {
		const struct generate_marker *m = &generate_markers[i];

		if (strcmp(line, m->line) != 0)
			continue;
		if (m->each)
			generate_each(m->each);
		else
			vim_words(m->words);
		return;
	}
	if (at)
		printf("%.*s%s%s\n", (int)(at - line), line, SYSCONFDIR,
		    at + strlen(sysconfdir));
	else
		puts(line);
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		generate_line(line);
	}
	free(line);
	return ferror(stdin) || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
