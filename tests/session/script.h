/* SPDX-License-Identifier: ISC */
/*
 * A dialogue as data: settings, what is said, what must come out of it, with a
 * line "--" between them.
 *
 *	from A / rcpt A		the envelope
 *	message TEXT		what sendmail would get on standard input
 *	repeat N TEXT		... and N times TEXT behind it
 *	chunking on|off		auto without it
 *	lmtp			the protocol
 *	wish NAME VALUE		notify, ret, envid, by, release, priority,
 *				auth, tls: as in struct wishes
 *	steps WORD...		greet hello ehlo starttls wrap auth transact
 *				again etrn quit; default: greet hello transact
 *quit domain NAME		the name in EHLO; default: client.example
 *	timeout N		seconds; for dialogues that stall
 *	auth MECH USER PASSWORD	the real mechanism
 *	sasl MECH		a scripted one, which says what `answer` has:
 *	answer TEXT		... to the next challenge ("-" is nothing);
 *				`first` before them: it speaks first; `fail`:
 *				it gives up there; `done N`: it is content
 *				after N answers
 *	short-body		the body ends before its size (SM-18)
 *	split no		only play it in one piece
 *	split some		... and in a few others: long dialogues
 *	socket no		only play it in memory
 *
 *	S: TEXT			the server says TEXT and CRLF
 *	S> TEXT			... TEXT as it is
 *	S* N TEXT, S= N TEXT	... N times TEXT, with CRLF and without
 *	C: TEXT, C> TEXT, ...	the client must say the same
 *	close, reset		the server goes away
 *	stall			the server says nothing more
 *	drip TEXT		... an octet now and then, without end
 *
 *	error KIND [STEP]	of the step that failed, or none
 *	text WORDS		a part of its text
 *	hint WORDS		a part of its hint
 *	rcpt FATE [KIND [CODE]]	one for each recipient, in order
 *	exit N			the exit code
 *	writes N		flights, QUIT's among them
 *	absent TEXT		nowhere in the transcript or the error
 *
 * TEXT knows \r \n \t \\ \0 \xNN.  Lines that begin with # are comments.
 */
#ifndef SESSION_SCRIPT_H
#define SESSION_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SCRIPT_MAX 64
#define SCRIPT_OCTETS_MAX ((size_t)8 * 1024 * 1024)

enum turn_kind {
	TURN_SERVER,
	TURN_CLIENT,
	TURN_CLOSE,
	TURN_RESET,
	TURN_STALL,
	TURN_DRIP,
};

struct turn {
	enum turn_kind kind;
	struct buf text;
};

struct expected_rcpt {
	char *fate, *kind; /* kind: or NULL */
	int code;          /* or 0 */
};

struct script {
	char *from, *message, *domain;
	char *chunking; /* or NULL */
	size_t message_len;
	char *rcpts[SCRIPT_MAX];
	size_t nrcpts;
	char *steps;
	long timeout_s;
	char *mech, *user, *password; /* `auth` */
	bool is_scripted;             /* `sasl` */
	bool speaks_first, has_short_body, no_split, no_socket;
	bool some_splits, is_lmtp;
	char *wish_names[SCRIPT_MAX], *wishes[SCRIPT_MAX];
	size_t nwishes;
	char *answers[SCRIPT_MAX];
	size_t nanswers;
	size_t fail_at;    /* which answer, from 1; 0: none */
	size_t done_after; /* answers; 0: never */

	struct turn turns[SCRIPT_MAX * 4];
	size_t nturns;
	size_t server_octets;

	char *error, *error_step, *text, *hint;
	struct expected_rcpt want[SCRIPT_MAX];
	size_t nwant;
	long exit_code;
	long writes; /* or 0 */
	char *absent[SCRIPT_MAX];
	size_t nabsent;
};

/* -1 with a line on standard error when the file is no dialogue. */
int script_read(struct script *s, const char *path);
void script_release(struct script *s);

#endif
