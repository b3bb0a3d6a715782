/* SPDX-License-Identifier: ISC */
/*
 * One message, read whole before any connection is opened.
 *
 * The header block is held in memory as a list of raw fields, the body in a
 * spool.  One parser serves everything that looks at the header: recipients of
 * -t, what is removed, what is there.  Only edits go through message_remove()
 * and message_prepend(); the body is never changed here.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/spool.h"
#include "mail/addr.h"

/* A header block larger than this is refused (ERR_DATA). */
#define HEADER_SIZE_MAX (1024 * 1024) /* octets */
#define HEADER_LINES_MAX 10000

/* The fields that mean something to us. */
enum field_id {
	FIELD_OTHER,
	FIELD_FROM,
	FIELD_SENDER,
	FIELD_TO,
	FIELD_CC,
	FIELD_BCC,
	FIELD_DATE,
	FIELD_MESSAGE_ID,
	FIELD_RESENT_FROM,
	FIELD_RESENT_SENDER,
	FIELD_RESENT_TO,
	FIELD_RESENT_CC,
	FIELD_RESENT_BCC,
	FIELD_RESENT_DATE,
	FIELD_RESENT_MESSAGE_ID,
	FIELD_RETURN_PATH,
	FIELD_COUNT
};

struct field {
	enum field_id id;
	size_t at; /* octets from the start of header.text */
	size_t name_len;
	size_t value; /* offset of the first octet behind the colon */
	size_t len;   /* of the whole field with folds and final line end */
	bool is_removed;
};

struct header {
	struct buf text; /* as it came in, NULs included */
	struct field *fields;
	size_t count;
	size_t cap;
};

/* What scanning saw, in head and body: what the encoder must know first. */
struct traits {
	bool has_8bit;             /* an octet over 127 */
	bool has_nul, has_bare_cr; /* something will be normalised */
	uint64_t lines;            /* line ends as they will leave */
	uint64_t longest_line;     /* octets without its end */
	uint64_t wire_size;        /* octets with CRLF line ends, before
				    * dot-stuffing: what SIZE declares */
};

struct message {
	struct header header;
	struct buf added;  /* fields that go in front, LF line ends */
	struct spool body; /* everything behind the separating blank line */
	struct traits head_traits, body_traits;
};

void message_init(struct message *m);
void message_release(struct message *m);
AUTO_DEFINE(message);

/*
 * Reads fd to its end: a pipe, a socket, a tty, or a regular file from its
 * offset on, which is used where it lies (even when it has been deleted).
 * Drops a leading mbox "From " (or ">From ") line.  A first line that is no
 * field begins the body, with the separating blank line supplied.
 *
 * ERR_DATA: an empty message, header over its limits, a field name that could
 * be read two ways (a control octet in it; IN-32).  ERR_IO: reading failed, fd
 * is closed or a directory.  -1 leaves m to be released as usual.
 */
int message_read(struct message *m, int fd, struct error *err);

/* The first field of that id that is not removed, or NULL. */
const struct field *message_field(const struct message *m, enum field_id id);
/* Its value unfolded (each line end dropped, blanks kept), trimmed; owned. */
char *message_value(const struct message *m, const struct field *f);

/* Recipients for -t: To, Cc, Bcc, all occurrences; where a Resent- field
 * exists, Resent-To, -Cc, -Bcc of the first resent block instead. */
int message_recipients(
    const struct message *m, struct addr_list *out, struct error *err);
/* The address of From (Resent-From where that comes first), owned, or NULL in
 * *out when there is none that can be used. */
int message_from(const struct message *m, char **out, struct error *err);

void message_remove(struct message *m, enum field_id id);
/* Puts "Name: value" before everything, behind what was put there earlier;
 * value must be one valid line. */
void message_prepend(struct message *m, const char *name, const char *value);

/* The header as it will leave: added fields, then those not removed, each line
 * ending in LF or CRLF as it came, without the blank line.  Appends to out. */
int message_head(const struct message *m, struct buf *out);
/* Octets on the wire before dot-stuffing: head, blank line, body. */
uint64_t message_wire_size(const struct message *m);
/* The same with LF line ends: what the log calls mailsize. */
uint64_t message_lf_size(const struct message *m);
bool message_is_8bit(const struct message *m);

#endif
