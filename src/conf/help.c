/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/cmdline.h"

#include <gnutls/gnutls.h>
#include <gsasl-version.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"

/* The column in which the explanations begin. */
#define HELP_COLUMN 34

/* Columns that s takes; one for each character. */
static size_t
help_width(const char *s)
{
	size_t width = 0, len = strlen(s);

	while (len) {
		uint32_t cp;
		size_t n = utf8_decode(s, len, &cp);

		n = n ? n : 1;
		s += n;
		len -= n;
		width++;
	}
	return width;
}

/* "  -f, --from=ADDRESS    the envelope sender" */
static void
help_line(struct buf *out, char letter, const char *option, const char *text)
{
	size_t width = 6 + help_width(option);

	if (letter)
		(void)buf_printf(out, "  -%c, %s", letter, option);
	else
		(void)buf_printf(out, "      %s", option);
	if (width > HELP_COLUMN - 2) {
		(void)buf_add_char(out, '\n');
		width = 0;
	}
	(void)buf_printf(out, "%*s%s\n", (int)(HELP_COLUMN - width), "", text);
}

static void
help_row(struct buf *out, enum opt_id id)
{
	const struct opt_row *row = &opt_table[id];
	auto_free char *name = opt_long_name(id);
	auto_free char *option =
	    xasprintf(row->arg == OPT_ARG_MAY ? "--%s[=%s]" : "--%s=%s", name,
		_(row->words));

	help_line(out, row->letter, option, _(row->help));
}

static void
help_what(struct buf *out, const struct cmdline_row *row)
{
	const char *join = row->is_optional ? "[=" : row->has_value ? "=" : " ";
	auto_free char *option =
	    row->word ? xasprintf("--%s%s%s%s", row->name, join, _(row->word),
			    row->is_optional ? "]" : "")
		      : xasprintf("--%s", row->name);

	help_line(out, row->letter, option, _(row->help));
}

char *
help_text(const struct plan *p)
{
	AUTO(buf) struct buf out = BUF_INIT(64 * 1024);

	(void)buf_printf(&out,
	    _("Usage: %s [option]... [--] [recipient]...\n"
	      "Sends the mail on standard input through the server of an "
	      "account.\n"),
	    p->program);
	(void)buf_add_str(&out, _("\nWhat to do:\n"));
	for (size_t i = 0; i < cmdline_row_count; i++)
		if (cmdline_rows[i].help)
			help_what(&out, &cmdline_rows[i]);
	(void)buf_add_str(
	    &out, _("\nSettings, which override those of the account:\n"));
	for (int id = 0; id < OPT_COUNT; id++)
		if (opt_table[id].places & OPT_ON_LINE)
			help_row(&out, (enum opt_id)id);
	(void)buf_add_str(&out,
	    _("\nLetters of sendmail that mean nothing here are accepted and "
	      "ignored.\nThe manual postrider(1) tells more, msmtprc(5) the "
	      "configuration file.\n"));
	return buf_detach(&out);
}

/* As the values of `keyring`. */
#if defined(HAVE_LIBSECRET) && defined(__linux__)
#define VERSION_KEYRINGS "secret-service kernel"
#elif defined(HAVE_LIBSECRET)
#define VERSION_KEYRINGS "secret-service"
#elif defined(__linux__)
#define VERSION_KEYRINGS "kernel"
#else
#define VERSION_KEYRINGS "none"
#endif

char *
version_text(const struct plan *p)
{
	AUTO(buf) struct buf out = BUF_INIT(8192);
	struct utsname os = { 0 };

	(void)p;
	(void)uname(&os);
	(void)buf_printf(&out, _("%s version %s\n"), PACKAGE, PACKAGE_VERSION);
	(void)buf_printf(&out, _("Platform: %s-%s\n"), os.machine, os.sysname);
	(void)buf_printf(&out, _("TLS/SSL library: %s\n"), "GnuTLS");
	(void)buf_printf(&out, _("Authentication library: %s\n"), "GNU SASL");
	(void)buf_add_str(&out, _("Supported authentication methods:\n"));
	for (size_t i = 0; opt_mechanism(i); i++) {
		auto_free char *name = xstrdup(opt_mechanism(i));

		text_lower(name);
		(void)buf_printf(&out, "%s ", name);
	}
	(void)buf_printf(&out, _("\nIDN support: %s\n"), _("enabled"));
#if ENABLE_NLS
	(void)buf_printf(&out, _("NLS: enabled, LOCALEDIR is %s\n"), LOCALEDIR);
#else
	(void)buf_add_str(&out, _("NLS: disabled\n"));
#endif
	(void)buf_printf(&out, _("Keyring support: %s\n"), VERSION_KEYRINGS);
	(void)buf_printf(&out, _("System configuration file name: %s\n"),
	    SYSCONFDIR "/msmtprc");
	(void)buf_add_str(&out, _("User configuration file name: ~/.msmtprc or "
				  "$XDG_CONFIG_HOME/msmtp/config\n"));
	(void)buf_printf(&out, _("Libraries: GnuTLS %s, GNU SASL %s\n"),
	    GNUTLS_VERSION, GSASL_VERSION);
	(void)buf_add_str(&out,
	    _("\nLicence ISC; there is no warranty, to the extent permitted by "
	      "law.\n"));
	return buf_detach(&out);
}
