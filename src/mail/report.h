/* SPDX-License-Identifier: ISC */
/*
 * A message that tells a sender what became of a mail of his: multipart/report
 * (RFC 6522) with a text for a person, a message/delivery-status (RFC 3464) for
 * programs, and the mail itself or its header.
 *
 * Whatever the servers said and whoever was written to: what comes out is three
 * parts between one boundary, and its own header is ASCII but for an address
 * that cannot be.  Where an address is known by a name outside ASCII, the parts
 * are those of RFC 6533 (message/global-delivery-status, ...).
 */
#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "mail/message.h"

/* Recipients that the text names; the part for programs names all. */
#define REPORT_SHOWN_MAX 100

/* RFC 3464 2.3.3; "delivered" and "expanded" are other hosts' business. */
enum report_action {
	REPORT_FAILED,
	REPORT_DELAYED,
	REPORT_RELAYED, /* to a server that will not tell (RFC 3461 5.2.2) */
};

/* All is borrowed. */
struct report_rcpt {
	const char *addr;  /* as on the wire */
	const char *orcpt; /* the original recipient, "rfc822;a@b" not xtext
			    * any more (RFC 3461 4.2), or NULL */
	enum report_action action;
	/* The last thing that happened: a failure, or a reply alone. */
	const struct error *why;
	const char *remote; /* name of the server that replied, or NULL */
	time_t tried;       /* when; 0: not known */
	/* REPORT_FAILED after a temporary failure: we gave up. */
	bool is_expired;
};

struct report {
	const char *id; /* names the mail, with attempt; letters, digits,
			 * dots and hyphens */
	unsigned attempt;
	const char *host;   /* name of this machine */
	const char *domain; /* MAILER-DAEMON's, and the Message-ID's */
	const char *to;     /* who is told */
	const char *envid;  /* RFC 3461 4.4, not xtext any more, or NULL */
	time_t now;
	time_t arrival;     /* of the mail */
	time_t retry_until; /* for REPORT_DELAYED; 0: not known */
	const struct message *original;
	bool is_full; /* the mail whole, else its header */
	const struct report_rcpt *rcpts;
	size_t count;
};

/* "<failed.ID.ATTEMPT@domain>" (expired, delayed, relayed), the same each time:
 * a report that is made again after a crash can be known for the same; owned.
 */
char *report_message_id(const struct report *r);

/*
 * Makes the report of r; out is a message that was initialised.  Its texts are
 * in the language of the process.  ERR_IO: the original cannot be read, or the
 * copy not be written; ERR_DATA: an address would be no header field.  -1
 * leaves out as it is to be released.
 */
int report_make(const struct report *r, struct message *out, struct error *err);

#endif
