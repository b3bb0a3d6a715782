/* SPDX-License-Identifier: ISC */
/* The mail that a report is about. */
#include "config.h"

#include "mail/report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "mail/decode.h"
#include "mail/mime.h"

/* Octets of a Message-ID that goes into a field of ours, on one line. */
#define REPORT_ID_MAX 900

void
report_about_release(struct report_about *a)
{
	if (!a)
		return;
	free(a->subject);
	free(a->date);
	free(a->from);
	free(a->message_id);
	*a = (struct report_about){ 0 };
}

/* The field's text for a person. */
static char *
report_about_text(const struct mime_field *f)
{
	AUTO(buf) struct buf value = BUF_INIT(f->value_len);
	char *text;

	mime_field_unfold(f, &value);
	text = text_trim(value.data ? value.data : (char[]){ "" });
	if (strlen(text) > REPORT_TEXT_MAX)
		text[REPORT_TEXT_MAX] = '\0';
	return decode_text(text);
}

/* Whether it is "<" something without blanks ">": no more is needed for that
 * nothing else comes with it. */
static bool
report_about_is_id(const char *id)
{
	size_t len = strlen(id);

	return len > 2 && len <= REPORT_ID_MAX && id[0] == '<' &&
	       strcspn(id, ">") == len - 1 && !strpbrk(id + 1, "< \t") &&
	       text_is_ascii(id, len) && !text_has_control(id, len);
}

void
report_about_read(struct report_about *a, const char *head, size_t len)
{
	const struct {
		const char *name;
		char **to;
	} wanted[] = {
		{ "Subject", &a->subject },
		{ "Date", &a->date },
		{ "From", &a->from },
		{ "Message-ID", &a->message_id },
	};
	struct mime_field f;
	size_t pos = 0;

	while (mime_field_next(head, len, &pos, &f))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (!*wanted[i].to && mime_field_is(&f, wanted[i].name))
				*wanted[i].to = report_about_text(&f);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!*wanted[i].to)
			*wanted[i].to = xstrdup("");
	if (!report_about_is_id(a->message_id))
		xreplace(&a->message_id, xstrdup(""));
}
