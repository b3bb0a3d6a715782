/* SPDX-License-Identifier: ISC */
/* What a report is made of.  This header is for mail/report*.c alone. */
#ifndef MAIL_REPORT_PARTS_H
#define MAIL_REPORT_PARTS_H

#include "base/buf.h"
#include "mail/report.h"

/* Octets of what one server said, or of one value of the original's header. */
#define REPORT_TEXT_MAX 2000

/* What the original's header says of it; owned, "" where it says nothing. */
struct report_about {
	char *subject; /* decoded */
	char *date;
	char *from;       /* decoded */
	char *message_id; /* one that can stand in a field of ours */
};

void report_about_release(struct report_about *a);
AUTO_DEFINE(report_about);
/* head: the header as it leaves. */
void report_about_read(struct report_about *a, const char *head, size_t len);

/* How many recipients have that action. */
size_t report_count(const struct report *r, enum report_action action);

/* The text, UTF-8 with LF line ends. */
void report_text(
    struct buf *out, const struct report *r, const struct report_about *about);
/* What a person may do about a failure, translated; borrowed. */
const char *report_advice(const struct report_rcpt *rcpt);

/* Whether the local part of an address is not ASCII. */
bool report_is_wide(const char *addr);
/* The fields about the message, then those about one recipient, each block with
 * its empty line; is_global: of RFC 6533, with UTF-8 in them. */
void report_status_message(
    struct buf *out, const struct report *r, bool is_global);
void report_status_rcpt(struct buf *out, const struct report *r,
    const struct report_rcpt *rcpt, bool is_global);

#endif
