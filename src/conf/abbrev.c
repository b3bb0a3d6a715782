/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/abbrev.h"

#include <string.h>

/* Without passwordeval: who writes --passw may mean to give a password, and
 * would run it. */
static const char *const abbrev_msmtp[] = {
	"account",
	"add-missing-date-header",
	"add-missing-from-header",
	"aliases",
	"auth",
	"auto-from",
	"configure",
	"connect-timeout",
	"debug",
	"domain",
	"dsn-notify",
	"dsn-return",
	"file",
	"from",
	"help",
	"host",
	"keepbcc",
	"logfile",
	"logfile-time-format",
	"maildomain",
	"port",
	"pretend",
	"protocol",
	"proxy-host",
	"proxy-port",
	"read-envelope-from",
	"read-recipients",
	"remove-bcc-headers",
	"rmqs",
	"serverinfo",
	"set-date-header",
	"set-from-header",
	"set-msgid-header",
	"set-to-header",
	"socket",
	"source-ip",
	"syslog",
	"timeout",
	"tls",
	"tls-cert-file",
	"tls-certcheck",
	"tls-crl-file",
	"tls-fingerprint",
	"tls-force-sslv3",
	"tls-host-override",
	"tls-key-file",
	"tls-min-dh-prime-bits",
	"tls-priorities",
	"tls-starttls",
	"tls-trust-file",
	"undisclosed-recipients",
	"user",
	"version",
};

const char *
abbrev_find(const char *word, size_t len)
{
	const char *found = NULL;

	for (size_t i = 0; i < sizeof(abbrev_msmtp) / sizeof(abbrev_msmtp[0]);
	     i++) {
		const char *name = abbrev_msmtp[i];

		if (strncmp(name, word, len) != 0)
			continue;
		if (!name[len])
			return name;
		if (found)
			return NULL;
		found = name;
	}
	return found;
}
