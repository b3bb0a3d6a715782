/* SPDX-License-Identifier: ISC */
/*
 * THE option table.  One row per configuration command: the same row reads the
 * file and the long option, prints --help and --print, and is what the manual
 * and the completions are checked against.
 */
#ifndef CONF_OPTS_H
#define CONF_OPTS_H

/* In the order in which the settings are printed. */
enum opt_id {
	OPT_HOST,
	OPT_PORT,
	OPT_TIMEOUT,
	OPT_PROTOCOL,
	OPT_DOMAIN,
	OPT_AUTH,
	OPT_USER,
	OPT_PASSWORD,
	OPT_PASSWORDEVAL,
	OPT_TLS,
	OPT_TLS_STARTTLS,
	OPT_TLS_TRUST_FILE,
	OPT_TLS_CERTCHECK,
	OPT_TLS_HOST_OVERRIDE,
	OPT_FROM,
	OPT_FROM_FULL_NAME,
	OPT_SET_FROM_HEADER,
	OPT_SET_DATE_HEADER,
	OPT_SET_MSGID_HEADER,
	OPT_REMOVE_BCC_HEADERS,
	OPT_LOGFILE,
	OPT_SYSLOG,
	OPT_COUNT
};

#endif
