/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/value.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"

/* Octets of a value, of one file as of all together. */
#define VALUE_MAX (128 * 1024)
/* Reserved at once: growing would leave copies of secrets behind. */
#define VALUE_RESERVE (8 * 1024)

static int value_variable(
    const char *name, bool is_secret, struct buf *out, struct error *err);
static int value_file(
    const char *path, bool is_secret, struct buf *out, struct error *err);
static int value_credential(
    const char *name, bool is_secret, struct buf *out, struct error *err);

/* What may stand in the braces; the empty prefix comes last. */
static const struct value_row {
	const char *prefix;
	int (*fill)(const char *name, bool is_secret, struct buf *out,
	    struct error *err);
} value_table[] = {
	{ "file:", value_file },
	{ "credential:", value_credential },
	{ "", value_variable },
};

/* NULL where it could not be read all the same. */
static const struct value_row *
value_find(const char *inner)
{
	const struct value_row *row = value_table;

	while (strncmp(inner, row->prefix, strlen(row->prefix)) != 0)
		row++;
	inner += strlen(row->prefix);
	if (*row->prefix)
		return *inner ? row : NULL;
	if (!*inner || text_is_digit(*inner))
		return NULL;
	for (; *inner; inner++)
		if (!text_is_alnum(*inner) && *inner != '_')
			return NULL;
	return row;
}

static int
value_variable(
    const char *name, bool is_secret, struct buf *out, struct error *err)
{
	const char *value = getenv(name);

	(void)is_secret;
	if (value) {
		(void)buf_add_str(out, value);
		return 0;
	}
	(void)err_set(err, ERR_NO_INPUT,
	    _("the variable %s of the environment is not set"), name);
	return err_hint(err,
	    _("Programs that run as services, and cron, have few variables; a "
	      "file can be named in the same place: ${file:PATH}."));
}

/* The end of its one line is no part of it. */
static int
value_one_line(const char *path, struct buf *text, struct error *err)
{
	if (text->len && text->data[text->len - 1] == '\n')
		buf_truncate(text, text->len - 1);
	if (text->len && text->data[text->len - 1] == '\r')
		buf_truncate(text, text->len - 1);
	if (text->len && !memchr(text->data, '\n', text->len) &&
	    !memchr(text->data, '\0', text->len))
		return 0;
	return err_set(
	    err, ERR_NO_INPUT, _("%s does not hold exactly one line"), path);
}

static int
value_read(
    const char *path, bool is_checked, struct buf *out, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(VALUE_MAX);
	struct stat st = { 0 };
	int result;

	(void)buf_reserve(&text, VALUE_RESERVE);
	result = file_read(path, &text, &st, err);
	if (result == 0 && is_checked)
		result = file_check_secret(path, &st, true, err);
	if (result == 0)
		result = value_one_line(path, &text, err);
	if (result == 0)
		(void)buf_add(out, text.data, text.len);
	if (text.cap)
		secret_wipe(text.data, text.cap);
	if (result < 0)
		err->kind = ERR_NO_INPUT;
	return result;
}

static int
value_file(const char *path, bool is_secret, struct buf *out, struct error *err)
{
	auto_free char *full = file_expand_home(path);

	if (full[0] != '/')
		return err_set(err, ERR_CONFIG,
		    _("the name of a file must begin with a slash: %s"), full);
	return value_read(full, is_secret, out, err);
}

/* The service manager has seen to it who may read them. */
static int
value_credential(
    const char *name, bool is_secret, struct buf *out, struct error *err)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	auto_free char *path = NULL;

	(void)is_secret;
	if (strchr(name, '/') || name[0] == '.')
		return err_set(err, ERR_CONFIG,
		    _("%s cannot be the name of a credential"), name);
	if (!directory || directory[0] != '/') {
		(void)err_set(err, ERR_NO_INPUT,
		    _("there is no credential %s: CREDENTIALS_DIRECTORY is not "
		      "set"),
		    name);
		return err_hint(err,
		    _("Run the program in a service with LoadCredential= or "
		      "SetCredentialEncrypted=; systemd.exec(5) explains "
		      "them."));
	}
	path = xasprintf("%s/%s", directory, name);
	return value_read(path, false, out, err);
}

/* Where the form that text begins with ends, or NULL. */
static const char *
value_end(const char *text)
{
	return strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
}

bool
value_is_elsewhere(const char *text, bool is_secret)
{
	const char *end = value_end(text);
	auto_free char *inner = NULL;

	if (!is_secret)
		return strstr(text, "${") != NULL;
	if (!end || end[1])
		return false;
	inner = xmemdupz(text + 2, (size_t)(end - text) - 2);
	return value_find(inner) != NULL;
}

/* The form at *text, which is then behind it. */
static int
value_form(
    const char **text, bool is_secret, struct buf *out, struct error *err)
{
	const char *end = value_end(*text);
	auto_free char *inner = NULL;
	const struct value_row *row = NULL;

	if (end) {
		inner = xmemdupz(*text + 2, (size_t)(end - *text) - 2);
		row = value_find(inner);
		*text = end + 1;
	}
	if (row)
		return row->fill(
		    inner + strlen(row->prefix), is_secret, out, err);
	(void)err_set(err, ERR_CONFIG,
	    _("nothing is known that could stand in these braces"));
	return err_hint(err,
	    _("Write ${NAME}, ${file:PATH} or ${credential:NAME}, or $${ for "
	      "the two characters."));
}

static int
value_all(const char *text, bool is_secret, struct buf *out, struct error *err)
{
	while (*text) {
		if (strncmp(text, "$${", 3) == 0) {
			(void)buf_add_str(out, "${");
			text += 3;
		} else if (strncmp(text, "${", 2) != 0) {
			(void)buf_add_char(out, *text++);
		} else if (value_form(&text, is_secret, out, err) < 0) {
			return -1;
		}
	}
	return out->is_full
		   ? err_set(err, ERR_CONFIG,
			 _("the value is longer than %d octets"), VALUE_MAX)
		   : 0;
}

int
value_fill(
    const char *text, bool is_secret, struct secret *out, struct error *err)
{
	AUTO(buf) struct buf all = BUF_INIT(VALUE_MAX);
	int result;

	(void)buf_reserve(&all, VALUE_RESERVE);
	result = value_all(text, is_secret, &all, err);
	if (result == 0)
		secret_set(out, buf_str(&all), all.len);
	if (all.cap)
		secret_wipe(all.data, all.cap);
	return result;
}
