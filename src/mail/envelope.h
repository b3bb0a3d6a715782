/* SPDX-License-Identifier: ISC */
/* The envelope: who sends to whom, and what became of each recipient. */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Recipients of one message: more is not a mail but a mailing. */
#define ENVELOPE_RCPT_MAX 100000

struct rcpt {
	char *addr;   /* validated, wire form, without angle brackets */
	char *notify; /* NOTIFY of this one, or NULL: as the wishes have it */
	char *orcpt;  /* ORCPT as it was given, xtext, or NULL: the address */
	enum fate fate;
	unsigned
	    round; /* of the account that said it; see deliver/fallback.h */
	struct error why; /* for DEFER and FAIL; for SENT, reply is the final
			   * one */
};

/* What is asked of all the servers on the way; strings are owned, as they stand
 * in the commands (see conf/opt_wishes.h) or NULL. */
struct wishes {
	char *notify;     /* of each recipient; RFC 3461 4.1 */
	char *ret;        /* RFC 3461 4.3 */
	char *envid;      /* RFC 3461 4.4; not yet xtext */
	char *deliver_by; /* RFC 2852 */
	char *release;    /* RFC 4865 */
	char *priority;   /* RFC 6710 */
	char *auth;       /* RFC 4954 5 */
	bool needs_tls;   /* RFC 8689 */
	/* A server without DSN may have the mail, too: who keeps it tells the
	 * sender in its place (RFC 3461 5.2.2). */
	bool may_lack_dsn;
};

struct envelope_table;

struct envelope {
	char *from; /* reverse-path; "" is the null sender */
	struct rcpt *rcpts;
	size_t count;
	size_t cap;
	struct wishes wishes;

	struct envelope_table *table; /* private: where each one is */
};

#define ENVELOPE_INIT                                                          \
	{                                                                      \
		.from = NULL                                                   \
	}

void envelope_release(struct envelope *e);
AUTO_DEFINE(envelope);

/* Validates addr and adds it, unless it is there already (local part compared
 * exactly, domain without case; linear in the whole).  where: see
 * addr_validate.  ERR_ADDRESS; ERR_DATA past ENVELOPE_RCPT_MAX. */
int envelope_add(
    struct envelope *e, const char *addr, const char *where, struct error *err);
/* The same for an address that the envelope may keep: takes it in any case. */
int envelope_take(
    struct envelope *e, char *addr, const char *where, struct error *err);
/* Validates and sets the reverse-path; "" and "<>" are the null sender, one
 * pair of angle brackets around an address is taken off. */
int envelope_set_from(
    struct envelope *e, const char *addr, const char *where, struct error *err);
/* The same verdict, with the fate of its kind, for every recipient that has
 * none yet. */
void envelope_rule(struct envelope *e, const struct error *why);

/* Whether a's verdict is worse: a permanent failure is worse than a temporary
 * one, and that worse than none yet. */
bool envelope_is_worse(const struct rcpt *a, const struct rcpt *b);

/* The exit code of one recipient's verdict. */
int rcpt_exit_code(const struct rcpt *r);

/* The one function that decides what the whole is: 0 when all were sent, else
 * the exit code of the worst recipient (of equals the first), whose index goes
 * to *worst (NULL is fine). */
int envelope_exit_code(const struct envelope *e, size_t *worst);

#endif
