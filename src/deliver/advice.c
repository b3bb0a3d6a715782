/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/advice.h"

#include <string.h>
#include <strings.h>

#include "base/i18n.h"

#define ADVICE_APP_PASSWORD                                                    \
	N_("The provider wants an application password: one that it makes, "   \
	   "in the account's security settings, for programs like this; or "   \
	   "OAuth (auth oauthbearer or xoauth2).")
#define ADVICE_SENDER                                                          \
	N_("The provider takes mail only from addresses of this user; set "    \
	   "from to one of them, and force_from on.")
#define ADVICE_DOMAIN                                                          \
	N_("An address has no domain; set qualify_domain to the one that is "  \
	   "to be put behind such names.")

/* The first row whose code is 0 or the reply's and whose words are in its text
 * (without case) counts. */
static const struct {
	int code;
	const char *words;
	const char *hint;
} advice_table[] = {
	/* Microsoft */
	{ 535, "SmtpClientAuthentication is disabled",
	    N_("Microsoft has SMTP AUTH switched off for this mailbox or "
	       "tenant; its administrator can switch it on "
	       "(Set-CASMailbox -SmtpClientAuthenticationDisabled $false).") },
	{ 535, "basic authentication is disabled",
	    N_("Microsoft takes no passwords here any more: use OAuth "
	       "(auth xoauth2).") },
	{ 535, "security defaults policy",
	    N_("The tenant's security defaults forbid passwords: use OAuth "
	       "(auth xoauth2).") },
	{ 535, "5.7.139",
	    N_("Microsoft refuses this way of logging in: use OAuth "
	       "(auth xoauth2), and see whether SMTP AUTH is enabled for the "
	       "mailbox.") },
	{ 0, "SendAsDenied", ADVICE_SENDER },
	{ 0, "not have permissions to send as this sender", ADVICE_SENDER },
	{ 432, "Concurrent connections limit",
	    N_("Too many sessions of this user at once; try again, or send "
	       "one mail at a time.") },
	/* Google */
	{ 534, "5.7.9", ADVICE_APP_PASSWORD },
	{ 0, "Application-specific password required", ADVICE_APP_PASSWORD },
	{ 534, "5.7.14",
	    N_("Google wants a person to log in with a browser first, from "
	       "this network.") },
	{ 535, "BadCredentials", ADVICE_APP_PASSWORD },
	{ 535, "Username and Password not accepted", ADVICE_APP_PASSWORD },
	{ 454, "Too many login attempts",
	    N_("Wait an hour before the next attempt, and look which program "
	       "tries an old password.") },
	{ 550, "sending quota exceeded",
	    N_("The provider's limit of a day is reached; it ends within 24 "
	       "hours.") },
	{ 0, "sending limits",
	    N_("The provider's limit of a day is reached; it ends within 24 "
	       "hours.") },
	/* Yahoo, AOL */
	{ 535, "#AUTH005",
	    N_("Too many attempts: wait some hours.  The provider wants an "
	       "application password.") },
	{ 535, "#MBR1212", ADVICE_APP_PASSWORD },
	{ 535, "#AUTH", ADVICE_APP_PASSWORD },
	/* Amazon */
	{ 535, "Authentication Credentials Invalid",
	    N_("Check user and password.  Amazon SES wants SMTP credentials "
	       "of its own (not an IAM access key), GMX and web.de that "
	       "access by POP3 and IMAP is allowed in the settings.") },
	{ 554, "Email address is not verified",
	    N_("Amazon SES sends only for addresses and domains that were "
	       "verified with it, in this region.") },
	/* QQ, 163 */
	{ 535, "authorization code",
	    N_("The provider wants its authorization code as the password; "
	       "the settings of its web mail show it.") },
	/* many */
	{ 553, "not owned by user", ADVICE_SENDER },
	{ 553, "Relaying disallowed", ADVICE_SENDER },
	{ 550, "not allowed to send as", ADVICE_SENDER },
	{ 0, "need fully-qualified address", ADVICE_DOMAIN },
	{ 0, "must contain a domain", ADVICE_DOMAIN },
	{ 0, "Missing final '@domain'", ADVICE_DOMAIN },
	{ 0, "Missing final \"@domain\"", ADVICE_DOMAIN },
	{ 0, "Domain name required", ADVICE_DOMAIN },
	{ 500, "too long",
	    N_("The password or token is longer than this server takes.") },
	{ 530, "Must issue a STARTTLS", N_("Set tls on for the account.") },
	{ 0, "too many connections",
	    N_("Try again later, or send one mail at a time.") },
};

int
advice_add(struct error *err)
{
	const struct reply *r = &err->reply;

	for (size_t i = 0;
	     r->text && i < sizeof(advice_table) / sizeof(advice_table[0]); i++)
		if ((!advice_table[i].code ||
			advice_table[i].code == r->code) &&
		    strcasestr(r->text, advice_table[i].words))
			return err_hint(err, "%s", _(advice_table[i].hint));
	return -1;
}
