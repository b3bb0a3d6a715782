/* SPDX-License-Identifier: ISC */
/*
 * The structure of a MIME message (RFC 2045, 2046) as a stream of events, in
 * constant memory whatever the size of its parts.
 *
 * Lines end as they will on the wire (mail/scan.h): at CRLF, LF or CR.  The
 * line end before a delimiter belongs to the delimiter.  A delimiter is a whole
 * line, blanks behind it apart: "--abcd" is none of the boundary "abc".  An
 * outer delimiter ends all that is open inside; what was never closed ends with
 * the message.
 *
 * What must not be looked into, because it is signed or encrypted, cut in
 * pieces, or has no boundary that could be trusted, is one sealed entity.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Entities open inside each other; deeper ones are sealed. */
#define MIME_DEPTH_MAX 64
/* Octets of a boundary: more than the 70 of RFC 2046, since mail has them. */
#define MIME_BOUNDARY_MAX 200
/* Octets of the header of a part; one that has more is no header from there
 * on, and the part is sealed. */
#define MIME_HEAD_MAX (256 * 1024)

enum mime_kind {
	MIME_LEAF,
	MIME_MULTIPART,
	MIME_MESSAGE, /* message/rfc822: a header and a body of its own */
	MIME_SEALED,
};

enum mime_coding {
	MIME_CODING_NONE, /* no field: 7bit (RFC 2045 6.1) */
	MIME_CODING_7BIT,
	MIME_CODING_8BIT,
	MIME_CODING_BINARY,
	MIME_CODING_QP,
	MIME_CODING_BASE64,
	MIME_CODING_OTHER,
};

/* What the header of an entity says about its body. */
struct mime_type {
	enum mime_kind kind;
	enum mime_coding coding;
	bool is_text;   /* its lines are lines */
	bool is_digest; /* its parts are messages unless they say otherwise */
	bool is_application;
	bool has_type, has_version;
	size_t boundary_len;
	char boundary[MIME_BOUNDARY_MAX];
};

/* One entity; the message is number 0, the others count by their headers. */
struct mime_entity {
	struct mime_type type;
	size_t number;
	bool is_message;  /* not a part: its header is a message's */
	const char *head; /* its header, lines as they came; borrowed */
	size_t head_len;
	/* the empty line behind it: its line end; LF where a line stands that
	 * no header can have; "" where a delimiter or the end comes next */
	const char *blank;
};

/* Octets that are neither header nor content of a leaf. */
enum mime_frame {
	MIME_DELIMITER, /* with the line end before it and its own */
	MIME_MARGIN,    /* preamble and epilogue of a multipart */
};

/* What is told, in the order of the message.  Each returns 0, or -1 with err,
 * which ends the walk. */
struct mime_events {
	int (*head)(
	    void *ctx, const struct mime_entity *entity, struct error *err);
	/* a leaf's or a sealed entity's content, in pieces of any size */
	int (*content)(void *ctx, const char *p, size_t len, struct error *err);
	int (*content_end)(void *ctx, struct error *err);
	int (*frame)(void *ctx, enum mime_frame frame, const char *p,
	    size_t len, struct error *err);
};

enum mime_state {
	MIME_IN_HEAD,
	MIME_IN_CONTENT,
	MIME_IN_MARGIN,
};

struct mime_level {
	char boundary[MIME_BOUNDARY_MAX];
	size_t boundary_len; /* 0 once it is closed */
	bool is_digest;
	size_t number; /* of its entity */
};

struct mime_walk {
	const struct mime_events *events;
	void *ctx;
	enum mime_state state;
	struct mime_level level[MIME_DEPTH_MAX];
	size_t depth;  /* multiparts open; the last may be closed */
	size_t nested; /* messages open inside them: part of the depth */
	size_t entities;
	struct buf head;  /* of the entity whose header is being read */
	struct buf line;  /* the begin of a line that may be a delimiter, or a
			   * line of a header */
	bool is_holding;  /* line holds all of the line so far */
	bool is_at_start; /* of a line */
	char end[3];      /* the last line end, not yet told */
	bool is_after_cr;
};

void mime_walk_init(
    struct mime_walk *w, const struct mime_events *events, void *ctx);
void mime_walk_release(struct mime_walk *w);
AUTO_DEFINE(mime_walk);
/* The message's own header, complete; then its body in pieces of any size;
 * then the end. */
int mime_walk_head(
    struct mime_walk *w, const char *head, size_t len, struct error *err);
int mime_walk_push(
    struct mime_walk *w, const char *p, size_t len, struct error *err);
int mime_walk_finish(struct mime_walk *w, struct error *err);

/* --- fields --------------------------------------------------------------- */

/* One field of a header block, borrowed from it. */
struct mime_field {
	const char *text; /* all of it, with folds and the last line end */
	size_t len;
	size_t name_len; /* 0: an mbox line */
	const char *value;
	size_t value_len;
};

/* Steps through a header block; *pos begins at 0.  False at its end. */
bool mime_field_next(
    const char *head, size_t len, size_t *pos, struct mime_field *f);
bool mime_field_is(const struct mime_field *f, const char *name);
/* Appends the value without its line ends; NULs are '?'. */
void mime_field_unfold(const struct mime_field *f, struct buf *out);
/* Whether a line can stand in a header: a field, a fold, a first mbox line. */
bool mime_is_head_line(const char *line, size_t len, bool is_first);

/* "7bit", ...; NULL for none and for what is not known. */
const char *mime_coding_name(enum mime_coding coding);
/* Reads a header block; is_in_digest: of a part of a multipart/digest. */
void mime_type_read(
    struct mime_type *t, const char *head, size_t len, bool is_in_digest);

/* --- parameters ----------------------------------------------------------- */

/* "type; name=value; ..." cut at its semicolons (RFC 2045 5.1), borrowed. */
struct mime_param {
	const char *text; /* between the semicolons, blanks and all */
	size_t len;
	const char *name; /* "" for the type itself, or where none is */
	size_t name_len;
	const char *value; /* with its quotes, without comments */
	size_t value_len;
};

/* Steps through an unfolded value; *pos begins at 0.  False at its end. */
bool mime_param_next(
    const char *value, size_t len, size_t *pos, struct mime_param *p);
/* Appends a parameter's value without quotes. */
void mime_param_unquote(const struct mime_param *p, struct buf *out);

#endif
