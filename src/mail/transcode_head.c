/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/transcode_parts.h"

#include <string.h>

#include "base/i18n.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/encode_field.h"

static bool
head_must_encode(const struct mime_field *f, unsigned needs)
{
	return ((needs & NEED_HEADER_7BIT) && field_is_8bit(f)) ||
	       ((needs & NEED_HEADER_UTF8) &&
		   !utf8_is_valid(f->text, f->len)) ||
	       ((needs & NEED_HEADER_LINES) && field_is_long(f));
}

/* Fields that say how to read the rest keep saying it, whatever stands behind
 * their word. */
static bool
head_restate(
    const struct mime_entity *e, const struct mime_field *f, struct buf *out)
{
	const char *value = NULL;

	if (mime_field_is(f, "MIME-Version"))
		value = "1.0";
	else if (mime_field_is(f, "Content-Transfer-Encoding"))
		value = mime_coding_name(e->type.coding);
	else
		return false;
	(void)buf_add(out, f->text, f->name_len);
	(void)buf_printf(out, ": %s\n", value ? value : "x-unknown");
	return true;
}

/* The field as it is, its lines ending in LF. */
static void
head_copy(const struct mime_field *f, struct buf *out)
{
	if (!memchr(f->text, '\r', f->len)) {
		(void)buf_add(out, f->text, f->len);
		return;
	}
	for (size_t i = 0; i < f->len; i++) {
		bool is_pair =
		    f->text[i] == '\n' && i && f->text[i - 1] == '\r';

		if (!is_pair)
			(void)buf_add_char(
			    out, f->text[i] == '\r' ? '\n' : f->text[i]);
	}
}

static int
head_field(const struct mime_entity *e, const struct mime_field *f,
    const struct head_edit *edit, struct buf *out, struct error *err)
{
	auto_free char *name = NULL;

	if (!head_must_encode(f, edit->needs)) {
		head_copy(f, out);
		return 0;
	}
	/* an mbox line is no field: nothing is lost with it */
	if (!f->name_len || head_restate(e, f, out))
		return 0;
	if (!(encode_field(f, edit->charset, out) & FIELD_IS_STUCK) ||
	    (field_is_long(f) && !(edit->needs & NEED_HEADER_LINES)))
		return 0;
	name = xmemdupz(f->text, f->name_len);
	(void)err_set(err, ERR_CONVERT,
	    _("a line of the %s header is too long and cannot be folded"),
	    name);
	return err_hint(err, _("With long_lines send it is sent as it is."));
}

/* Whether the field goes, because what it says is said anew or is not true any
 * more. */
static bool
head_is_stale(const struct mime_field *f, const struct head_edit *edit)
{
	if (edit->coding && mime_field_is(f, "Content-Transfer-Encoding"))
		return true;
	return edit->is_length_stale && (mime_field_is(f, "Content-Length") ||
					    mime_field_is(f, "Lines"));
}

int
transcode_head(const struct mime_entity *e, const struct head_edit *edit,
    struct buf *out, struct error *err)
{
	struct mime_field f;
	size_t pos = 0;

	while (mime_field_next(e->head, e->head_len, &pos, &f))
		if (!head_is_stale(&f, edit) &&
		    head_field(e, &f, edit, out, err) < 0)
			return -1;
	/* a header whose last line has no end: the message ends there, too */
	if (out->len && e->head_len && out->data[out->len - 1] != '\n' &&
	    (edit->type || edit->coding))
		(void)buf_add_char(out, '\n');
	if (e->is_message && !e->type.has_version &&
	    (edit->type || edit->coding))
		(void)buf_add_str(out, "MIME-Version: 1.0\n");
	if (edit->type && !e->type.has_type)
		(void)buf_printf(out, "Content-Type: %s\n", edit->type);
	if (edit->coding)
		(void)buf_printf(
		    out, "Content-Transfer-Encoding: %s\n", edit->coding);
	return 0;
}
