/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/personality.h"

#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

/* Octets of the program's name that are shown. */
#define PERSONALITY_NAME_MAX 64

/* Short names for the table's columns. */
#define NONE LETTER_ARG_NONE
#define NEEDED LETTER_ARG_NEEDED
#define GLUED LETTER_ARG_GLUED
#define LOOSE LETTER_ARG_LOOSE
#define UNKNOWN LETTER_UNKNOWN
#define REFUSED LETTER_REFUSED
#define IGNORED LETTER_IGNORED
#define UNHEEDED LETTER_UNHEEDED

/*
 * Called as sendmail nothing here runs a command, writes to a file that the
 * caller names, or weakens TLS: web programs pass on strings of strangers
 * (IN-20, IN-23).  So -C and -X, which msmtp honours under every name, are not
 * heeded.
 */
static const struct letter letters[] = {
	{ '4', NONE, LETTER_IPV4, LETTER_IPV4 },
	{ '6', NONE, LETTER_IPV6, LETTER_IPV6 },
	{ 'A', NEEDED, IGNORED, IGNORED },
	{ 'B', NEEDED, IGNORED, LETTER_BODY },
	{ 'C', NEEDED, LETTER_FILE, UNHEEDED },
	{ 'D', NEEDED, UNKNOWN, UNHEEDED },
	{ 'E', GLUED, UNKNOWN, IGNORED },
	{ 'F', NEEDED, LETTER_FULL_NAME, LETTER_FULL_NAME },
	{ 'G', NONE, IGNORED, LETTER_NO_FIXUPS },
	{ 'I', NONE, UNKNOWN, LETTER_NEW_ALIASES },
	{ 'J', GLUED, UNKNOWN, IGNORED },
	{ 'L', NEEDED, IGNORED, LETTER_TAG },
	{ 'M', GLUED, UNKNOWN, LETTER_MESSAGE },
	{ 'N', NEEDED, LETTER_NOTIFY, LETTER_NOTIFY },
	{ 'O', NEEDED, IGNORED, LETTER_LONG_OPTION },
	{ 'P', NONE, LETTER_PRINT, REFUSED },
	{ 'Q', GLUED, UNKNOWN, REFUSED },
	{ 'R', NEEDED, LETTER_RETURN, LETTER_RETURN },
	{ 'S', NONE, LETTER_SERVERINFO, REFUSED },
	{ 'T', NEEDED, UNKNOWN, IGNORED },
	{ 'U', NONE, UNKNOWN, LETTER_UTF8 },
	{ 'V', NEEDED, LETTER_ENVID, LETTER_ENVID },
	{ 'X', NEEDED, LETTER_LOGFILE, UNHEEDED },
	{ 'a', NEEDED, LETTER_ACCOUNT, LETTER_ACCOUNT },
	{ 'b', NEEDED, LETTER_MODE, LETTER_MODE },
	{ 'c', NONE, UNKNOWN, IGNORED },
	{ 'd', LOOSE, LETTER_DEBUG, LETTER_DEBUG },
	{ 'e', LOOSE, UNKNOWN, LETTER_ERRORS },
	{ 'f', NEEDED, LETTER_SENDER, LETTER_SENDER },
	{ 'h', NEEDED, IGNORED, LETTER_HOPS },
	{ 'i', NONE, LETTER_DOTS, LETTER_DOTS },
	{ 'm', NONE, IGNORED, IGNORED },
	{ 'n', NONE, IGNORED, LETTER_NO_ALIASES },
	{ 'o', NEEDED, LETTER_OPTION, LETTER_OPTION },
	{ 'p', NEEDED, UNKNOWN, IGNORED },
	{ 'q', GLUED, UNKNOWN, LETTER_QUEUE },
	{ 'r', NEEDED, UNKNOWN, LETTER_SENDER },
	{ 's', NONE, UNKNOWN, IGNORED },
	{ 't', NONE, LETTER_READ_RECIPIENTS, LETTER_READ_RECIPIENTS },
	{ 'v', NONE, LETTER_VERBOSE, LETTER_VERBOSE },
	{ 'x', NONE, UNKNOWN, IGNORED },
};
#define LETTER_COUNT (sizeof(letters) / sizeof(letters[0]))

static const struct calling_name personality_names[] = {
	{ "sendmail", PERSONALITY_SENDMAIL, IGNORED, NULL },
	{ "send-mail", PERSONALITY_SENDMAIL, IGNORED, NULL },
	{ "ssmtp", PERSONALITY_SENDMAIL, IGNORED, NULL },
	/* what UUCP brings ends where it ends */
	{ "rmail", PERSONALITY_SENDMAIL, LETTER_DOTS, NULL },
	{ "mailq", PERSONALITY_SENDMAIL, LETTER_MODE, "p" },
	{ "newaliases", PERSONALITY_SENDMAIL, LETTER_MODE, "i" },
	{ "runq", PERSONALITY_SENDMAIL, LETTER_QUEUE, "" },
	{ "hoststat", PERSONALITY_SENDMAIL, LETTER_MODE, "h" },
	{ "purgestat", PERSONALITY_SENDMAIL, LETTER_MODE, "H" },
	{ "rsmtp", PERSONALITY_SENDMAIL, LETTER_MODE, "S" },
	{ "smtpd", PERSONALITY_SENDMAIL, LETTER_MODE, "d" },
	{ "postriderd", PERSONALITY_SENDMAIL, LETTER_MODE, "d" },
};

char *
personality_name(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *base = slash ? slash + 1 : argv0;
	char *name;

	if (*base == '-')
		base++;
	name = xmemdupz(base, strnlen(base, PERSONALITY_NAME_MAX));
	for (char *p = name; *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			*p = '?';
	if (!*name)
		xreplace(&name, xstrdup(PACKAGE));
	return name;
}

/* "sendmail", also with a distribution's suffix: "sendmail.postrider". */
static bool
personality_is(const char *name, const char *word)
{
	size_t len = strlen(word);

	return strncmp(name, word, len) == 0 &&
	       (name[len] == '\0' || name[len] == '.');
}

const struct calling_name *
personality_find(const char *name)
{
	static const struct calling_name other = { PACKAGE, PERSONALITY_MSMTP,
		IGNORED, NULL };

	for (size_t i = 0;
	     i < sizeof(personality_names) / sizeof(personality_names[0]); i++)
		if (personality_is(name, personality_names[i].name))
			return &personality_names[i];
	return &other;
}

const struct letter *
personality_letter(
    enum personality personality, char letter, enum letter_act *act)
{
	for (size_t i = 0; i < LETTER_COUNT; i++)
		if (letters[i].letter == letter) {
			*act = personality == PERSONALITY_SENDMAIL
				   ? letters[i].as_sendmail
				   : letters[i].as_msmtp;
			return &letters[i];
		}
	*act = LETTER_UNKNOWN;
	return NULL;
}

void
personality_optstring(struct buf *out)
{
	for (size_t i = 0; i < LETTER_COUNT; i++) {
		(void)buf_add_char(out, letters[i].letter);
		if (letters[i].arg == LETTER_ARG_NEEDED)
			(void)buf_add_char(out, ':');
		else if (letters[i].arg != LETTER_ARG_NONE)
			(void)buf_add_str(out, "::");
	}
}
