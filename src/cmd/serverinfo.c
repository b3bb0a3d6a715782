/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/serverinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/trace.h"
#include "cmd/words.h"
#include "deliver/login.h"
#include "deliver/prepare.h"
#include "net/reverse.h"
#include "tls/inspect.h"

/* Octets of all that is printed, and of one line of the server's. */
#define INFO_MAX (256 * 1024)
#define INFO_LINE_MAX 4096

/* --- lines ---------------------------------------------------------------- */

/* One line, eight columns in; what is not plain text is made safe. */
static void
info_value(struct buf *out, const char *text, size_t len)
{
	(void)buf_add_str(out, "        ");
	if (text_is_ascii(text, len) && !text_has_control(text, len))
		(void)buf_add(out, text, len);
	else
		text_escape(out, text, len, INFO_LINE_MAX);
	(void)buf_add_char(out, '\n');
}

static void
info_pair(struct buf *out, const char *name, const char *value)
{
	(void)buf_printf(out, "    %s:\n", name);
	info_value(out, value, strlen(value));
}

/* The next line of *text in *line, its octets; *text moves behind it. */
static size_t
info_next_line(const char **text, const char **line)
{
	size_t len = strcspn(*text, "\n");

	*line = *text;
	*text += len + ((*text)[len] == '\n');
	return len;
}

/* --- msmtp's text --------------------------------------------------------- */

static void
info_server(struct buf *out, const struct connection *c)
{
	const struct account *a = c->account;
	const char *host = c->peer.host ? c->peer.host : a->socket;
	const char *greeting = smtp_greeting(c->smtp), *line;
	auto_free char *name =
	    c->peer.address ? reverse_lookup(c->peer.address) : NULL;
	auto_free char *shown = text_escaped(name ? name : "");
	size_t len = info_next_line(&greeting, &line);

	(void)buf_printf(out, _("%s server at %s"),
	    a->protocol == PROTOCOL_LMTP ? "LMTP" : "SMTP", host);
	if (c->peer.address && name)
		(void)buf_printf(out, " (%s [%s])", shown, c->peer.address);
	else if (c->peer.address)
		(void)buf_printf(out, " ([%s])", c->peer.address);
	if (c->peer.host)
		(void)buf_printf(out, _(", port %u"),
		    (unsigned)(c->peer.port ? c->peer.port
					    : connection_port(a)));
	(void)buf_add_str(out, ":\n    ");
	text_escape(out, line, len, INFO_LINE_MAX);
	(void)buf_add_char(out, '\n');
}

static void
info_time(struct buf *out, const char *name, time_t when)
{
	char text[64];
	struct tm tm;

	if (!localtime_r(&when, &tm) ||
	    !strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm))
		return;
	(void)buf_printf(out, "        %s: %s\n", name, text);
}

static void
info_tls(
    struct buf *out, const struct connection *c, const struct inspect *cert)
{
	(void)buf_printf(out, "%s:\n    %s\n", _("TLS session parameters"),
	    c->tls.description);
	if (!cert->subject)
		return;
	(void)buf_printf(out, "%s:\n", _("TLS certificate information"));
	info_pair(out, _("Subject"), cert->subject);
	info_pair(out, _("Issuer"), cert->issuer);
	(void)buf_printf(out, "    %s:\n", _("Validity"));
	info_time(out, _("Activation time"), cert->begin);
	info_time(out, _("Expiration time"), cert->end);
	(void)buf_printf(out, "    %s:\n        SHA256: %s\n        %s: %s\n",
	    _("Fingerprints"), cert->sha256, _("SHA1 (deprecated)"),
	    cert->sha1);
}

/* The methods that msmtp knows, in its order. */
static const char *const info_methods[] = { "PLAIN", "SCRAM-SHA-1",
	"SCRAM-SHA-256", "EXTERNAL", "GSSAPI", "CRAM-MD5", "DIGEST-MD5",
	"LOGIN", "NTLM", "OAUTHBEARER", "XOAUTH2" };

static bool
info_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

static void
info_auth(struct buf *out, const struct smtp *s)
{
	(void)buf_printf(out, "    AUTH:\n        %s:\n        ",
	    _("Supported authentication methods"));
	for (size_t i = 0; i < sizeof(info_methods) / sizeof(info_methods[0]);
	     i++)
		if (info_has_word(smtp_mechanisms(s), info_methods[i]))
			(void)buf_printf(out, "%s ", info_methods[i]);
	(void)buf_add_char(out, '\n');
}

/* Only a SIZE with a number is shown; 0 is no limit (RFC 1870 3). */
static void
info_size(struct buf *out, const struct smtp *s)
{
	const char *at = smtp_offers(s), *line;
	uint64_t size;

	while (*at) {
		size_t len = info_next_line(&at, &line);
		auto_free char *word = xmemdupz(line, len);

		if (!text_has_caseprefix(word, "SIZE ") ||
		    num_parse(word + 5, 0, INT64_MAX, &size) < 0)
			continue;
		(void)buf_printf(out, "    SIZE %" PRIu64 ":\n        ", size);
		(void)buf_add_str(out, _("Maximum message size is "));
		if (size)
			(void)buf_printf(out, _("%" PRIu64 " bytes"), size);
		else
			(void)buf_add_str(out, _("unlimited"));
		if (size > 1024 * 1024)
			(void)buf_printf(
			    out, " = %.2f MiB", (double)size / 1048576.0);
		else if (size > 1024)
			(void)buf_printf(
			    out, " = %.2f KiB", (double)size / 1024.0);
		(void)buf_add_char(out, '\n');
		return;
	}
}

static void
info_capabilities(struct buf *out, const struct connection *c)
{
	static const struct {
		enum smtp_ext bit;
		const char *name, *text;
	} rows[] = {
		{ SMTP_EXT_PIPELINING, "PIPELINING",
		    N_("Support for command grouping for faster "
		       "transmission") },
		{ SMTP_EXT_ETRN, "ETRN",
		    N_("Support for RMQS (Remote Message Queue Starting)") },
		{ SMTP_EXT_DSN, "DSN",
		    N_("Support for Delivery Status Notifications") },
		{ SMTP_EXT_STARTTLS, "STARTTLS",
		    N_("Support for TLS encryption via the STARTTLS "
		       "command") },
	};
	unsigned offered =
	    smtp_extensions(c->smtp) | (c->is_starttls ? SMTP_EXT_STARTTLS : 0);
	AUTO(buf) struct buf list = BUF_INIT(INFO_MAX);

	info_size(&list, c->smtp);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (offered & rows[i].bit)
			info_pair(&list, rows[i].name, _(rows[i].text));
	if (offered & SMTP_EXT_AUTH)
		info_auth(&list, c->smtp);
	if (list.len)
		(void)buf_printf(
		    out, "%s:\n%s", _("Capabilities"), buf_str(&list));
	else
		(void)buf_printf(out, "%s\n", _("No special capabilities."));
	if ((offered & SMTP_EXT_STARTTLS) && !c->is_tls)
		(void)buf_printf(out, "%s\n",
		    _("This server might advertise more or other capabilities "
		      "when TLS is active."));
}

/* --- what msmtp does not say ---------------------------------------------- */

/* The lines behind the first one, as they came. */
static void
info_lines(struct buf *out, const char *title, const char *text)
{
	const char *line;

	(void)info_next_line(&text, &line);
	if (*text)
		(void)buf_printf(out, "%s:\n", title);
	while (*text) {
		size_t len = info_next_line(&text, &line);

		(void)buf_add_str(out, "    ");
		text_escape(out, line, len, INFO_LINE_MAX);
		(void)buf_add_char(out, '\n');
	}
}

/* Why it is not the server before this one. */
static void
info_passed_over(struct buf *out, const char *why)
{
	(void)buf_printf(out, "%s:\n    ", _("Passed over"));
	text_escape(out, why, strlen(why), INFO_LINE_MAX);
	(void)buf_add_char(out, '\n');
}

static void
info_certificate(
    struct buf *out, const struct connection *c, const struct inspect *cert)
{
	const struct error *problem = &c->tls.problem;

	if (!cert->subject)
		return;
	(void)buf_printf(out, "%s:\n", _("More about the certificate"));
	info_pair(out, _("Names"), cert->names);
	info_pair(out, _("Key"), cert->key);
	info_pair(out, _("Signature"), cert->signature);
	if (*cert->pin)
		(void)buf_printf(
		    out, "    %s:\n        tls_pin %s\n", _("Pin"), cert->pin);
	(void)buf_printf(out, "    %s:\n", _("Verified"));
	if (c->tls.is_verified)
		(void)buf_printf(out, "        %s\n",
		    c->dane.is_used ? _("yes, as the DNS says (DANE)")
				    : _("yes"));
	else
		info_value(out, problem->text, strlen(problem->text));
	if (!c->tls.is_verified && problem->detail)
		info_value(out, problem->detail, strlen(problem->detail));
}

void
serverinfo_methods(struct buf *out, struct connection *c, const char *indent)
{
	static const char *const words[] = {
		[AUTH_CHOSEN] = N_("would be used"),
		[AUTH_SECOND] = N_("another one is preferred"),
		[AUTH_UNKNOWN] = N_("not known here"),
		[AUTH_UNBOUND] = N_("needs TLS with channel binding"),
		[AUTH_CLEAR] = N_("would show the password on this connection"),
		[AUTH_UNASKED] = N_("only if the account asks for it"),
	};
	const char *list = smtp_mechanisms(c->smtp);
	struct auth_policy policy = login_policy(c);
	const struct auth_mech *chosen = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	(void)auth_choose(list, &policy, &chosen, &err);
	while (*list) {
		size_t len = strcspn(list, " ");
		auto_free char *name = xmemdupz(list, len);

		(void)buf_printf(out, "%s%s: %s\n", indent, name,
		    _(words[auth_judge(name, &policy, chosen)]));
		list += len + (list[len] == ' ');
	}
	if (!chosen)
		(void)buf_printf(out, "%s%s\n", indent, err.text);
}

static void
info_authentication(struct buf *out, struct connection *c)
{
	const struct account *a = c->account;
	bool is_off = a->auth == TOGGLE_OFF || a->auth == TOGGLE_UNSET;

	(void)buf_printf(out, "%s:\n", _("Authentication"));
	if (is_off)
		(void)buf_printf(out, "    %s\n",
		    _("The account does not authenticate; if it did:"));
	serverinfo_methods(out, c, "    ");
}

/* --- the mode ------------------------------------------------------------- */

static int
info_print(struct connection *c, struct error *err)
{
	AUTO(buf) struct buf out = BUF_INIT(INFO_MAX);
	AUTO(inspect) struct inspect cert = { 0 };

	info_server(&out, c);
	if (c->is_tls) {
		(void)inspect_read(*c->tls_slot, &cert); /* then it is empty */
		info_tls(&out, c, &cert);
	}
	info_capabilities(&out, c);
	if (c->setback)
		info_passed_over(&out, c->setback);
	info_lines(&out, _("Greeting, further lines"), smtp_greeting(c->smtp));
	info_lines(&out, _("All that is offered"), smtp_offers(c->smtp));
	info_certificate(&out, c, &cert);
	info_authentication(&out, c);
	return words_print(&out, err);
}

static int
info_get(const struct plan *plan, struct error *err)
{
	AUTO(job) struct job j;
	AUTO(conf) struct conf conf = { 0 };
	AUTO(connection) struct connection c = { 0 };

	if (prepare_without_mail(&j, plan, &conf, err) < 0)
		return -1;
	trace_account(plan, j.account);
	if (connection_probe(&c, j.account, trace_of(plan), err) < 0 ||
	    info_print(&c, err) < 0)
		return -1;
	if (!c.is_tls || !c.needs_proof || c.tls.is_verified)
		return 0;
	err_move(err, &c.tls.problem);
	return -1;
}

int
cmd_serverinfo(const struct plan *plan)
{
	AUTO(error) struct error err = ERROR_INIT;

	return info_get(plan, &err) == 0 ? 0 : words_exit(plan->program, &err);
}
