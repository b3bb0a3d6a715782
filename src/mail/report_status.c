/* SPDX-License-Identifier: ISC */
/* The part for programs (RFC 3464, 6533). */
#include "config.h"

#include "mail/report_parts.h"

#include <stdint.h>
#include <string.h>

#include "base/date.h"
#include "base/host.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/addr.h"

/* Columns of a line that can be folded, and octets where one must be. */
#define STATUS_COLUMNS 76
#define STATUS_WORD_MAX 900

bool
report_is_wide(const char *addr)
{
	const char *domain = addr_domain(addr);

	return !text_is_ascii(
	    addr, domain ? (size_t)(domain - addr) : strlen(addr));
}

/* Appends s so that it can stand in a field: what it must not have becomes
 * "\x{HEX}", as RFC 6533 3 writes what is not ASCII. */
static void
status_text(struct buf *out, const char *s, bool is_global)
{
	size_t len = strlen(s);

	while (len) {
		uint32_t cp;
		size_t n = utf8_decode(s, len, &cp);
		bool is_plain = cp >= 0x80 ? is_global && !utf8_is_format(cp)
					   : cp >= ' ' && cp < 0x7f;

		if (n && is_plain)
			(void)buf_add(out, s, n);
		else
			(void)buf_printf(out, "\\x{%X}",
			    n ? (unsigned)cp : (unsigned char)*s);
		n = n ? n : 1;
		s += n;
		len -= n;
	}
}

/* "Name: type; value" on one line. */
static void
status_field(struct buf *out, const char *name, const char *type,
    const char *value, bool is_global)
{
	(void)buf_printf(out, "%s: %s%s", name, type, *type ? "; " : "");
	status_text(out, value, is_global);
	(void)buf_add_char(out, '\n');
}

static void
status_date(struct buf *out, const char *name, time_t when)
{
	char date[DATE_SIZE];

	if (!when)
		return;
	date_rfc5322(date, when);
	(void)buf_printf(out, "%s: %s\n", name, date);
}

void
report_status_message(struct buf *out, const struct report *r, bool is_global)
{
	status_field(out, "Reporting-MTA", "dns", r->host, is_global);
	if (r->envid)
		status_field(
		    out, "Original-Envelope-Id", "", r->envid, is_global);
	status_date(out, "Arrival-Date", r->arrival);
	(void)buf_add_char(out, '\n');
}

/* --- one recipient -------------------------------------------------------- */

static void
status_final_recipient(struct buf *out, const char *addr, bool is_global)
{
	const char *domain = addr_domain(addr);
	auto_free char *host = NULL;
	auto_free char *form = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (report_is_wide(addr)) {
		status_field(out, "Final-Recipient", "utf-8", addr, is_global);
		return;
	}
	if (domain && !text_is_ascii(domain, strlen(domain)) &&
	    host_to_ascii(domain, &host, &err) == 0)
		form = xasprintf("%.*s%s", (int)(domain - addr), addr, host);
	status_field(
	    out, "Final-Recipient", "rfc822", form ? form : addr, is_global);
}

/* Words behind what stands in the line, folded. */
static void
status_words(struct buf *out, size_t column, const char *text, bool is_global)
{
	AUTO(buf) struct buf safe = BUF_INIT(SIZE_MAX / 2);
	const char *word;

	status_text(&safe, text, is_global);
	word = buf_str(&safe);
	while (*(word += strspn(word, " "))) {
		size_t len = strcspn(word, " ");

		if (len > STATUS_WORD_MAX)
			len = STATUS_WORD_MAX;
		/* a whole character */
		while (((unsigned char)word[len] & 0xc0) == 0x80)
			len--;
		if (column + 1 + len > STATUS_COLUMNS) {
			(void)buf_add_str(out, "\n ");
			column = 1;
		} else {
			(void)buf_add_char(out, ' ');
			column++;
		}
		(void)buf_add(out, word, len);
		column += len;
		word += len;
	}
	(void)buf_add_char(out, '\n');
}

/* The server's words, or ours. */
static void
status_diagnostic(struct buf *out, const struct error *why, bool is_global)
{
	static const char smtp[] = "Diagnostic-Code: smtp;";
	static const char ours[] = "Diagnostic-Code: X-" PACKAGE ";";
	const struct reply *reply = &why->reply;
	auto_free char *text = NULL;
	size_t len;

	if (reply->code) {
		text = xasprintf(
		    "%d %s", reply->code, reply->text ? reply->text : "");
		/* lines of one reply */
		for (char *p = text; *p; p++)
			if (*p == '\n')
				*p = ' ';
	} else if (why->kind != ERR_NONE) {
		text = xasprintf("%s%s%s", err_table[why->kind].name,
		    why->detail ? ": " : "", why->detail ? why->detail : "");
	} else {
		return;
	}
	len = strlen(text);
	if (len > REPORT_TEXT_MAX)
		text[REPORT_TEXT_MAX] = '\0';
	(void)buf_add_str(out, reply->code ? smtp : ours);
	status_words(out, (reply->code ? sizeof(smtp) : sizeof(ours)) - 1, text,
	    is_global);
}

/* RFC 3464 2.3.4; a relayed mail's is that of success whatever was said. */
static void
status_code(struct buf *out, const struct report_rcpt *rcpt)
{
	unsigned short esc[3];

	err_status(rcpt->why, esc);
	if (rcpt->action == REPORT_RELAYED && esc[0] != 2)
		memcpy(esc, ((unsigned short[]){ 2, 0, 0 }), sizeof(esc));
	(void)buf_printf(out, "Status: %hu.%hu.%hu\n", esc[0], esc[1], esc[2]);
}

/* An address stands in brackets (RFC 3464 2.1.2, RFC 5321 4.1.3). */
static void
status_remote(struct buf *out, const char *remote, bool is_global)
{
	auto_free char *name = NULL;

	if (!host_is_numeric(remote))
		name = xstrdup(remote);
	else if (strchr(remote, ':'))
		name = xasprintf("[IPv6:%s]", remote);
	else
		name = xasprintf("[%s]", remote);
	status_field(out, "Remote-MTA", "dns", name, is_global);
}

void
report_status_rcpt(struct buf *out, const struct report *r,
    const struct report_rcpt *rcpt, bool is_global)
{
	static const char *const actions[] = {
		[REPORT_FAILED] = "failed",
		[REPORT_DELAYED] = "delayed",
		[REPORT_RELAYED] = "relayed",
	};

	if (rcpt->orcpt)
		status_field(
		    out, "Original-Recipient", "", rcpt->orcpt, is_global);
	status_final_recipient(out, rcpt->addr, is_global);
	(void)buf_printf(out, "Action: %s\n", actions[rcpt->action]);
	status_code(out, rcpt);
	if (rcpt->remote)
		status_remote(out, rcpt->remote, is_global);
	status_diagnostic(out, rcpt->why, is_global);
	status_date(out, "Last-Attempt-Date", rcpt->tried);
	status_field(out, "Final-Log-ID", "", r->id, is_global);
	if (rcpt->action == REPORT_DELAYED)
		status_date(out, "Will-Retry-Until", r->retry_until);
	(void)buf_add_char(out, '\n');
}
