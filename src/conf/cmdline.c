/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/cmdline.h"

#include <getopt.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/abbrev.h"
#include "conf/longs.h"

/* What getopt_long() returns: letters and the values of longs.h, and this. */
#define VAL_OPERAND 1

struct cmdline {
	struct plan *plan;
	int argc;
	char **words; /* the list is ours, the words are the caller's */
	char **argv;  /* what getopt_long() sees: words, or from later on */
	int word;     /* index in argv of the one that is read */
	struct longs longs;
	char **written; /* words that were written out; owned */
	size_t written_count;
};

static void
cmdline_init(struct cmdline *c, struct plan *p, int argc, char *const *argv)
{
	*c = (struct cmdline){ .plan = p, .argc = argc };
	c->words = xcalloc((size_t)argc + 1, sizeof(char *));
	memcpy(c->words, argv, (size_t)argc * sizeof(char *));
	c->argv = c->words;
	longs_init(&c->longs);
}

static void
cmdline_release(struct cmdline *c)
{
	free(c->words);
	for (size_t i = 0; i < c->written_count; i++)
		free(c->written[i]);
	free(c->written);
	longs_release(&c->longs);
}
AUTO_DEFINE(cmdline);

/* getopt_long() begins anew behind the word that is read. */
static void
cmdline_skip_word(struct cmdline *c)
{
	c->argv += c->word;
	c->argc -= c->word;
	optind = 0;
}

/* sendmail's callers have options of all its versions: one that nobody knows
 * here does not stop a mail.  Nothing of its word is taken for more letters. */
static int
cmdline_unknown_letter(
    struct cmdline *c, unsigned char letter, struct error *err)
{
	if (c->plan->personality == PERSONALITY_SENDMAIL && letter != ':') {
		char text[2] = { (char)letter, '\0' };
		auto_free char *shown = text_escaped(text);

		plan_warn(c->plan, _("option -%s is not known"), shown);
		if (optind == c->word && c->word < c->argc)
			cmdline_skip_word(c);
		return 0;
	}
	(void)err_set(err, ERR_USAGE,
	    letter > ' ' && letter < 0x7f ? _("unknown option -%c")
					  : _("unknown option -\\x%02x"),
	    letter);
	return err_hint(err, _("Say %s --help for the options."), PACKAGE);
}

/* sSMTP's -auNAME, -apPASSWORD, -amMETHOD; an account may be named with a
 * blank between. */
static int
cmdline_check_account(
    const struct cmdline *c, const char *value, struct error *err)
{
	bool is_glued = value != c->argv[optind - 1];

	if (c->plan->personality != PERSONALITY_SENDMAIL ||
	    !strchr("upm", *value) || (!is_glued && value[1]))
		return 0;
	(void)err_set(
	    err, ERR_USAGE, _("option -a%c is not supported"), *value);
	return err_hint(err,
	    _("Everybody could read it there; use the configuration file."));
}

static int
cmdline_letter(
    struct cmdline *c, char letter, const char *value, struct error *err)
{
	struct plan *p = c->plan;
	enum letter_act act;
	const struct letter *row =
	    personality_letter(p->personality, letter, &act);

	if (!row || act == LETTER_UNKNOWN)
		return cmdline_unknown_letter(c, (unsigned char)letter, err);
	if (act == LETTER_REFUSED) {
		(void)err_set(
		    err, ERR_USAGE, _("option -%c is not supported"), letter);
		return err_hint(
		    err, _("Say %s --help for the options."), PACKAGE);
	}
	if (act == LETTER_UNHEEDED)
		plan_warn(p, _("option -%c was not heeded"), letter);
	if (act == LETTER_ACCOUNT && cmdline_check_account(c, value, err) < 0)
		return -1;
	if (act == LETTER_OPTION && sendmail_takes_word(value) &&
	    optind < c->argc)
		optind++;
	if (row->arg == LETTER_ARG_LOOSE && !value &&
	    p->personality == PERSONALITY_SENDMAIL && optind < c->argc &&
	    c->argv[optind][0] != '-')
		value = c->argv[optind++];
	return plan_act(p, act, value, err);
}

static int
cmdline_row(struct plan *p, size_t i, const char *value, struct error *err)
{
	/* msmtp's -C names a file: not when called as sendmail */
	if (p->personality == PERSONALITY_SENDMAIL &&
	    cmdline_rows[i].act == LETTER_FILE) {
		plan_warn(
		    p, _("option --%s was not heeded"), cmdline_rows[i].name);
		return 0;
	}
	return plan_act(p, cmdline_rows[i].act, value, err);
}

static int
cmdline_bad(struct cmdline *c, int val, struct error *err)
{
	if (val == ':' && optopt >= VAL_OPT)
		return err_set(err, ERR_USAGE, _("option --%s needs a value"),
		    longs_name(&c->longs, optopt));
	if (val == ':')
		return err_set(
		    err, ERR_USAGE, _("option -%c needs a value"), optopt);
	if (optopt >= VAL_OPT)
		return err_set(err, ERR_USAGE, _("option --%s takes no value"),
		    longs_name(&c->longs, optopt));
	if (optopt != 0)
		return cmdline_unknown_letter(c, (unsigned char)optopt, err);
	return longs_unknown(&c->longs, c->argv[optind - 1], err);
}

static int
cmdline_legacy(struct plan *p, const struct opt_legacy *l, const char *value,
    struct error *err)
{
	if (opt_legacy_value(l, value, &value, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	return l->id == OPT_COUNT ? 0 : plan_set(p, l->id, value, err);
}

static int
cmdline_one(struct cmdline *c, int val, struct error *err)
{
	if (val == ':' || val == '?')
		return cmdline_bad(c, val, err);
	if (val == VAL_OPERAND)
		plan_add_operand(c->plan, optarg);
	else if (val >= VAL_LEGACY)
		return cmdline_legacy(c->plan,
		    opt_legacy((size_t)(val - VAL_LEGACY)), optarg, err);
	else if (val >= VAL_ROW)
		return cmdline_row(
		    c->plan, (size_t)(val - VAL_ROW), optarg, err);
	else if (val >= VAL_OPT)
		return plan_set(
		    c->plan, (enum opt_id)(val - VAL_OPT), optarg, err);
	else
		return cmdline_letter(c, (char)val, optarg, err);
	return 0;
}

/* Writes the next word out where it is an abbreviation of msmtp's that other
 * options here have made ambiguous. */
static void
cmdline_write_out(struct cmdline *c)
{
	const char *word = c->argv[c->word];
	const char *name;
	size_t len;

	if (!word || strncmp(word, "--", 2) != 0)
		return;
	word += 2;
	len = strcspn(word, "=");
	if (longs_candidates(&c->longs, word, len, NULL) < 2)
		return;
	name = abbrev_find(word, len);
	if (!name)
		return;
	c->written =
	    xreallocarray(c->written, c->written_count + 1, sizeof(char *));
	c->argv[c->word] = c->written[c->written_count++] =
	    xasprintf("--%s%s", name, word + len);
}

/* IN-20: behind the first recipient sendmail knows no options, and who writes
 * one there does not mean somebody of that name. */
static int
cmdline_late_option(const char *word, struct error *err)
{
	auto_free char *shown = text_escaped(word);

	(void)err_set(err, ERR_USAGE,
	    _("%s stands behind a recipient and is not read as an option"),
	    shown);
	return err_hint(err,
	    _("Put options first, and -- before an address that begins with a "
	      "hyphen."));
}

/* What getopt_long() left. */
static int
cmdline_rest(struct cmdline *c, bool stops, struct error *err)
{
	bool is_divided = optind > c->word; /* it has passed a "--" */

	for (; optind < c->argc; optind++) {
		const char *word = c->argv[optind];

		if (stops && !is_divided && strcmp(word, "--") == 0)
			is_divided = true;
		else if (stops && !is_divided && *word == '-')
			return cmdline_late_option(word, err);
		else
			plan_add_operand(c->plan, word);
	}
	return 0;
}

static int
cmdline_words(struct cmdline *c, struct error *err)
{
	bool stops = c->plan->personality == PERSONALITY_SENDMAIL;
	AUTO(buf) struct buf letters = BUF_INIT(256);
	int val;

	/* "-": operands come one by one, in their place; "+": the first one
	 * ends the options */
	(void)buf_add_str(&letters, stops ? "+:" : "-:");
	personality_optstring(&letters);
	optind = 0; /* begin anew */
	opterr = 0;
	for (;;) {
		c->word = optind ? optind : 1;
		cmdline_write_out(c);
		val = getopt_long(
		    c->argc, c->argv, buf_str(&letters), c->longs.rows, NULL);
		if (val == -1)
			break;
		if (cmdline_one(c, val, err) < 0)
			return -1;
	}
	return cmdline_rest(c, stops, err);
}

static int
cmdline_check(const struct plan *p, struct error *err)
{
	if (p->overrides.is_own[OPT_HOST] && p->account_name)
		return err_set(err, ERR_USAGE, _("cannot use both %s and %s"),
		    "--host", "--account");
	if (p->operand_count &&
	    (p->mode == MODE_SERVERINFO || p->mode == MODE_RMQS ||
		p->mode == MODE_CONFIGURE))
		return err_set(err, ERR_USAGE, _("too many arguments"));
	if (p->has_sender && p->read_envelope_from)
		return err_set(err, ERR_USAGE, _("cannot use both %s and %s"),
		    "--from", "--read-envelope-from");
	return 0;
}

int
cmdline_parse(struct plan *p, int argc, char *const *argv, struct error *err)
{
	AUTO(cmdline) struct cmdline c = { 0 };
	const struct calling_name *name;

	if (argc < 1 || !argv[0])
		return err_set(
		    err, ERR_USAGE, _("the program was called without a name"));
	p->program = personality_name(argv[0]);
	name = personality_find(p->program);
	p->personality = name->personality;
	if (plan_act(p, name->act, name->value, err) < 0)
		return -1;
	cmdline_init(&c, p, argc, argv);
	return cmdline_words(&c, err) < 0 ? -1 : cmdline_check(p, err);
}
