/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/message.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

void
message_init(struct message *m)
{
	*m = (struct message){
		.header = HEADER_INIT,
		.added = BUF_INIT(HEADER_SIZE_MAX),
		.body = SPOOL_INIT,
	};
}

void
message_release(struct message *m)
{
	if (!m)
		return;
	header_release(&m->header);
	buf_release(&m->added);
	spool_release(&m->body);
}

const struct field *
message_field(const struct message *m, enum field_id id)
{
	for (size_t i = 0; i < m->header.count; i++) {
		const struct field *f = &m->header.fields[i];

		if (f->id == id && !f->is_removed)
			return f;
	}
	return NULL;
}

char *
message_value(const struct message *m, const struct field *f)
{
	AUTO(buf) struct buf out = BUF_INIT(HEADER_SIZE_MAX);

	header_unfold(&m->header, f, &out);
	for (size_t i = 0; i < out.len; i++) {
		if (out.data[i] == '\0')
			out.data[i] = '?';
		else if (out.data[i] == '\r')
			out.data[i] = ' ';
	}
	return xstrdup(text_trim(out.data ? out.data : (char[]){ "" }));
}

/* --- who ------------------------------------------------------------------ */

/* Addresses of one field, refused as they would be on the wire. */
static int
message_addresses(const struct message *m, const struct field *f,
    struct addr_list *out, struct error *err)
{
	AUTO(buf) struct buf value = BUF_INIT(HEADER_SIZE_MAX);
	auto_free char *where = NULL;

	header_unfold(&m->header, f, &value);
	if (addr_parse_list(out, buf_str(&value), value.len, "header", err) ==
	    0)
		return 0;
	/* once more, for a better word */
	where = xasprintf(_("the %s header"), header_field_name(f->id));
	return addr_parse_list(out, buf_str(&value), value.len, where, err);
}

static bool
message_names_recipients(enum field_id id, bool is_resent)
{
	if (is_resent)
		return id == FIELD_RESENT_TO || id == FIELD_RESENT_CC ||
		       id == FIELD_RESENT_BCC;
	return id == FIELD_TO || id == FIELD_CC || id == FIELD_BCC;
}

int
message_recipients(
    const struct message *m, struct addr_list *out, struct error *err)
{
	const struct header *h = &m->header;
	size_t before = out->count;
	size_t first, end;
	bool is_resent;

	header_resent_block(h, &first, &end);
	is_resent = first < end;
	if (!is_resent) {
		first = 0;
		end = h->count;
	}
	for (size_t i = first; i < end; i++) {
		if (!message_names_recipients(h->fields[i].id, is_resent))
			continue;
		if (message_addresses(m, &h->fields[i], out, err) < 0) {
			addr_list_truncate(out, before);
			return -1;
		}
	}
	return 0;
}

/* The first field of that id in a range, whether removed or not. */
static const struct field *
message_find(
    const struct message *m, enum field_id id, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (m->header.fields[i].id == id)
			return &m->header.fields[i];
	return NULL;
}

int
message_from(const struct message *m, char **out, struct error *err)
{
	AUTO(addr_list) struct addr_list l = ADDR_LIST_INIT;
	const struct field *f;
	size_t first, end;

	*out = NULL;
	header_resent_block(&m->header, &first, &end);
	f = message_find(m, FIELD_RESENT_FROM, first, end);
	if (!f)
		f = message_find(m, FIELD_FROM, 0, m->header.count);
	if (!f)
		return 0;
	if (message_addresses(m, f, &l, err) < 0)
		error_release(err); /* no use is no failure */
	else if (l.count)
		*out = auto_take(l.items[0]);
	return 0;
}

/* --- edits ---------------------------------------------------------------- */

void
message_remove(struct message *m, enum field_id id)
{
	for (size_t i = 0; i < m->header.count; i++)
		if (m->header.fields[i].id == id)
			m->header.fields[i].is_removed = true;
}

void
message_prepend(struct message *m, const char *name, const char *value)
{
	(void)buf_printf(&m->added, "%s: %s\n", name, value);
}

int
message_edit(struct message *m, size_t i, const char *text)
{
	struct field *f = &m->header.fields[i];
	size_t len = strlen(text);

	if (f->edited)
		m->edited_size -= strlen(f->edited);
	if (len > HEADER_SIZE_MAX - m->edited_size) {
		xreplace(&f->edited, NULL);
		return -1;
	}
	m->edited_size += len;
	xreplace(&f->edited, xstrdup(text));
	return 0;
}

int
message_insert(struct message *m, size_t i, const char *name, const char *value)
{
	AUTO(buf) struct buf both = BUF_INIT(2 * HEADER_SIZE_MAX);

	(void)buf_printf(&both, "%s: %s\n", name, value);
	header_emit(&m->header, &m->header.fields[i], &both);
	return both.is_full ? -1 : message_edit(m, i, buf_str(&both));
}

void
message_restore(struct message *m)
{
	for (size_t i = 0; i < m->header.count; i++) {
		struct field *f = &m->header.fields[i];

		f->is_removed = false;
		xreplace(&f->edited, NULL);
	}
	m->edited_size = 0;
	buf_reset(&m->added);
}

/* --- what leaves ---------------------------------------------------------- */

int
message_head(const struct message *m, struct buf *out)
{
	(void)buf_add(out, buf_str(&m->added), m->added.len);
	for (size_t i = 0; i < m->header.count; i++)
		if (!m->header.fields[i].is_removed)
			header_emit(&m->header, &m->header.fields[i], out);
	return out->is_full ? -1 : 0;
}

void
message_traits(const struct message *m, struct traits *out)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	const struct traits *body = &m->body_traits;
	struct scan scan = SCAN_INIT;

	(void)message_head(m, &head); /* fits: twice the header at most */
	(void)buf_add_char(&head, '\n');
	scan_push(&scan, head.data, head.len);
	scan_finish(&scan);
	*out = scan.traits;
	out->has_8bit |= body->has_8bit;
	out->has_nul |= body->has_nul;
	out->has_bare_cr |= body->has_bare_cr;
	out->lines += body->lines;
	out->wire_size += body->wire_size;
	if (body->longest_line > out->longest_line)
		out->longest_line = body->longest_line;
}

uint64_t
message_wire_size(const struct message *m)
{
	struct traits t;

	message_traits(m, &t);
	return t.wire_size;
}

uint64_t
message_lf_size(const struct message *m)
{
	struct traits t;

	message_traits(m, &t);
	return t.wire_size - t.lines;
}

bool
message_is_8bit(const struct message *m)
{
	struct traits t;

	if (m->body_traits.has_8bit)
		return true;
	message_traits(m, &t);
	return t.has_8bit;
}
