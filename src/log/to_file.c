/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "log/sinks.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"

/* LG-04: what is to be logged has happened, and the caller waits. */
#define LOG_LOCK_MS 500

/* In English whatever the locale: programs read it. */
static int
log_strftime(char *out, size_t size, const char *format, const struct tm *tm)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	size_t len = c ? strftime_l(out, size, format, tm, c) : 0;

	if (c)
		freelocale(c);
	for (size_t i = 0; i < len; i++)
		if (text_has_control(out + i, 1))
			out[i] = '?';
	return len ? 0 : -1;
}

/* format, or without one (or where it gives nothing) "%b %d %H:%M:%S". */
static void
log_time(char *out, size_t size, const char *format)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm = { 0 };

	(void)localtime_r(&now, &tm);
	if (format && log_strftime(out, size, format, &tm) == 0)
		return;
	(void)snprintf(out, size, "%s %02d %02d:%02d:%02d", months[tm.tm_mon],
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static int
log_to_stdout(const char *line, struct error *err)
{
	if (printf("%s\n", line) < 0 || fflush(stdout) != 0)
		return err_set_os(err, ERR_IO, errno, _("cannot write %s"),
		    _("standard output"));
	return 0;
}

int
log_to_file(const struct log_sinks *sinks, enum log_level level,
    const char *line, struct error *err)
{
	char when[256];
	auto_free char *text = NULL;

	(void)level;
	log_time(when, sizeof(when), sinks->time_format);
	text = xasprintf("%s %s", when, line);
	if (strcmp(sinks->file, "-") == 0)
		return log_to_stdout(text, err);
	return file_append_line(sinks->file, text, LOG_LOCK_MS, err);
}
