/* SPDX-License-Identifier: ISC */
/*
 * One account: everything that is known about how to hand a mail to one
 * smarthost, and where each value came from.
 */
#ifndef CONF_ACCOUNT_H
#define CONF_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "conf/opts.h"

/* A value that may have been left unset. */
enum toggle {
	TOGGLE_UNSET,
	TOGGLE_OFF,
	TOGGLE_ON,
	TOGGLE_AUTO,
	TOGGLE_UNDISCLOSED, /* set_to_header undisclosed_recipients */
	TOGGLE_REPLY_TO,    /* force_from reply_to */
	TOGGLE_SENDMAIL,    /* dots sendmail */
};

/* The addresses that are used. */
enum family {
	FAMILY_ANY,
	FAMILY_IPV4,
	FAMILY_IPV6,
};

enum origin_kind {
	ORIGIN_DEFAULT, /* built in */
	ORIGIN_FILE,
	ORIGIN_COMMAND_LINE,
	ORIGIN_ENVIRONMENT,
};

struct origin {
	enum origin_kind kind;
	const char *file; /* borrowed from the configuration; or NULL */
	unsigned line;    /* from 1 */
};

/* What becomes of content that a server may not take as it is. */
enum content {
	CONTENT_UNSET,    /* as CONVERT */
	CONTENT_CONVERT,  /* made fit, and nothing but that */
	CONTENT_REJECT,   /* not sent */
	CONTENT_SEND,     /* sent as it is */
	CONTENT_SMTPUTF8, /* sent as it is where the server has SMTPUTF8 */
};

/* Where a password may be kept; the words of the option. */
enum keyring {
	KEYRING_UNSET, /* as AUTO */
	KEYRING_AUTO,  /* the secret service, where there is a session bus */
	KEYRING_SECRET_SERVICE,
	KEYRING_KERNEL,
	KEYRING_OFF,
};

enum netrc {
	NETRC_UNSET, /* as ON */
	NETRC_ON,
	NETRC_OFF,
	NETRC_DEFAULT, /* ON, and its entry for any other machine counts */
};

/* What becomes of mail that cannot be sent now. */
enum queueing {
	QUEUEING_UNSET,
	QUEUEING_OFF,
	QUEUEING_ON_FAILURE, /* it is kept */
	QUEUEING_ALWAYS,     /* and the caller never waits */
};

enum dane_policy {
	DANE_POLICY_UNSET, /* as OFF */
	DANE_POLICY_OFF,
	DANE_POLICY_TRY,
	DANE_POLICY_REQUIRE,
};

enum protocol {
	PROTOCOL_SMTP,
	PROTOCOL_LMTP, /* RFC 2033 */
};

/* Why an account was chosen. */
enum choice {
	CHOICE_NAME,   /* -a */
	CHOICE_HOST,   /* --host */
	CHOICE_SENDER, /* by the envelope sender */
	CHOICE_DEFAULT,
	CHOICE_FROM_HEADER,
	CHOICE_ENVIRONMENT,
	CHOICE_FALLBACK, /* another one has failed */
};

/* One line `from`. */
struct sender {
	char *text;
	struct origin where;
};

/* Strings are owned; NULL is "not set". */
struct account {
	char *name;          /* NULL when made from the command line alone */
	struct origin where; /* of the account itself */
	bool is_parent;      /* another one has taken over from it */
	enum choice choice;  /* set by conf_choose() */

	char *host;          /* see net/hosts.h */
	uint16_t port;       /* 0: not set */
	uint16_t proxy_port; /* 0: not set */
	enum family family;
	char *source_ip;  /* a numeric address */
	char *proxy_host; /* of a SOCKS proxy */
	char *proxy_user;
	struct secret proxy_password;
	char *socket;            /* path; in place of host, port and proxy */
	int64_t timeout_s;       /* 0: the phases' own defaults */
	int64_t total_timeout_s; /* of the whole delivery; 0: no limit */
	enum protocol protocol;
	enum toggle chunking;
	char *domain; /* EHLO argument; NULL: see deliver */
	enum toggle tls;
	enum toggle tls_starttls;
	char *tls_trust_file; /* "system" or NULL: the system's store */
	enum toggle tls_certcheck;
	char *tls_host_override;
	char *tls_fingerprint; /* these three as written; see tls/pin.h */
	char *tls_pin;
	char *tls_pin_mode;
	char *tls_key_file; /* PEM */
	char *tls_cert_file;
	char *tls_crl_file;
	enum dane_policy tls_dane;
	char *tls_dane_anchor; /* path; NULL: the system's resolver proves */
	char *tls_priorities;  /* these two as written; see tls/priority.h */
	char *tls_min_dh_prime_bits;
	/* TOGGLE_ON: choose; TOGGLE_AUTO: the one in auth_mechanism */
	enum toggle auth;
	char *auth_mechanism; /* upper case, as on the wire; or NULL */
	char *user;
	struct secret password;
	char *passwordeval;
	char *password_file;
	char *password_credential; /* a name in $CREDENTIALS_DIRECTORY */
	enum keyring keyring;
	enum netrc netrc;
	char *ntlmdomain;
	enum toggle auto_from;
	char *maildomain;
	/* The last `from` that is no pattern; %F, %U, %H, %C and %M in it are
	 * still to be filled in (see deliver/expand.h). */
	char *from;
	struct sender
	    *senders; /* every `from`, for the choice of the account */
	size_t sender_count;
	char *from_full_name;
	enum toggle allow_from_override, set_to_header;
	enum toggle remove_bcc_headers;
	enum toggle force_from;
	/* "auto", "off", a domain; NULL: auto where called as sendmail */
	char *qualify_domain;
	enum toggle dots;
	enum toggle aliases_in_headers;
	enum toggle set_from_header, set_date_header, set_msgid_header;
	enum toggle requiretls;
	enum content body_8bit, headers_8bit, long_lines;
	char *charset; /* of octets that are not UTF-8; as iconv knows it */
	/* as they stand in SMTP: see conf/opt_wishes.h */
	char *dsn_notify, *dsn_return;
	char *deliver_by, *future_release, *mt_priority, *mail_auth;
	char *logfile;             /* "-": standard output */
	char *logfile_time_format; /* for strftime(3) */
	char *syslog;              /* facility name "LOG_MAIL"; NULL: off */
	char *aliases;             /* path; see mail/aliases.h */
	char *local_domains;
	enum toggle from_header_chooses; /* see conf_choose() */
	enum queueing queue;
	char *queue_dir;        /* path; NULL: see deliver/place.h */
	int64_t queue_linger_s; /* 0: not set, or off */
	int64_t queue_quota;    /* octets; 0: not set, or off */
	int64_t queue_quota_mails;
	char *fallback; /* names of accounts with commas between them */
	enum toggle fallback_refused;
	char *bounce_to;   /* an address, not yet validated */
	char *bounce_mbox; /* path; in place of a mail */

	/* Set inside this account or on the command line, by option: what an
	 * `account x : y` inherits.  Defaults are not marked. */
	bool is_own[OPT_COUNT];
	struct origin origin[OPT_COUNT];

	/* The first setting whose value, written elsewhere, could not be had:
	 * the account cannot be used (see account_check). */
	struct error problem;
	enum opt_id problem_id;
};

void account_init(struct account *a);
void account_release(struct account *a);
AUTO_DEFINE(account);
/* to is released first. */
void account_copy(struct account *to, const struct account *from);
/* Copies what is from's own, over what `to` has, but for the options whose
 * places are among `but`. */
void account_inherit(
    struct account *to, const struct account *from, unsigned but);
/* The same for an account of another file: what its defaults said, too, but
 * only where `to` has nothing. */
void account_inherit_all(struct account *to, const struct account *from);
/* One more `from`; unless it is a pattern, it is the sender from now on.  NULL
 * as where: it is not known yet. */
void account_add_sender(
    struct account *a, const char *sender, const struct origin *where);
/* The `from` that chooses the account for mail of address, or NULL. */
const struct sender *account_sender_for(
    const struct account *a, const char *address);
/* See conf_inherit_secrets(). */
void account_inherit_secrets(const struct account *a);
void account_clear_senders(struct account *a);
struct account *account_new(void);
void account_free(struct account *a);

#endif
