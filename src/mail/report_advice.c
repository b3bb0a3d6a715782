/* SPDX-License-Identifier: ISC */
/* What a person may do, by the enhanced status code (RFC 3463). */
#include "config.h"

#include "mail/report_parts.h"

#include "base/i18n.h"

/* A detail of 99 stands for all others of its subject. */
#define ADVICE_ANY 99

static const struct {
	unsigned short subject, detail;
	const char *text; /* not yet translated */
} report_advices[] = {
	{ 1, 1,
	    N_("Look for a typing error in the address: the server does not "
	       "know this mailbox.") },
	{ 1, 2,
	    N_("Look for a typing error behind the @: no mail can be sent "
	       "there.") },
	{ 1, 6,
	    N_("The mailbox has moved: ask the recipient for the new "
	       "address.") },
	{ 1, 7,
	    N_("The server does not like the sender's address: see 'from' in "
	       "the configuration.") },
	{ 1, 8,
	    N_("The server does not like the sender's address: see 'from' in "
	       "the configuration.") },
	{ 1, 10, N_("This domain takes no mail at all.") },
	{ 1, ADVICE_ANY, N_("Look for a typing error in the address.") },
	{ 2, 1,
	    N_("The mailbox takes no mail: reach the recipient in another "
	       "way.") },
	{ 2, 2,
	    N_("The mailbox is full: send the mail again later, or reach the "
	       "recipient in another way.") },
	{ 2, 3,
	    N_("The mail is too big: send it with less attached, or in "
	       "parts.") },
	{ 2, ADVICE_ANY,
	    N_("Send the mail again later, or reach the recipient in another "
	       "way.") },
	{ 3, 4,
	    N_("The mail is too big: send it with less attached, or in "
	       "parts.") },
	{ 4, ADVICE_ANY,
	    N_("Look whether the connection and the configured server work, "
	       "and send the mail again.") },
	{ 6, ADVICE_ANY,
	    N_("The server does not take a mail made like this one: send it "
	       "as plain text, or ask the server's operator.") },
	{ 7, ADVICE_ANY,
	    N_("The server's rules forbid this mail: its words above may say "
	       "why, its operator knows.") },
};

const char *
report_advice(const struct report_rcpt *rcpt)
{
	unsigned short esc[3];

	err_status(rcpt->why, esc);
	for (size_t i = 0;
	     i < sizeof(report_advices) / sizeof(report_advices[0]); i++)
		if (esc[1] == report_advices[i].subject &&
		    (esc[2] == report_advices[i].detail ||
			report_advices[i].detail == ADVICE_ANY))
			return _(report_advices[i].text);
	return _("If these words do not help, ask the server's operator or the "
		 "recipient.");
}
