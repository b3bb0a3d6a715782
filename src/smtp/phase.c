/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/phase.h"

#include <stdbool.h>
#include <string.h>

#include "base/i18n.h"
#include "base/xalloc.h"

/* The texts of refusals are msmtp's where it has one: scripts look for them. */
const struct phase_row phase_table[PHASE_COUNT] = {
	[PHASE_GREETING] = { "greeting", N_("waiting for the greeting"),
	    N_("cannot get initial OK message from server"), 300, ERR_PROTOCOL,
	    { 220 } },
	[PHASE_EHLO] = { "EHLO", N_("waiting for the reply to EHLO"),
	    N_("the server does not accept EHLO"), 300, ERR_UNSUPPORTED,
	    { 250 } },
	[PHASE_LHLO] = { "LHLO", N_("waiting for the reply to LHLO"),
	    N_("the server does not accept LHLO"), 300, ERR_UNSUPPORTED,
	    { 250 } },
	[PHASE_HELO] = { "HELO", N_("waiting for the reply to HELO"),
	    N_("the server does not accept HELO"), 300, ERR_UNSUPPORTED,
	    { 250 } },
	[PHASE_STARTTLS] = { "STARTTLS",
	    N_("waiting for the reply to STARTTLS"),
	    N_("the server offers STARTTLS but does not start TLS"), 120,
	    ERR_UNSUPPORTED, { 220 } },
	[PHASE_AUTH] = { "AUTH", N_("authenticating"),
	    N_("authentication failed (method %s)"), 300, ERR_AUTH,
	    { 235, 334 } },
	[PHASE_MAIL] = { "MAIL", N_("waiting for the reply to MAIL"),
	    N_("envelope from address %s not accepted by the server"), 300,
	    ERR_REFUSED, { 250 } },
	[PHASE_RCPT] = { "RCPT", N_("waiting for the reply to RCPT"),
	    N_("recipient address %s not accepted by the server"), 300,
	    ERR_REFUSED, { 250, 251, 252 } },
	[PHASE_DATA] = { "DATA", N_("waiting for the reply to DATA"),
	    N_("the server does not accept mail data"), 120, ERR_REFUSED,
	    { 354 } },
	[PHASE_BODY] = { "message", N_("sending the message"),
	    N_("the server did not accept the mail"), 180, ERR_REJECTED,
	    { 0 } },
	[PHASE_BDAT] = { "BDAT", N_("sending the message"),
	    N_("the server did not accept the mail"), 180, ERR_REJECTED,
	    { 250 } },
	[PHASE_DOT] = { "end of message",
	    N_("waiting for the reply to the message"),
	    N_("the server did not accept the mail"), 600, ERR_REJECTED,
	    { 2 } },
	[PHASE_RSET] = { "RSET", N_("waiting for the reply to RSET"),
	    N_("the server does not accept RSET"), 300, ERR_PROTOCOL, { 250 } },
	[PHASE_ETRN] = { "ETRN", N_("waiting for the reply to ETRN"),
	    N_("the server does not send the mails for %s"), 300, ERR_DATA,
	    { 2 } },
	[PHASE_QUIT] = { "QUIT", N_("saying QUIT"),
	    N_("the server does not accept QUIT"), 2, ERR_PROTOCOL, { 221 } },
};

static bool
phase_is_good(const struct phase_row *row, int code)
{
	for (const short *good = row->good; *good; good++)
		if (code == *good || code / 100 == *good)
			return true;
	return false;
}

/* The text with arg in place of its %s; owned. */
static char *
phase_text(const char *text, const char *arg)
{
	const char *at = strstr(text, "%s");

	if (!at)
		return xstrdup(text);
	return xasprintf("%.*s%s%s", (int)(at - text), text, arg, at + 2);
}

int
phase_judge(enum smtp_phase phase, const struct reply *reply, const char *arg,
    struct error *err)
{
	const struct phase_row *row = &phase_table[phase];
	auto_free char *text = NULL;

	if (phase_is_good(row, reply->code))
		return 0;
	text = phase_text(_(row->refused), arg ? arg : "");
	if (reply_is_transient(reply) || reply_is_permanent(reply))
		return err_set_reply(err, row->kind, reply, "%s", text);
	(void)err_set_reply(err, ERR_PROTOCOL, reply, "%s", text);
	return err_detail(err, "%d is no reply to %s", reply->code, row->name);
}
