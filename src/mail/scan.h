/* SPDX-License-Identifier: ISC */
/*
 * What a sender must know of octets before it sends them, found in one pass.
 *
 * Line ends on the wire are CRLF, whatever came in.  The rules, which the
 * encoder that writes DATA follows too, so that the size is exact:
 *
 *	CRLF		stays
 *	bare LF		becomes CRLF
 *	bare CR		becomes CRLF
 *	NUL		becomes '?'
 *	no line end at the very end: one is supplied (not for no octets)
 */
#ifndef MAIL_SCAN_H
#define MAIL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct traits {
	bool has_8bit;             /* an octet over 127 */
	bool has_nul, has_bare_cr; /* something will be normalised */
	uint64_t lines;            /* line ends as they will leave */
	uint64_t longest_line;     /* octets without its end */
	uint64_t wire_size;        /* octets with CRLF line ends, before
				    * dot-stuffing and before lines that are
				    * too long are broken: what SIZE declares */
};

struct scan {
	struct traits traits;
	uint64_t line; /* octets of the line that has begun */
	bool is_after_cr;
};

#define SCAN_INIT                                                              \
	{                                                                      \
		{ false, false, false, 0, 0, 0 }, 0, false                     \
	}

/* The octets may come in pieces of any size. */
void scan_push(struct scan *s, const char *p, size_t len);
/* The octets behind those of s, which end with a line, have been scanned by
 * next, which was fresh: s goes on as if it had done that. */
void scan_append(struct scan *s, const struct scan *next);
/* After the last piece; s->traits is whole then. */
void scan_finish(struct scan *s);

#endif
