/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/opts.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/account.h"

#define ANYWHERE (OPT_IN_FILE | OPT_ON_LINE)
#define HARMLESS (OPT_IN_FILE | OPT_ON_LINE | OPT_AS_SENDMAIL)
#define SERVER (OPT_IN_FILE | OPT_ON_LINE | OPT_OF_SERVER)
#define FIELD(name) offsetof(struct account, name)

const struct opt_row opt_table[OPT_COUNT] = {
	[OPT_HOST] = { "host", 0, SERVER, OPT_TYPE_NAME, OPT_ARG_NEEDED,
	    FIELD(host), N_("NAME"), NULL,
	    N_("the server's name or address; no file is read") },
	[OPT_PORT] = { "port", 0, SERVER, OPT_TYPE_PORT, OPT_ARG_NEEDED,
	    FIELD(port), N_("NUMBER"), NULL, N_("the server's port") },
	[OPT_FAMILY] = { "family", 0, HARMLESS, OPT_TYPE_FAMILY, OPT_ARG_UNSETS,
	    FIELD(family), "any|ipv4|ipv6", NULL,
	    N_("use only addresses of this family") },
	[OPT_SOURCE_IP] = { "source_ip", 0, SERVER, OPT_TYPE_ADDRESS,
	    OPT_ARG_UNSETS, FIELD(source_ip), N_("ADDRESS"), NULL,
	    N_("connect from this address") },
	[OPT_PROXY_HOST] = { "proxy_host", 0, SERVER, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(proxy_host), N_("NAME"), NULL,
	    N_("connect through this SOCKS proxy") },
	[OPT_PROXY_PORT] = { "proxy_port", 0, SERVER, OPT_TYPE_PORT,
	    OPT_ARG_UNSETS, FIELD(proxy_port), N_("NUMBER"), NULL,
	    N_("the proxy's port; 1080 without one") },
	[OPT_PROXY_USER] = { "proxy_user", 0, SERVER, OPT_TYPE_STRING,
	    OPT_ARG_UNSETS, FIELD(proxy_user), N_("NAME"), NULL,
	    N_("the user name for the proxy") },
	[OPT_PROXY_PASSWORD] = { "proxy_password", 0, OPT_IN_FILE,
	    OPT_TYPE_SECRET, OPT_ARG_UNSETS, FIELD(proxy_password),
	    N_("SECRET"), NULL, N_("the password for the proxy") },
	[OPT_SOCKET] = { "socket", 0, SERVER, OPT_TYPE_PATH, OPT_ARG_UNSETS,
	    FIELD(socket), N_("PATH"), NULL,
	    N_("connect to this socket of the machine") },
	[OPT_TIMEOUT] = { "timeout", 0, HARMLESS, OPT_TYPE_SECONDS,
	    OPT_ARG_NEEDED, FIELD(timeout_s), N_("off|SECONDS"), NULL,
	    N_("longest wait for each step") },
	[OPT_TOTAL_TIMEOUT] = { "total_timeout", 0, HARMLESS, OPT_TYPE_SECONDS,
	    OPT_ARG_NEEDED, FIELD(total_timeout_s), N_("off|SECONDS"), NULL,
	    N_("longest time for the whole delivery") },
	[OPT_PROTOCOL] = { "protocol", 0, SERVER, OPT_TYPE_PROTOCOL,
	    OPT_ARG_NEEDED, FIELD(protocol), "smtp|lmtp", NULL,
	    N_("the protocol to speak") },
	[OPT_DOMAIN] = { "domain", 0, HARMLESS, OPT_TYPE_NAME, OPT_ARG_UNSETS,
	    FIELD(domain), N_("NAME"), NULL, N_("the name to say EHLO with") },
	[OPT_CHUNKING] = { "chunking", 0, HARMLESS, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(chunking), "auto|on|off", "auto",
	    N_("send the mail in chunks") },
	[OPT_AUTH] = { "auth", 0, SERVER, OPT_TYPE_AUTH, OPT_ARG_MAY,
	    FIELD(auth), N_("on|off|METHOD"), "on",
	    N_("authenticate, with this method") },
	[OPT_USER] = { "user", 0, SERVER, OPT_TYPE_STRING, OPT_ARG_UNSETS,
	    FIELD(user), N_("NAME"), NULL,
	    N_("the user name for authentication") },
	[OPT_PASSWORD] = { "password", 0, OPT_IN_FILE, OPT_TYPE_SECRET,
	    OPT_ARG_UNSETS, FIELD(password), N_("SECRET"), NULL,
	    N_("the password for authentication") },
	[OPT_PASSWORDEVAL] = { "passwordeval", 0, SERVER, OPT_TYPE_COMMAND,
	    OPT_ARG_UNSETS, FIELD(passwordeval), N_("COMMAND"), NULL,
	    N_("a command that prints the password") },
	[OPT_PASSWORD_FILE] = { "password_file", 0, SERVER, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(password_file), N_("FILE"), NULL,
	    N_("a file that holds the password") },
	[OPT_PASSWORD_CREDENTIAL] = { "password_credential", 0, SERVER,
	    OPT_TYPE_STRING, OPT_ARG_UNSETS, FIELD(password_credential),
	    N_("NAME"), NULL, N_("the service manager's name for it") },
	[OPT_KEYRING] = { "keyring", 0, SERVER, OPT_TYPE_WORD, OPT_ARG_UNSETS,
	    FIELD(keyring), "auto|secret-service|kernel|off", NULL,
	    N_("the keyring that knows the password") },
	[OPT_NETRC] = { "netrc", 0, SERVER, OPT_TYPE_WORD, OPT_ARG_UNSETS,
	    FIELD(netrc), "on|off|default", NULL,
	    N_("look into ~/.netrc for the password") },
	[OPT_NTLMDOMAIN] = { "ntlmdomain", 0, OPT_IN_FILE, OPT_TYPE_STRING,
	    OPT_ARG_UNSETS, FIELD(ntlmdomain), N_("NAME"), NULL,
	    N_("the domain for the method ntlm") },
	[OPT_TLS] = { "tls", 0, SERVER, OPT_TYPE_TOGGLE, OPT_ARG_MAY,
	    FIELD(tls), "on|off", "on", N_("encrypt the connection") },
	[OPT_TLS_STARTTLS] = { "tls_starttls", 0, SERVER, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(tls_starttls), "on|off", "on",
	    N_("start TLS inside the session") },
	[OPT_TLS_TRUST_FILE] = { "tls_trust_file", 0, SERVER, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(tls_trust_file), N_("system|FILE"), NULL,
	    N_("certificates to trust, in PEM form") },
	[OPT_TLS_CERTCHECK] = { "tls_certcheck", 0, SERVER, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(tls_certcheck), "on|off", "on",
	    N_("verify the server's certificate") },
	[OPT_TLS_HOST_OVERRIDE] = { "tls_host_override", 0, SERVER,
	    OPT_TYPE_NAME, OPT_ARG_UNSETS, FIELD(tls_host_override), N_("NAME"),
	    NULL, N_("the name the certificate must prove") },
	[OPT_TLS_FINGERPRINT] = { "tls_fingerprint", 0, SERVER, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(tls_fingerprint), "SHA-256", NULL,
	    N_("the one certificate that is right") },
	[OPT_TLS_PIN] = { "tls_pin", 0, SERVER, OPT_TYPE_NAME, OPT_ARG_UNSETS,
	    FIELD(tls_pin), "pin-sha256:BASE64", NULL,
	    N_("the key, or keys, that the server may have") },
	[OPT_TLS_PIN_MODE] = { "tls_pin_mode", 0, SERVER, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(tls_pin_mode), "and|only", NULL,
	    N_("whether the pin is enough") },
	[OPT_TLS_DANE] = { "tls_dane", 0, SERVER, OPT_TYPE_WORD, OPT_ARG_UNSETS,
	    FIELD(tls_dane), "off|try|require", NULL,
	    N_("have the DNS prove the certificate") },
	[OPT_TLS_DANE_ANCHOR] = { "tls_dane_anchor", 0, SERVER, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(tls_dane_anchor), N_("FILE"), NULL,
	    N_("what to begin the DNS's proofs with") },
	[OPT_TLS_KEY_FILE] = { "tls_key_file", 0, SERVER, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(tls_key_file), N_("FILE"), NULL,
	    N_("our key, for a server that asks for it") },
	[OPT_TLS_CERT_FILE] = { "tls_cert_file", 0, SERVER, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(tls_cert_file), N_("FILE"), NULL,
	    N_("our certificate, with that key") },
	[OPT_TLS_CRL_FILE] = { "tls_crl_file", 0, SERVER, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(tls_crl_file), N_("FILE"), NULL,
	    N_("revoked certificates, in PEM form") },
	[OPT_TLS_PRIORITIES] = { "tls_priorities", 0, SERVER, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(tls_priorities), N_("LIST"), NULL,
	    N_("versions and algorithms of TLS") },
	[OPT_TLS_MIN_DH_PRIME_BITS] = { "tls_min_dh_prime_bits", 0, SERVER,
	    OPT_TYPE_NAME, OPT_ARG_UNSETS, FIELD(tls_min_dh_prime_bits),
	    N_("NUMBER"), NULL, N_("smallest group for DHE") },
	[OPT_AUTO_FROM] = { "auto_from", 0, HARMLESS, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(auto_from), "on|off", "on",
	    N_("the sender is user name and maildomain") },
	[OPT_MAILDOMAIN] = { "maildomain", 0, HARMLESS, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(maildomain), N_("NAME"), NULL,
	    N_("the domain for auto_from") },
	[OPT_FROM] = { "from", 'f', HARMLESS, OPT_TYPE_FROM, OPT_ARG_UNSETS,
	    FIELD(from), N_("ADDRESS"), NULL,
	    N_("the envelope sender; chooses the account") },
	[OPT_FROM_FULL_NAME] = { "from_full_name", 'F', HARMLESS,
	    OPT_TYPE_STRING, OPT_ARG_UNSETS, FIELD(from_full_name), N_("NAME"),
	    NULL, N_("the name for an added From header") },
	[OPT_ALLOW_FROM_OVERRIDE] = { "allow_from_override", 0, OPT_IN_FILE,
	    OPT_TYPE_TOGGLE, OPT_ARG_NEEDED, FIELD(allow_from_override),
	    "on|off", NULL, N_("let -f set the envelope sender") },
	[OPT_FORCE_FROM] = { "force_from", 0, ANYWHERE, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(force_from), "on|off|reply_to", "on",
	    N_("no mail is from others than `from`") },
	[OPT_QUALIFY_DOMAIN] = { "qualify_domain", 0, HARMLESS, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(qualify_domain), N_("auto|off|NAME"), NULL,
	    N_("the domain of names that have none") },
	[OPT_SET_FROM_HEADER] = { "set_from_header", 0, HARMLESS,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(set_from_header), "auto|on|off",
	    "auto", N_("add or replace the From header") },
	[OPT_SET_DATE_HEADER] = { "set_date_header", 0, HARMLESS,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(set_date_header), "auto|off",
	    "auto", N_("add a missing Date header") },
	[OPT_SET_MSGID_HEADER] = { "set_msgid_header", 0, HARMLESS,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(set_msgid_header), "auto|off",
	    "auto", N_("add a missing Message-ID header") },
	[OPT_SET_TO_HEADER] = { "set_to_header", 0, HARMLESS, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(set_to_header), "on|off|undisclosed_recipients",
	    "on", N_("replace To, Cc and Bcc by one To header") },
	[OPT_REMOVE_BCC_HEADERS] = { "remove_bcc_headers", 0, ANYWHERE,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(remove_bcc_headers), "on|off",
	    "on", N_("remove Bcc headers") },
	[OPT_DOTS] = { "dots", 0, HARMLESS, OPT_TYPE_TOGGLE, OPT_ARG_NEEDED,
	    FIELD(dots), "auto|sendmail|off", NULL,
	    N_("whether a line with a dot ends the mail") },
	[OPT_BODY_8BIT] = { "body_8bit", 0, HARMLESS, OPT_TYPE_CONTENT,
	    OPT_ARG_UNSETS, FIELD(body_8bit), "convert|reject|send", NULL,
	    N_("text in 8 bits for a server of 7") },
	[OPT_HEADERS_8BIT] = { "headers_8bit", 0, HARMLESS, OPT_TYPE_CONTENT,
	    OPT_ARG_UNSETS, FIELD(headers_8bit), "convert|smtputf8|reject|send",
	    NULL, N_("headers that are not ASCII") },
	[OPT_LONG_LINES] = { "long_lines", 0, HARMLESS, OPT_TYPE_CONTENT,
	    OPT_ARG_UNSETS, FIELD(long_lines), "convert|reject|send", NULL,
	    N_("lines over 998 octets") },
	[OPT_CHARSET] = { "charset", 0, ANYWHERE, OPT_TYPE_NAME, OPT_ARG_UNSETS,
	    FIELD(charset), N_("NAME"), NULL,
	    N_("the charset of text that is not UTF-8") },
	[OPT_DSN_NOTIFY] = { "dsn_notify", 'N', HARMLESS, OPT_TYPE_WISH,
	    OPT_ARG_UNSETS, FIELD(dsn_notify),
	    "off|never|failure,delay,success", NULL,
	    N_("when to be told what became of it") },
	[OPT_DSN_RETURN] = { "dsn_return", 'R', HARMLESS, OPT_TYPE_WISH,
	    OPT_ARG_UNSETS, FIELD(dsn_return), "off|hdrs|full", NULL,
	    N_("what of the mail to get back then") },
	[OPT_REQUIRETLS] = { "requiretls", 0, ANYWHERE, OPT_TYPE_TOGGLE,
	    OPT_ARG_MAY, FIELD(requiretls), "on|off", "on",
	    N_("have it encrypted on all its way") },
	[OPT_DELIVER_BY] = { "deliver_by", 0, HARMLESS, OPT_TYPE_WISH,
	    OPT_ARG_UNSETS, FIELD(deliver_by), N_("off|SECONDS;MODE"), NULL,
	    N_("have it delivered within that time") },
	[OPT_FUTURE_RELEASE] = { "future_release", 0, HARMLESS, OPT_TYPE_WISH,
	    OPT_ARG_UNSETS, FIELD(future_release), N_("off|SECONDS|TIME"), NULL,
	    N_("have it held back until then") },
	[OPT_MT_PRIORITY] = { "mt_priority", 0, HARMLESS, OPT_TYPE_WISH,
	    OPT_ARG_UNSETS, FIELD(mt_priority), N_("off|-9...9"), NULL,
	    N_("how urgent it is") },
	[OPT_MAIL_AUTH] = { "mail_auth", 0, ANYWHERE, OPT_TYPE_WISH,
	    OPT_ARG_UNSETS, FIELD(mail_auth), N_("off|<>|ADDRESS"), NULL,
	    N_("who has submitted it first") },
	[OPT_LOGFILE] = { "logfile", 'X', ANYWHERE, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(logfile), N_("FILE"), NULL,
	    N_("append a line for each mail; - is stdout") },
	[OPT_LOGFILE_TIME_FORMAT] = { "logfile_time_format", 0, ANYWHERE,
	    OPT_TYPE_STRING, OPT_ARG_UNSETS, FIELD(logfile_time_format),
	    N_("FORMAT"), NULL, N_("how a line's time is written") },
	[OPT_SYSLOG] = { "syslog", 0, HARMLESS, OPT_TYPE_FACILITY, OPT_ARG_MAY,
	    FIELD(syslog), N_("on|off|FACILITY"), "on",
	    N_("log to the system's log") },
	[OPT_ALIASES] = { "aliases", 0, ANYWHERE, OPT_TYPE_PATH, OPT_ARG_UNSETS,
	    FIELD(aliases), N_("FILE"), NULL,
	    N_("who is meant by names without a domain") },
	[OPT_LOCAL_DOMAINS] = { "local_domains", 0, ANYWHERE, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(local_domains), N_("NAME,..."), NULL,
	    N_("domains whose names are aliases, too") },
	[OPT_ALIASES_IN_HEADERS] = { "aliases_in_headers", 0, HARMLESS,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(aliases_in_headers), "on|off",
	    "on", N_("write who is meant into To and Cc, too") },
	[OPT_FROM_HEADER_CHOOSES] = { "from_header_chooses", 0, OPT_IN_FILE,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(from_header_chooses), "on|off",
	    "on", N_("before this default, ask the From header") },
	[OPT_QUEUE] = { "queue", 0, HARMLESS, OPT_TYPE_WORD, OPT_ARG_NEEDED,
	    FIELD(queue), "off|on-failure|always", NULL,
	    N_("keep what cannot be sent now") },
	[OPT_QUEUE_DIR] = { "queue_dir", 0, ANYWHERE, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(queue_dir), N_("DIRECTORY"), NULL,
	    N_("keep it there") },
	[OPT_QUEUE_LINGER] = { "queue_linger", 0, HARMLESS, OPT_TYPE_SECONDS,
	    OPT_ARG_NEEDED, FIELD(queue_linger_s), N_("off|SECONDS"), NULL,
	    N_("how long a process looks after it") },
	[OPT_QUEUE_QUOTA] = { "queue_quota", 0, OPT_IN_FILE | OPT_ON_LINE,
	    OPT_TYPE_SIZE, OPT_ARG_NEEDED, FIELD(queue_quota), N_("off|OCTETS"),
	    NULL, N_("how much may wait; also 50M") },
	[OPT_QUEUE_QUOTA_MAILS] = { "queue_quota_mails", 0,
	    OPT_IN_FILE | OPT_ON_LINE, OPT_TYPE_COUNTED, OPT_ARG_NEEDED,
	    FIELD(queue_quota_mails), N_("off|NUMBER"), NULL,
	    N_("how many mails may wait") },
	[OPT_FALLBACK] = { "fallback", 0, ANYWHERE, OPT_TYPE_NAME,
	    OPT_ARG_UNSETS, FIELD(fallback), N_("NAME,..."), NULL,
	    N_("accounts to try when this one fails for now") },
	[OPT_FALLBACK_REFUSED] = { "fallback_refused", 0, ANYWHERE,
	    OPT_TYPE_TOGGLE, OPT_ARG_MAY, FIELD(fallback_refused), "on|off",
	    "on", N_("try them too when it refuses the mail") },
	[OPT_BOUNCE_TO] = { "bounce_to", 0, ANYWHERE, OPT_TYPE_STRING,
	    OPT_ARG_UNSETS, FIELD(bounce_to), N_("ADDRESS"), NULL,
	    N_("who is told of mail that failed; the sender") },
	[OPT_BOUNCE_MBOX] = { "bounce_mbox", 0, ANYWHERE, OPT_TYPE_PATH,
	    OPT_ARG_UNSETS, FIELD(bounce_mbox), N_("FILE"), NULL,
	    N_("write that to this mailbox instead") },
};

enum opt_id
opt_find(const char *name)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if (strcmp(opt_table[id].name, name) == 0)
			return (enum opt_id)id;
	return OPT_COUNT;
}

char *
opt_long_name(enum opt_id id)
{
	char *name = xstrdup(opt_table[id].name);

	for (char *p = name; *p; p++)
		if (*p == '_')
			*p = '-';
	return name;
}

static const char *const opt_structures[] = { "account", "defaults", "eval",
	"include" };
#define STRUCTURE_COUNT (sizeof(opt_structures) / sizeof(opt_structures[0]))

const char *
opt_structure(size_t i)
{
	return i < STRUCTURE_COUNT ? opt_structures[i] : NULL;
}

const char *
opt_nearest(const char *name)
{
	const char *words[OPT_COUNT + STRUCTURE_COUNT];
	size_t count = 0;

	for (int id = 0; id < OPT_COUNT; id++)
		words[count++] = opt_table[id].name;
	for (size_t i = 0; i < STRUCTURE_COUNT; i++)
		words[count++] = opt_structures[i];
	return text_nearest(name, words, count);
}

enum line_kind
opt_line_kind(enum opt_id id)
{
	switch (opt_table[id].type) {
	case OPT_TYPE_SECRET:
	case OPT_TYPE_COMMAND:
		return LINE_EXACT;
	case OPT_TYPE_STRING:
	case OPT_TYPE_PATH:
		return LINE_TEXT;
	default:
		return LINE_WORDS;
	}
}
