/* SPDX-License-Identifier: ISC */
/*
 * One message, read whole before any connection is opened.
 *
 * The header block is held in memory as a list of raw fields, the body in a
 * spool.  One parser (mail/header.h) serves everything that looks at the
 * header: recipients of -t, what is removed, what is there.  All edits go
 * through message_remove(), message_edit() and message_prepend(); the body is
 * never changed here.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/spool.h"
#include "mail/addr.h"
#include "mail/header.h"
#include "mail/scan.h"

struct message {
	struct header header;
	struct buf added;   /* fields that go in front, LF line ends */
	size_t edited_size; /* octets of the fields' `edited` */
	struct spool body;  /* everything behind the separating blank line, as
			     * it came in */
	struct traits body_traits;
	/* Header text leaves as UTF-8, or names an address with a local part
	 * outside ASCII: only SMTPUTF8 can carry it (RFC 6531 3.2).  Set by
	 * whoever has looked: deliver/fit.h; false until then. */
	bool needs_smtputf8;
	/* The body is to leave octet by octet, its line ends made already: some
	 * of it is no lines (RFC 3030).  body_traits tell its size, and of its
	 * lines nothing. */
	bool is_binary;
	/* The body is to leave as ASCII even where it need not. */
	bool wants_7bit;
	/* For message_read(): a line with a dot alone ends what a person types
	 * on a terminal. */
	bool ends_at_dot;
};

void message_init(struct message *m);
void message_release(struct message *m);
AUTO_DEFINE(message);

/*
 * Reads fd to its end: a pipe, a socket, a tty, or a regular file from its
 * offset on, which is used where it lies (even when it has been deleted) unless
 * it is small.  A non-blocking fd is waited for, without limit and without a
 * change of its flags.  The offset of a file is at its end afterwards.
 * Drops a leading mbox "From " (or ">From ") line.  A line of the header that
 * is no field begins the body, with the separating blank line supplied.
 *
 * ERR_DATA: an empty message, header over its limits, a field name that could
 * be read two ways (a control octet in it; IN-32), a Bcc behind a line that
 * ends the header.  ERR_IO: reading failed, fd is closed or a directory.
 * -1 leaves m to be released as usual.
 */
int message_read(struct message *m, int fd, struct error *err);

/* The same for size octets of the regular file fd from offset base on, which
 * may be followed by others; its offset may move. */
int message_read_part(
    struct message *m, int fd, int64_t base, int64_t size, struct error *err);

/* The first field of that id that is not removed, or NULL. */
const struct field *message_field(const struct message *m, enum field_id id);
/* Its value unfolded (each line end dropped, blanks kept, NULs and bare CRs as
 * they will leave), trimmed; owned. */
char *message_value(const struct message *m, const struct field *f);

/* Recipients for -t: To, Cc, Bcc, all occurrences; where a Resent- field
 * exists, Resent-To, -Cc, -Bcc of the first resent block instead.  Removed
 * fields count.  Appends to out; on ERR_ADDRESS nothing is added. */
int message_recipients(
    const struct message *m, struct addr_list *out, struct error *err);
/* The first address of From (of Resent-From in the first resent block where
 * there is one) goes to *out, owned, or NULL when there is none that can be
 * used.  It may be a bare local name.  0. */
int message_from(const struct message *m, char **out, struct error *err);

/* Removes every field of that id. */
void message_remove(struct message *m, enum field_id id);
/* Puts "Name: value" before everything, behind what was put there earlier;
 * value must be one valid line, or several with folds ("\n "). */
void message_prepend(struct message *m, const char *name, const char *value);

/* Lets text leave in place of field i: a whole field, LF line ends.  -1 when
 * all these were more than HEADER_SIZE_MAX; the field then is as it came. */
int message_edit(struct message *m, size_t i, const char *text);

/* Puts "Name: value" right before field i, as message_prepend() before all; -1
 * as message_edit(). */
int message_insert(
    struct message *m, size_t i, const char *name, const char *value);

/* Takes back all that these have done. */
void message_restore(struct message *m);

/* The header as it will leave: added fields, then those not removed, each line
 * ending in LF, without NUL or CR, without the blank line that divides it from
 * the body.  Appends to out; -1 when that would pass out's ceiling
 * (2 * HEADER_SIZE_MAX and what was added are always enough). */
int message_head(const struct message *m, struct buf *out);
/* What leaves: head, blank line, body. */
void message_traits(const struct message *m, struct traits *out);
/* Octets on the wire before dot-stuffing. */
uint64_t message_wire_size(const struct message *m);
/* The same with LF line ends: what the log calls mailsize. */
uint64_t message_lf_size(const struct message *m);
bool message_is_8bit(const struct message *m);

#endif
