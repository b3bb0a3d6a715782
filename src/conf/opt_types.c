/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/account.h"
#include "conf/opt_wishes.h"
#include "io/file.h"

/* A day: nothing that waits longer is a time limit. */
#define OPT_SECONDS_MAX 86400
/* Octets: more than any disk has. */
#define OPT_SIZE_MAX ((uint64_t)1 << 60)
/* Octets in a value.  An OAuth token has up to 64 KiB. */
#define OPT_VALUE_MAX (128 * 1024)

/* SCRAM: the best of its family. */
static const char *const opt_mechanisms[] = { "SCRAM", "SCRAM-SHA-256-PLUS",
	"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN",
	"OAUTHBEARER", "XOAUTH2", "EXTERNAL", "GSSAPI", "DIGEST-MD5",
	"CRAM-MD5", "NTLM" };

static const char *const opt_facilities[] = { "LOG_USER", "LOG_MAIL",
	"LOG_LOCAL0", "LOG_LOCAL1", "LOG_LOCAL2", "LOG_LOCAL3", "LOG_LOCAL4",
	"LOG_LOCAL5", "LOG_LOCAL6", "LOG_LOCAL7" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *
opt_field(struct account *a, const struct opt_row *row)
{
	return (char *)a + row->field;
}

/* What may be shown of a value: escaped, and not too much of it. */
static int
opt_invalid(const struct opt_row *row, const char *value, struct error *err)
{
	auto_free char *shown = text_escaped(value);

	return err_set(err, ERR_CONFIG, _("invalid value \"%s\" for %s"), shown,
	    row->name);
}

static int
opt_set_string(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	for (const char *p = value; *p; p++)
		if (*p != '\t' && text_has_control(p, 1))
			return err_set(err, ERR_CONFIG,
			    _("the value of %s holds a control character"),
			    row->name);
	xreplace(opt_field(a, row), *value ? xstrdup(value) : NULL);
	return 0;
}

static int
opt_set_path(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	auto_free char *path = file_expand_home(value);

	return opt_set_string(a, row, path, err);
}

static int
opt_set_port(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	uint64_t port = 0;

	if (*value && num_parse(value, 1, UINT16_MAX, &port) < 0) {
		(void)opt_invalid(row, value, err);
		return err_hint(err, _("A port is a number from 1 to 65535."));
	}
	*(uint16_t *)opt_field(a, row) = (uint16_t)port;
	return 0;
}

static int
opt_set_address(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	if (*value && !host_is_numeric(value)) {
		(void)opt_invalid(row, value, err);
		return err_hint(
		    err, _("Write an address in numbers, such as 192.0.2.1 or "
			   "2001:db8::1."));
	}
	xreplace(opt_field(a, row), *value ? xstrdup(value) : NULL);
	return 0;
}

static int
opt_set_family(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	const char *word;

	if (!*value)
		value = opt_word(OPT_TYPE_FAMILY, FAMILY_ANY);
	for (size_t i = 0; (word = opt_word(OPT_TYPE_FAMILY, i)); i++)
		if (strcmp(word, value) == 0) {
			*(enum family *)opt_field(a, row) = (enum family)i;
			return 0;
		}
	(void)opt_invalid(row, value, err);
	return err_hint(err, _("Write one of %s."), row->words);
}

static int
opt_set_seconds(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	uint64_t seconds = 0;

	if (strcmp(value, "off") != 0 &&
	    num_parse(value, 1, OPT_SECONDS_MAX, &seconds) < 0) {
		(void)opt_invalid(row, value, err);
		return err_hint(err,
		    _("Write a number of seconds from 1 to %d, or off."),
		    OPT_SECONDS_MAX);
	}
	*(int64_t *)opt_field(a, row) = (int64_t)seconds;
	return 0;
}

/* 1024 for K and so on; 1 behind a digit, 0 for any other letter. */
static uint64_t
opt_size_unit(char letter)
{
	static const char letters[] = "KkMmGgTt";
	const char *at = strchr(letters, letter);

	if (letter >= '0' && letter <= '9')
		return 1;
	return at && *at ? (uint64_t)1024 << (10 * ((at - letters) / 2)) : 0;
}

static int
opt_set_size(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	size_t len = strlen(value);
	bool is_size = row->type == OPT_TYPE_SIZE;
	uint64_t unit = is_size && len ? opt_size_unit(value[len - 1]) : 1;
	auto_free char *digits = xmemdupz(value, len - (unit > 1));
	uint64_t number = 0;

	if (strcmp(value, "off") != 0 &&
	    (!unit || num_parse(digits, 1, OPT_SIZE_MAX / unit, &number) < 0)) {
		(void)opt_invalid(row, value, err);
		return err_hint(err,
		    is_size ? _("Write a number of octets, perhaps with K, M, "
				"G or T behind it, or off.")
			    : _("Write a number, or off."));
	}
	*(int64_t *)opt_field(a, row) = (int64_t)(number * unit);
	return 0;
}

/* The place of word in "a|b|c", from 1; 0 where it is none of them. */
static int
opt_find_word(const char *words, const char *word)
{
	for (int n = 1;; n++) {
		size_t len = strcspn(words, "|");

		if (strlen(word) == len && strncmp(words, word, len) == 0)
			return n;
		if (!words[len])
			return 0;
		words += len + 1;
	}
}

static int
opt_set_word(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	int n = *value ? opt_find_word(row->words, value) : 0;

	if (*value && !n) {
		(void)opt_invalid(row, value, err);
		return err_hint(err, _("Write one of %s."), row->words);
	}
	*(int *)opt_field(a, row) = n;
	return 0;
}

static int
opt_set_toggle(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	enum toggle t = TOGGLE_UNSET;
	const char *word;

	for (size_t i = TOGGLE_OFF; (word = opt_word(OPT_TYPE_TOGGLE, i)); i++)
		if (strcmp(word, value) == 0)
			t = (enum toggle)i;
	if (t == TOGGLE_UNSET || !opt_find_word(row->words, value)) {
		(void)opt_invalid(row, value, err);
		return err_hint(err, _("Write one of %s."), row->words);
	}
	*(enum toggle *)opt_field(a, row) = t;
	return 0;
}

static int
opt_set_content(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	const char *word;

	for (size_t i = 0; (word = opt_word(OPT_TYPE_CONTENT, i)); i++)
		if (strcmp(word, value) == 0 &&
		    (!*value || opt_find_word(row->words, value))) {
			*(enum content *)opt_field(a, row) = (enum content)i;
			return 0;
		}
	(void)opt_invalid(row, value, err);
	return err_hint(err, _("Write one of %s."), row->words);
}

static int
opt_set_protocol(struct account *a, const struct opt_row *row,
    const char *value, struct error *err)
{
	if (!opt_find_word(row->words, value)) {
		(void)opt_invalid(row, value, err);
		return err_hint(err, _("Write one of %s."), row->words);
	}
	a->protocol =
	    strcmp(value, "lmtp") == 0 ? PROTOCOL_LMTP : PROTOCOL_SMTP;
	return 0;
}

static int
opt_hint_auth(struct error *err)
{
	AUTO(buf) struct buf names = BUF_INIT(512);

	(void)buf_add_str(&names, "on, off"); /* far below the ceiling */
	for (size_t i = 0; i < COUNT(opt_mechanisms); i++)
		(void)buf_printf(&names, ", %s", opt_mechanisms[i]);
	text_lower(names.data);
	return err_hint(err, _("Write one of %s."), buf_str(&names));
}

static int
opt_set_auth(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	const char *mechanism = NULL;
	enum toggle t = TOGGLE_AUTO;

	if (strcmp(value, "on") == 0)
		t = TOGGLE_ON;
	else if (strcmp(value, "off") == 0)
		t = TOGGLE_OFF;
	for (size_t i = 0; i < COUNT(opt_mechanisms); i++)
		if (text_caseeq(opt_mechanisms[i], value))
			mechanism = opt_mechanisms[i];
	if (t == TOGGLE_AUTO && !mechanism) {
		(void)opt_invalid(row, value, err);
		return opt_hint_auth(err);
	}
	a->auth = t;
	xreplace(&a->auth_mechanism, mechanism ? xstrdup(mechanism) : NULL);
	return 0;
}

/* CR-02: exact octets; what could not be said in one line is refused. */
static int
opt_set_secret(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	struct secret *secret = opt_field(a, row);

	if (value[strcspn(value, "\r\n")])
		return err_set(err, ERR_CONFIG,
		    _("the value of %s holds a control character"), row->name);
	if (*value)
		secret_set(secret, value, strlen(value));
	else
		secret_release(secret);
	return 0;
}

static int
opt_set_facility(struct account *a, const struct opt_row *row,
    const char *value, struct error *err)
{
	const char *facility = NULL;

	if (strcmp(value, "on") == 0)
		facility = "LOG_USER";
	for (size_t i = 0; i < COUNT(opt_facilities); i++)
		if (strcmp(opt_facilities[i], value) == 0)
			facility = opt_facilities[i];
	if (!facility && strcmp(value, "off") != 0) {
		(void)opt_invalid(row, value, err);
		return err_hint(err,
		    _("Write on, off, LOG_USER, LOG_MAIL, or LOG_LOCAL0 to "
		      "LOG_LOCAL7."));
	}
	xreplace(opt_field(a, row), facility ? xstrdup(facility) : NULL);
	return 0;
}

static int
opt_set_wish(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	char *wish;

	if (opt_wish((enum opt_id)(row - opt_table), value, &wish) < 0) {
		(void)opt_invalid(row, value, err);
		return err_hint(err, _("Write one of %s."), _(row->words));
	}
	xreplace(opt_field(a, row), wish);
	return 0;
}

/* One more each time; an empty one forgets them all. */
static int
opt_set_from(struct account *a, const struct opt_row *row, const char *value,
    struct error *err)
{
	if (text_has_control(value, strlen(value)))
		return err_set(err, ERR_CONFIG,
		    _("the value of %s holds a control character"), row->name);
	if (!*value) {
		account_clear_senders(a);
		return 0;
	}
	account_add_sender(a, value, NULL);
	return 0;
}

typedef int opt_setter(struct account *a, const struct opt_row *row,
    const char *value, struct error *err);

static opt_setter *const opt_setters[OPT_TYPE_COUNT] = {
	[OPT_TYPE_STRING] = opt_set_string,
	[OPT_TYPE_NAME] = opt_set_string,
	[OPT_TYPE_COMMAND] = opt_set_string,
	[OPT_TYPE_PATH] = opt_set_path,
	[OPT_TYPE_PORT] = opt_set_port,
	[OPT_TYPE_ADDRESS] = opt_set_address,
	[OPT_TYPE_FAMILY] = opt_set_family,
	[OPT_TYPE_SECONDS] = opt_set_seconds,
	[OPT_TYPE_SIZE] = opt_set_size,
	[OPT_TYPE_COUNTED] = opt_set_size,
	[OPT_TYPE_WORD] = opt_set_word,
	[OPT_TYPE_TOGGLE] = opt_set_toggle,
	[OPT_TYPE_CONTENT] = opt_set_content,
	[OPT_TYPE_PROTOCOL] = opt_set_protocol,
	[OPT_TYPE_AUTH] = opt_set_auth,
	[OPT_TYPE_SECRET] = opt_set_secret,
	[OPT_TYPE_FACILITY] = opt_set_facility,
	[OPT_TYPE_FROM] = opt_set_from,
	[OPT_TYPE_WISH] = opt_set_wish,
};

int
opt_set(struct account *a, enum opt_id id, const char *value, struct error *err)
{
	const struct opt_row *row = &opt_table[id];

	if (!value || !*value) {
		if (row->arg == OPT_ARG_NEEDED)
			return err_set(
			    err, ERR_CONFIG, _("%s needs a value"), row->name);
		value = row->arg == OPT_ARG_MAY ? row->bare : "";
	}
	if (strlen(value) > OPT_VALUE_MAX)
		return err_set(err, ERR_CONFIG,
		    _("the value of %s is too long"), row->name);
	return opt_setters[row->type](a, row, value, err);
}

const char *
opt_facility(size_t i)
{
	return i < COUNT(opt_facilities) ? opt_facilities[i] : NULL;
}

const char *
opt_mechanism(size_t i)
{
	return i < COUNT(opt_mechanisms) ? opt_mechanisms[i] : NULL;
}
