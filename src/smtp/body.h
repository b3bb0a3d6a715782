/* SPDX-License-Identifier: ISC */
/*
 * The one encoder between a message and the wire (RFC 5321 2.3.8, 4.5.2).
 *
 * Whatever goes in, what comes out has CR and LF only as CRLF, no NUL, and a
 * dot that begins a line doubled, so that no receiver, however sloppy, can see
 * the end of the message before its end:
 *
 *	LF, CR LF	CRLF
 *	CR alone	CRLF
 *	NUL		"?"
 *	.		"..", at the beginning of an output line
 *
 * The state is carried from piece to piece: it does not matter how the message
 * was cut.  message_wire_size() counts by the same rule, without the dots; what
 * is_exact hands on is of just that size.
 */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Octets handed on at a time: whole TLS records. */
#define BODY_BLOCK ((size_t)64 * 1024)

struct body {
	/* Takes BODY_BLOCK octets, or what is left at the end. */
	int (*write)(void *ctx, const char *p, size_t len, struct error *err);
	void *ctx;
	char *out;     /* owned: BODY_BLOCK octets and some more */
	size_t len;    /* octets in out */
	bool is_exact; /* for BDAT: no dot is doubled, none is added */
	bool is_line_start;
	bool is_after_cr; /* a line ended in CR: an LF belongs to it */
};

void body_init(struct body *b,
    int (*write)(void *ctx, const char *p, size_t len, struct error *err),
    void *ctx);
void body_release(struct body *b);
AUTO_DEFINE(body);

int body_add(struct body *b, const char *p, size_t len, struct error *err);
/* The same for octets that leave as they are, from the begin of a line to the
 * end of one. */
int body_add_raw(struct body *b, const char *p, size_t len, struct error *err);
/* Ends the last line if it was begun; an LF that comes next is a line of its
 * own even where the last octet was a CR. */
int body_end_line(struct body *b, struct error *err);
/* Ends the last line, adds the final dot and hands on all that is held (unless
 * that is nothing). */
int body_end(struct body *b, struct error *err);

#endif
