/* SPDX-License-Identifier: ISC */
/*
 * One queued message: one file that a person can read.
 *
 *	postrider queue 1
 *	next      0001795286400		cells: of fixed width, within the first
 *	last      0000000000000		512 octets, overwritten in place
 *	waited    0000000000000
 *	tries     00000
 *	deaths    0
 *	told      -			'D': the delay notice is out
 *	doubt     -			'?': the end of the message went out and
 *					nobody knows whether it was taken
 *	born      0001795286400		from here on nothing changes but the
 *	uid       0000001000		verdicts
 *	bytes     000000000002048
 *	sha256    of all but the cells, the verdicts and this
 *	account   work
 *	config    /home/me/other	where -C named it
 *	option    port 2525		what the command line said
 *	wish      RET HDRS		what is asked of servers
 *	expiry    3600			seconds, where the sender said so
 *	from      <me@example.org>
 *	to N FAILURE,DELAY rfc822;b+40a b@example.com
 *	end
 *	the message: its header as it will leave, its body as it came
 *	log lines: "2026-11-21T20:40:00Z deferred b@example.com 450 4.2.0 ..."
 *
 * In a `to` line stand the verdict (N pending, D done, X failed), what NOTIFY
 * and ORCPT say or "-", and the address.  X and not F: a bit that flips must
 * not make a finished recipient of a pending one.
 *
 * A verdict or a mark is one octet of a file that has its size: writing it
 * needs no room, and a power cut leaves the old or the new one.
 */
#ifndef QUEUE_ENTRY_H
#define QUEUE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/error.h"
#include "io/syncer.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "queue/quota.h"
#include "queue/store.h"

/* Octets of a header block: ENVELOPE_RCPT_MAX long addresses. */
#define ENTRY_HEAD_MAX ((size_t)80 * 1024 * 1024)
/* What a tries cell can say. */
#define ENTRY_TRIES_MAX 99999
#define ENTRY_DEATHS_MAX 9

/* What the command line said about the account: an option's name as in the
 * configuration file, and its value. */
struct entry_option {
	char *name, *value;
};

struct entry_cells {
	time_t next_s;   /* when it is due */
	time_t last_s;   /* when it was tried last; 0: never */
	time_t waited_s; /* how long it has waited, a clock that jumps left out
			  * of account: see queue/backoff.h */
	unsigned tries;  /* attempts that count */
	unsigned deaths; /* processes that died over it since an attempt was
			  * seen through: the first perhaps over another one
			  * beside it, the others not */
	bool is_delay_told;
	bool is_in_doubt;
};

struct entry {
	char id[QUEUE_ID_SIZE]; /* "": entry_write() makes one */
	enum queue_state state;

	/* What does not change.  For entry_write() the caller's, but for
	 * born_s, uid and message_size. */
	char *account; /* or NULL: what the options say */
	char *config;  /* an absolute path, or NULL */
	struct entry_option *options;
	size_t option_count;
	time_t born_s;
	int64_t expiry_s; /* 0: as usual; see queue/backoff.h */
	uid_t uid;
	uint64_t message_size; /* octets */

	struct quota quota; /* for entry_write(): what uid may have; no cell */

	struct entry_cells cells; /* as in the file; see entry_set_cells() */
	/* As read; a recipient's fate is PENDING, SENT or FAIL.  The envelope
	 * of entry_write() stays the caller's, and may be that of any entry_
	 * function: recipients are known by their index. */
	struct envelope envelope;

	bool is_given;   /* private: entry_write() did not make the id */
	bool is_doubted; /* private: entry_doubt() was here */
	bool is_ahead;   /* private: entry_doubt_ahead() was, and it not */
	/* private: octets of the block of which it is not known whether they
	 * are on the disk; end == 0: none */
	size_t unsafe_first, unsafe_end;
	int fd;           /* open; locked unless from entry_peek() */
	int64_t size;     /* octets of the file, log included */
	struct buf head;  /* private: the header block as it is on disk */
	size_t *verdicts; /* private: where in it each recipient's octet is */
	size_t rcpt_count;
	struct queue *queue; /* borrowed */
};

void entry_init(struct entry *e);
/* Closes the file, and with it gives the lock back. */
void entry_release(struct entry *e);
AUTO_DEFINE(entry);

/* Adds one of the options; copies both. */
void entry_add_option(struct entry *e, const char *name, const char *value);

/*
 * Accepts a message: writes the file, makes it durable, puts it in place under
 * active/ and makes that durable.  Only then may anybody be told that it was
 * taken.  e holds what the caller says of it, cells included; it is open and
 * locked afterwards, so that no runner takes what the caller is about to try.
 *
 * 0; 1 when e->id was given and there is such a message already: e is of no
 * use then.  -1: nothing was queued.  ERR_QUEUE (full, more than the quota, or
 * any write that failed), ERR_DATA (a header that could not be read back). When
 * even taking the name away failed, the text says under which id it may have
 * been queued.
 */
int entry_write(struct entry *e, struct queue *q, const struct envelope *env,
    const struct message *m, struct error *err);

/*
 * Opens, locks and verifies.  1; 0 when somebody else is at it or it is gone;
 * -1: ERR_DATA when it is no message of ours (a link, a hard link, foreign,
 * readable by others, damaged): see entry_set_aside().  ERR_UNSUPPORTED: of
 * another version, to be left alone.  ERR_QUEUE: it could not be read.
 */
int entry_open(struct entry *e, struct queue *q, enum queue_state state,
    const char *id, struct error *err);
/* The header block alone, without a lock and without a look at the message:
 * what can be shown, not what can be acted on.  1, 0 when it is gone, -1. */
int entry_peek(struct entry *e, struct queue *q, enum queue_state state,
    const char *id, struct error *err);
/* Whether path leads to e still: it does not after somebody removed or moved
 * it behind our back. */
bool entry_is_there(const struct entry *e);

/* Reads the message; m is fresh. */
int entry_message(const struct entry *e, struct message *m, struct error *err);
/* The last line of the log, without its end, or "" where there is none; owned.
 * Not sanitised. */
char *entry_last_log(const struct entry *e);

/* --- while it is locked --------------------------------------------------- */

/* The in-doubt mark, durable before it returns, and with it on disk that the
 * mail is due in BACKOFF_DOUBT_S: for whoever finds it after our death.  The
 * cells of e keep the time from before.  ERR_QUEUE. */
int entry_doubt(struct entry *e, struct error *err);

/* The same for several mails at once, each of which is about to be sent:
 * entry_doubt() finds it done, or does it.  Of a mail whose turn does not come
 * the mark is taken back by entry_settle() or entry_release().  count <=
 * SYNCER_MAX. */
void entry_doubt_ahead(
    struct entry *const *list, size_t count, struct syncer *syncer);

/* What became of recipients, durable before it returns: D for SENT; X for FAIL
 * where with_failures (the bounce must be safe before); the mark is taken back
 * unless somebody's why is ERR_IN_DOUBT.  ERR_QUEUE. */
int entry_settle(struct entry *e, const struct envelope *env,
    bool with_failures, struct error *err);
/* The same for several mails at once, without failures: entry_settle() finds it
 * done, or does it. */
void entry_settle_ahead(struct entry *const *list,
    const struct envelope *const *envs, size_t count, struct syncer *syncer);
/* Whether nobody is pending, by what is on disk. */
bool entry_is_over(const struct entry *e);

/* Those who have failed are pending again, durable before it returns: a person
 * wants another attempt.  ERR_QUEUE. */
int entry_revive(struct entry *e, struct error *err);

/* The cells but for is_in_doubt.  Not synced: what a power cut takes away is
 * done once more.  ERR_QUEUE. */
int entry_set_cells(
    struct entry *e, const struct entry_cells *cells, struct error *err);

/* Appends a line to the log; what is not text is escaped.  Losing one never
 * changes delivery, so it cannot fail. */
void entry_log(struct entry *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends one for each recipient whom this attempt has ruled. */
void entry_log_verdicts(struct entry *e, const struct envelope *env);

/* Leaves it locked until the process ends: nobody may try it. */
void entry_keep(struct entry *e);

/* It is over: takes its name away.  A crash may bring it back, and then nobody
 * in it is pending. */
int entry_remove(struct entry *e, struct error *err);
/* Into another state, durable; the lock stays. */
int entry_move(struct entry *e, enum queue_state state, struct error *err);
/* The same, durable only after queue_sync() of both states: for many at once.
 * Until then a power cut leaves it in one or the other. */
int entry_shift(struct entry *e, enum queue_state state, struct error *err);

/* Moves what cannot be read to bad/, where a person may look at it. */
int entry_set_aside(
    struct queue *q, enum queue_state state, const char *id, struct error *err);

#endif
