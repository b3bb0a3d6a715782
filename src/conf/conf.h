/* SPDX-License-Identifier: ISC */
/* The configuration that is in force, and what one call asks for. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "conf/account.h"
#include "conf/selector.h"

/* Accounts in the order in which they are looked at: the user's file, then
 * those of the system's file whose name is not taken. */
struct conf {
	struct account **accounts;
	size_t count;
	char *user_file;   /* path that was read, or NULL */
	char *system_file; /* path that was read, or NULL */
	/* why the system's file was passed over though it is there, or NULL */
	char *passed_over;
	char **included; /* paths of files that were included; owned */
	size_t included_count;
	/* What deserves a line in the log though it stops nothing, e.g. a
	 * system file with secrets that everybody can read; owned. */
	char **warnings;
	size_t warning_count;
	/* Set before it is read: mistakes do not stop that, but are gathered in
	 * problems; owned. */
	bool keeps_going;
	struct error *problems;
	size_t problem_count;
};

void conf_release(struct conf *c);
AUTO_DEFINE(conf);
/* Before a process that goes on with c in the background: see
 * secret_inherit(). */
void conf_inherit_secrets(const struct conf *c);
/* Takes what is in err; what has been said already is not said again. */
void conf_add_problem(struct conf *c, struct error *err);
/* One more of c's warnings; takes text. */
void conf_warn(struct conf *c, char *text);

/* Which manners the name of the program asks for. */
enum personality {
	PERSONALITY_MSMTP, /* postrider, msmtp: options after operands work */
	PERSONALITY_SENDMAIL, /* sendmail, send-mail: none after an operand */
};

enum mode {
	MODE_SEND,
	MODE_PRINT, /* the account that would be used */
	MODE_CHECK, /* all accounts, or account_name */
	MODE_DRY_RUN,
	MODE_SERVERINFO,
	MODE_RMQS,
	MODE_CONFIGURE,
	MODE_MAILQ,      /* -bp, -bP, -bh: plan.queue_view of plan.queue */
	MODE_QUEUE_RUN,  /* -q, -M, -bH: plan.queue, and operands are ids */
	MODE_QUEUE_SHOW, /* of these the operands are ids, or ALL */
	MODE_QUEUE_HOLD,
	MODE_QUEUE_RELEASE,
	MODE_QUEUE_RETRY,
	MODE_QUEUE_REMOVE,
	MODE_QUEUE_CHECK,
	MODE_STORE_PASSWORD, /* in the keyring of account_name */
	MODE_FORGET_PASSWORD,
	MODE_NEWALIASES, /* -bi: check the aliases */
	MODE_VERIFY,     /* -bv, -bt: who is meant by the operands */
	MODE_HELP,
	MODE_VERSION,
};

/* -odX, -O DeliveryMode: when the mail is delivered. */
enum delivery_mode {
	DELIVERY_UNSET,
	DELIVERY_NOW,    /* i, f: while the caller waits */
	DELIVERY_BEHIND, /* b: taken in, then tried behind the caller's back */
	DELIVERY_QUEUE,  /* q, d: only taken in; a queue run tries it */
};

/* -oeX, -eX, -O ErrorMode: who is told of a failure. */
enum error_mode {
	ERRORS_PRINT,   /* p: the caller, on standard error */
	ERRORS_QUIET,   /* q: nobody; the exit code is enough */
	ERRORS_MAIL,    /* m, w: the sender, by a mail */
	ERRORS_MAIL_OK, /* e: the same, and where that works the exit code is
			 * 0 */
};

/* -O NoRecipientAction: for a header that names no recipient. */
enum no_recipient {
	NO_RECIPIENT_NONE,
	NO_RECIPIENT_TO,          /* add-to, add-apparently-to */
	NO_RECIPIENT_UNDISCLOSED, /* add-to-undisclosed */
};

/* What MODE_MAILQ shows. */
enum queue_view {
	QUEUE_VIEW_MAILS,
	QUEUE_VIEW_COUNT, /* -bP: how many there are */
	QUEUE_VIEW_HOSTS, /* -bh, hoststat: which accounts wait, and why */
};

/* One call, as the command line asks for it.  Strings are owned. */
struct plan {
	enum personality personality;
	enum mode mode;
	char *program;      /* base name, sanitised, for messages */
	char *file;         /* -C, or NULL */
	char *account_name; /* -a, or NULL */
	/* Values of the command line; is_own[] tells which.  With --host no
	 * file is read and this is the account. */
	struct account overrides;
	bool has_sender; /* -f was given */
	/* Its address without the angle brackets, not yet validated; "" for the
	 * null sender, also where MAILER-DAEMON was said. */
	char *sender;
	bool read_recipients;    /* -t */
	bool read_envelope_from; /* --read-envelope-from */
	char *full_name;         /* -F, or NULL */
	char *envid;             /* -V, or NULL */
	char *argument;          /* of what chose the mode, or NULL */
	bool is_explain;         /* MODE_PRINT: and where each value is from */
	bool is_debug;           /* -d, -v */
	bool is_json;            /* --json: the result on standard output */
	int status_fd;           /* --status-fd: and there; -1 for nowhere */
	char **operands;         /* each an address list; not yet parsed */
	size_t operand_count;
	size_t operand_cap;

	/* What sendmail's letters say; zero is what is usual. */
	enum delivery_mode delivery;
	enum error_mode errors;
	enum no_recipient no_recipient;
	enum queue_view queue_view;
	struct selector queue; /* -q, -M; see MODE_MAILQ, MODE_QUEUE_RUN */
	bool purges_state;     /* -bH: forget that accounts have to wait */
	bool is_network_up;    /* --network-up: those that were offline need
				* not */
	int64_t expiry_s;      /* -O Timeout.queuereturn; 0: not said */
	enum toggle dots;      /* -i: ON, a line with a dot alone is data */
	enum toggle eightbit;  /* -B7BIT: OFF, the body has to be ASCII */
	bool subtracts;        /* -t: operands are not to get it */
	bool no_aliases;       /* -n */
	bool no_fixups;        /* -G: the header is left as it is */
	unsigned hops;         /* -h: it came so far */
	char *log_tag;         /* -L, or NULL */
	char *alias_file;      /* -oA, or NULL; to be used only if it is the
				* caller's own */
	char **warnings;       /* what was not heeded: for the log */
	size_t warning_count;
};

void plan_init(struct plan *p);
void plan_release(struct plan *p);
AUTO_DEFINE(plan);

/* argv of main(); dispatches on its base name, argc 0 is ERR_USAGE.
 * ERR_USAGE names the option and the word; p then knows at least the program's
 * name and its manners, where argv has one.  p is fresh from plan_init(). */
int cmdline_parse(
    struct plan *p, int argc, char *const *argv, struct error *err);

/* Reads the system's and the user's file (or p->file instead of the user's)
 * into c, which is fresh, unless p asks for --host.  A file that is not there
 * is not an error; what is wrong in one that is there names file, line and
 * word; where c keeps going it is no failure, and among c's problems. */
int conf_load(struct conf *c, const struct plan *p, struct error *err);
/* The same with the files named: user_file NULL stands for ~/.msmtprc, else
 * $XDG_CONFIG_HOME/msmtp/config. */
int conf_load_files(struct conf *c, const char *user_file,
    const char *system_file, struct error *err);

/*
 * The account to use, completed with p's overrides; the caller owns *out:
 * --host, -a, whose `from` sender matches, "default", whose `from` from_addr
 * matches (this before a default that lets it, where there is no sender),
 * SMTPSERVER of the environment.
 * sender: the address of -f (or of --read-envelope-from), or NULL; from_addr:
 * the address of the From header, or NULL.  %-escapes in *out's `from` and
 * `domain` are as they were written.  *out borrows the names of files
 * from c.  ERR_CONFIG when there is none, with a hint that says what to write
 * where.
 */
int conf_choose(const struct conf *c, const struct plan *p, const char *sender,
    const char *from_addr, struct account **out, struct error *err);

/* Whether a file that was read was changed after t. */
bool conf_is_newer(const struct conf *c, time_t t);

/* The account of that name, or NULL. */
const struct account *conf_find(const struct conf *c, const char *name);

/*
 * An account that is to be tried after another one, with those of p's overrides
 * that are meant for it (p NULL: none); the caller owns *out.  ERR_CONFIG when
 * there is no such account.
 */
int conf_fallback(const struct conf *c, const struct plan *p, const char *name,
    struct account **out, struct error *err);

/* What one account says about others; ERR_CONFIG with the place. */
int conf_check(struct conf *c, struct error *err);
/* Puts the place where option id was set, else that of the account, before an
 * error that is set.  Returns -1. */
int account_blame(const struct account *a, enum opt_id id, struct error *err);
/* Whether address is one of a's own: one of its `from` matches it. */
bool account_is_of(const struct account *a, const char *address);

/* Cross checks that need the whole account: host set, port valid, ... */
int account_check(const struct account *a, struct error *err);
/* The same, each mistake among c's problems. */
void account_check_all(const struct account *a, struct conf *c);

/* The text of --help and of --version; owned. */
char *help_text(const struct plan *p);
char *version_text(const struct plan *p);

#endif
