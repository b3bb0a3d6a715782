/* SPDX-License-Identifier: ISC */
/* What the two passes of mail/transcode.h share. */
#ifndef MAIL_TRANSCODE_PARTS_H
#define MAIL_TRANSCODE_PARTS_H

#include "mail/mime.h"
#include "mail/transcode.h"

/* Traits of an entity in survey.entities: the needs of its body, and these.
 * They share an octet. */
#define ENTITY_WANTS_BASE64 (1u << 4) /* if it is text */
#define ENTITY_IS_NOT_UTF8 (1u << 5)
#define ENTITY_IS_BINARY (1u << 6) /* a leaf to be kept, or around one */

/* The charset of octets that are not UTF-8; borrowed. */
const char *transcode_charset(const struct transcode_opts *opts);

/* Takes a message apart; head is its header, as message_head() gives it.
 * walk is initialised, and released by the caller. */
int transcode_walk(struct mime_walk *walk, const struct message *m,
    const struct buf *head, struct error *err);
/* The first pass, with all of the body. */
int transcode_survey(const struct message *m, const struct buf *head,
    const char *charset, struct survey *survey, struct error *err);

/* What shall be different in an entity's header. */
struct head_edit {
	unsigned needs;       /* of NEED_HEADER */
	const char *charset;  /* for encode_field */
	const char *coding;   /* Content-Transfer-Encoding, or NULL: as it is */
	const char *type;     /* Content-Type where there is none, or NULL */
	bool is_length_stale; /* Content-Length and Lines are not true now */
};

/* Appends the entity's header as the edit wants it.  ERR_CONVERT: a line that
 * is too long has no place to be folded at. */
int transcode_head(const struct mime_entity *e, const struct head_edit *edit,
    struct buf *out, struct error *err);

#endif
