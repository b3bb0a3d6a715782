/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "log/sinks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "io/file.h"

#define LOG_LOCK_MS 10000

/* "%b %d %H:%M:%S" in English whatever the locale: programs read it. */
static void
log_time(char *out, size_t size)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm = { 0 };

	(void)localtime_r(&now, &tm);
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
	char when[64];
	auto_free char *text = NULL;

	(void)level;
	log_time(when, sizeof(when));
	text = xasprintf("%s %s", when, line);
	if (strcmp(sinks->file, "-") == 0)
		return log_to_stdout(text, err);
	return file_append_line(sinks->file, text, LOG_LOCK_MS, err);
}
