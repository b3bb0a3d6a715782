/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/opt_wishes.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "base/xtext.h"

/* Nine digits (RFC 2852 4, RFC 4865 4). */
#define WISH_SECONDS_MAX 999999999
/* Octets (RFC 5321 4.5.3.1). */
#define WISH_ADDRESS_MAX 254

static const char *const wish_events[] = { "SUCCESS", "FAILURE", "DELAY" };
#define WISH_EVENTS (sizeof(wish_events) / sizeof(wish_events[0]))

static int
wish_notify(const char *value, struct buf *out)
{
	bool is_wanted[WISH_EVENTS] = { false };

	if (text_caseeq(value, "never"))
		return buf_add_str(out, "NEVER");
	for (;;) {
		size_t len = strcspn(value, ",");
		size_t i = 0;

		while (i < WISH_EVENTS &&
		       (strlen(wish_events[i]) != len ||
			   !text_caseeq_n(wish_events[i], value, len)))
			i++;
		if (i == WISH_EVENTS)
			return -1;
		is_wanted[i] = true;
		if (!value[len])
			break;
		value += len + 1;
	}
	for (size_t i = 0; i < WISH_EVENTS; i++)
		if (is_wanted[i])
			(void)buf_printf(
			    out, "%s%s", out->len ? "," : "", wish_events[i]);
	return 0;
}

static int
wish_return(const char *value, struct buf *out)
{
	if (text_caseeq(value, "full"))
		return buf_add_str(out, "FULL");
	if (text_caseeq(value, "hdrs") || text_caseeq(value, "headers"))
		return buf_add_str(out, "HDRS");
	return -1;
}

/* [ "-" ] 1*9DIGIT ";" ( "R" / "N" ) [ "T" ]; to give a mail up at a time that
 * has passed makes no sense. */
static int
wish_deliver_by(const char *value, struct buf *out)
{
	bool is_past = *value == '-';
	size_t len = strcspn(value, ";");
	auto_free char *number = xmemdupz(value, len);
	const char *mode = value + len;
	uint64_t seconds;
	bool is_return;

	if (num_parse(number + is_past, 0, WISH_SECONDS_MAX, &seconds) < 0)
		return -1;
	is_return = text_has_caseprefix(mode, ";r");
	if ((!is_return && !text_has_caseprefix(mode, ";n")) ||
	    (is_return && (is_past || !seconds)) ||
	    (mode[2] && !text_caseeq(mode + 2, "t")))
		return -1;
	return buf_printf(out, "%s%" PRIu64 ";%s%s", is_past ? "-" : "",
	    seconds, is_return ? "R" : "N", mode[2] ? "T" : "");
}

/* digit digit */
static int
wish_two(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* What behind a time tells its zone ("Z", "+01:00"), in seconds. */
static int
wish_zone(const char *s, time_t *offset_s)
{
	*offset_s = 0;
	if (strcmp(s, "Z") == 0)
		return 0;
	if ((*s != '+' && *s != '-') || !text_is_digit(s[1]) ||
	    !text_is_digit(s[2]) || s[3] != ':' || !text_is_digit(s[4]) ||
	    !text_is_digit(s[5]) || s[6] || wish_two(s + 1) > 23 ||
	    wish_two(s + 4) > 59)
		return -1;
	*offset_s = (wish_two(s + 1) * 60 + wish_two(s + 4)) * 60;
	if (*s == '-')
		*offset_s = -*offset_s;
	return 0;
}

/* "2026-11-21T22:00:00Z" or with an offset (RFC 3339 5.6), of a day that there
 * is. */
static int
wish_time(const char *value, time_t *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	struct tm tm = { 0 };
	time_t offset_s;

	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !text_is_digit(value[i])
				   : value[i] != form[i])
			return -1;
	tm.tm_year = wish_two(value) * 100 + wish_two(value + 2) - 1900;
	tm.tm_mon = wish_two(value + 5) - 1;
	tm.tm_mday = wish_two(value + 8);
	tm.tm_hour = wish_two(value + 11);
	tm.tm_min = wish_two(value + 14);
	tm.tm_sec = wish_two(value + 17);
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59 ||
	    wish_zone(value + sizeof(form) - 1, &offset_s) < 0)
		return -1;
	*out = timegm(&tm);
	if (tm.tm_mon != wish_two(value + 5) - 1 ||
	    tm.tm_mday != wish_two(value + 8))
		return -1; /* timegm() made another day of it */
	*out -= offset_s;
	return 0;
}

/* The server gets the time as of UTC (RFC 4865 4). */
static int
wish_release(const char *value, struct buf *out)
{
	uint64_t seconds;
	struct tm tm;
	time_t when;
	char text[32];

	if (num_parse(value, 1, WISH_SECONDS_MAX, &seconds) == 0)
		return buf_printf(out, "HOLDFOR=%" PRIu64, seconds);
	if (wish_time(value, &when) < 0 || !gmtime_r(&when, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return -1;
	return buf_printf(out, "HOLDUNTIL=%s", text);
}

/* RFC 6710 3: "0" has no sign. */
static int
wish_priority(const char *value, struct buf *out)
{
	uint64_t number;
	bool is_low = *value == '-';

	if (num_parse(value + is_low, is_low, 9, &number) < 0)
		return -1;
	return buf_printf(out, "%s%" PRIu64, is_low ? "-" : "", number);
}

/* Who it is the server decides; here it must only be one word. */
static int
wish_auth(const char *value, struct buf *out)
{
	size_t len = strlen(value);

	if (strcmp(value, "<>") == 0)
		return buf_add_str(out, value);
	if (len > WISH_ADDRESS_MAX || !strchr(value, '@') ||
	    strpbrk(value, "<> \t") || text_has_control(value, len) ||
	    !text_is_ascii(value, len))
		return -1;
	xtext_add(out, value);
	return 0;
}

static const struct {
	enum opt_id id;
	int (*parse)(const char *value, struct buf *out);
} wish_rows[] = {
	{ OPT_DSN_NOTIFY, wish_notify },
	{ OPT_DSN_RETURN, wish_return },
	{ OPT_DELIVER_BY, wish_deliver_by },
	{ OPT_FUTURE_RELEASE, wish_release },
	{ OPT_MT_PRIORITY, wish_priority },
	{ OPT_MAIL_AUTH, wish_auth },
};

int
opt_wish(enum opt_id id, const char *value, char **out)
{
	AUTO(buf) struct buf text = BUF_INIT((size_t)3 * WISH_ADDRESS_MAX);

	*out = NULL;
	if (!*value || strcmp(value, "off") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(wish_rows) / sizeof(wish_rows[0]); i++)
		if (wish_rows[i].id == id) {
			if (wish_rows[i].parse(value, &text) < 0)
				return -1;
			*out = buf_detach(&text);
			return 0;
		}
	return -1;
}
