/* SPDX-License-Identifier: ISC */
/* Header fields made ASCII: each stays one field of the same name, of short
 * lines, and a person reads the same in it.  The first octet of the input
 * chooses the charset, the rest is a header. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/decode.h"
#include "mail/encode_field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

/* One field: each line behind the first is a fold with something in it. */
static void
fuzz_check_form(const char *p, size_t len, bool may_be_long)
{
	size_t line = 0;

	fuzz_require(len && p[len - 1] == '\n');
	fuzz_require(!memchr(p, '\r', len) && !memchr(p, '\0', len));
	for (size_t i = 0; i < len; i++) {
		line = p[i] == '\n' ? 0 : line + 1;
		fuzz_require(may_be_long || line <= FIELD_LINE_MAX);
		if (p[i] == '\n' && i + 1 < len)
			fuzz_require(text_is_blank(p[i + 1]));
	}
}

/* The words without the blanks around and between them. */
static char *
fuzz_words(const char *text)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);

	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			(void)buf_add_char(&out, *text);
	return buf_detach(&out);
}

static char *
fuzz_read(const struct mime_field *f)
{
	AUTO(buf) struct buf value = BUF_INIT(SIZE_MAX / 2);

	mime_field_unfold(f, &value);
	return decode_text(buf_str(&value));
}

/* Of plain UTF-8 text everything is kept. */
static void
fuzz_check_text(const struct mime_field *in, const struct mime_field *out)
{
	auto_free char *before = fuzz_read(in);
	auto_free char *after = fuzz_read(out);
	auto_free char *is = fuzz_words(after);
	auto_free char *was = fuzz_words(before);

	fuzz_require(strcmp(is, was) == 0);
}

static bool
fuzz_is_text(const struct mime_field *f)
{
	auto_free char *text = xmemdupz(f->value, f->value_len);

	return mime_field_is(f, "Subject") && !strstr(text, "=?") &&
	       utf8_is_valid(f->value, f->value_len);
}

static void
fuzz_field(const struct mime_field *f, const char *charset)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);
	unsigned found = encode_field(f, charset, &out);
	const char *p = buf_str(&out);
	struct mime_field again;
	size_t pos = 0;

	fuzz_check_form(p, out.len, found & FIELD_IS_STUCK);
	fuzz_require(text_is_ascii(p, out.len) || (found & FIELD_IS_WIDE));
	fuzz_require(mime_field_next(p, out.len, &pos, &again));
	fuzz_require(pos == out.len);
	if (text_has_caseprefix(p, "Downgraded-"))
		return;
	fuzz_require(again.name_len == f->name_len &&
		     text_caseeq_n(again.text, f->text, f->name_len));
	if (fuzz_is_text(f))
		fuzz_check_text(f, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const charsets[] = { "windows-1252", "koi8-r",
		"utf-8", "iso-2022-jp", "shift_jis", "utf-16", "x-none",
		"utf-7" };
	struct mime_field f;
	size_t pos = 0;

	if (!size)
		return 0;
	while (mime_field_next((const char *)data + 1, size - 1, &pos, &f))
		if (f.name_len)
			fuzz_field(&f, charsets[data[0] % 8]);
	return 0;
}
