/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/personality.h"

#include <string.h>

#include "base/i18n.h"
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

/*
 * Called as sendmail nothing here runs a command, opens a file that the caller
 * names, or weakens TLS: web programs pass on strings of strangers (IN-20,
 * IN-23).  So -C and -X, which msmtp honours under every name, are ignored.
 */
static const struct letter letters[] = {
	{ '4', NONE, LETTER_IPV4, LETTER_IPV4 },
	{ '6', NONE, LETTER_IPV6, LETTER_IPV6 },
	{ 'A', NEEDED, IGNORED, IGNORED },
	{ 'B', NEEDED, IGNORED, IGNORED },
	{ 'C', NEEDED, LETTER_FILE, IGNORED },
	{ 'D', NEEDED, UNKNOWN, IGNORED },
	{ 'E', GLUED, UNKNOWN, IGNORED },
	{ 'F', NEEDED, LETTER_FULL_NAME, LETTER_FULL_NAME },
	{ 'G', NONE, IGNORED, IGNORED },
	{ 'I', NONE, UNKNOWN, REFUSED },
	{ 'J', GLUED, UNKNOWN, IGNORED },
	{ 'L', NEEDED, IGNORED, IGNORED },
	{ 'M', GLUED, UNKNOWN, REFUSED },
	{ 'N', NEEDED, LETTER_NOTIFY, LETTER_NOTIFY },
	{ 'O', NEEDED, IGNORED, IGNORED },
	{ 'P', NONE, LETTER_PRINT, UNKNOWN },
	{ 'Q', GLUED, UNKNOWN, REFUSED },
	{ 'R', NEEDED, LETTER_RETURN, LETTER_RETURN },
	{ 'S', NONE, REFUSED, UNKNOWN },
	{ 'T', NEEDED, UNKNOWN, IGNORED },
	{ 'U', NONE, UNKNOWN, IGNORED },
	{ 'V', NEEDED, LETTER_ENVID, LETTER_ENVID },
	{ 'X', NEEDED, LETTER_LOGFILE, IGNORED },
	{ 'a', NEEDED, LETTER_ACCOUNT, LETTER_ACCOUNT },
	{ 'b', NEEDED, LETTER_MODE, LETTER_MODE },
	{ 'c', NONE, UNKNOWN, IGNORED },
	{ 'd', LOOSE, LETTER_DEBUG, IGNORED },
	{ 'e', LOOSE, UNKNOWN, IGNORED },
	{ 'f', NEEDED, LETTER_SENDER, LETTER_SENDER },
	{ 'h', NEEDED, IGNORED, IGNORED },
	{ 'i', NONE, IGNORED, IGNORED },
	{ 'm', NONE, IGNORED, IGNORED },
	{ 'n', NONE, IGNORED, IGNORED },
	{ 'o', NEEDED, IGNORED, IGNORED },
	{ 'p', NEEDED, UNKNOWN, IGNORED },
	{ 'q', GLUED, UNKNOWN, REFUSED },
	{ 'r', NEEDED, UNKNOWN, LETTER_SENDER },
	{ 's', NONE, UNKNOWN, IGNORED },
	{ 't', NONE, LETTER_READ_RECIPIENTS, LETTER_READ_RECIPIENTS },
	{ 'v', NONE, LETTER_VERBOSE, LETTER_VERBOSE },
	{ 'x', NONE, UNKNOWN, IGNORED },
};
#define LETTER_COUNT (sizeof(letters) / sizeof(letters[0]))

/* Names by which a system calls for more than taking one mail in. */
static const char *const personality_refused[] = { "mailq", "newaliases",
	"runq", "rsmtp", "rmail", "smtpd", "hoststat", "purgestat",
	"postriderd" };

static const char *const personality_sendmail[] = { "sendmail", "send-mail",
	"ssmtp" };

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

int
personality_find(const char *name, enum personality *out, struct error *err)
{
	for (size_t i = 0;
	     i < sizeof(personality_refused) / sizeof(personality_refused[0]);
	     i++) {
		if (!personality_is(name, personality_refused[i]))
			continue;
		(void)err_set(err, ERR_USAGE, _("%s cannot do the work of %s"),
		    PACKAGE, personality_refused[i]);
		return err_hint(err,
		    _("It sends mail when it is called postrider, msmtp or "
		      "sendmail."));
	}
	*out = PERSONALITY_MSMTP;
	for (size_t i = 0;
	     i < sizeof(personality_sendmail) / sizeof(personality_sendmail[0]);
	     i++)
		if (personality_is(name, personality_sendmail[i]))
			*out = PERSONALITY_SENDMAIL;
	return 0;
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
