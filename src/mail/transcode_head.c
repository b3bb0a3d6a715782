/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/transcode_parts.h"

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

static int
head_field(const struct mime_field *f, const struct head_edit *edit,
    struct buf *out, struct error *err)
{
	auto_free char *name = NULL;

	if (!head_must_encode(f, edit->needs)) {
		(void)buf_add(out, f->text, f->len);
		return 0;
	}
	if (!(encode_field(f, edit->charset, out) & FIELD_IS_STUCK) ||
	    !(edit->needs & NEED_HEADER_LINES))
		return 0;
	name = xmemdupz(f->text, f->name_len);
	return err_set(err, ERR_CONVERT,
	    _("a line of the %s header is too long and cannot be folded"),
	    name);
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
		    head_field(&f, edit, out, err) < 0)
			return -1;
	/* a header whose last line has no end: the message ends there, too */
	if (out->len && e->head_len && out->data[out->len - 1] != '\n' &&
	    out->data[out->len - 1] != '\r' && (edit->type || edit->coding))
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
