/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "log/sinks.h"

#include <string.h>
#include <syslog.h>

#include "base/i18n.h"

static const struct {
	const char *name;
	int facility;
} log_facilities[] = {
	{ "LOG_USER", LOG_USER },
	{ "LOG_MAIL", LOG_MAIL },
	{ "LOG_LOCAL0", LOG_LOCAL0 },
	{ "LOG_LOCAL1", LOG_LOCAL1 },
	{ "LOG_LOCAL2", LOG_LOCAL2 },
	{ "LOG_LOCAL3", LOG_LOCAL3 },
	{ "LOG_LOCAL4", LOG_LOCAL4 },
	{ "LOG_LOCAL5", LOG_LOCAL5 },
	{ "LOG_LOCAL6", LOG_LOCAL6 },
	{ "LOG_LOCAL7", LOG_LOCAL7 },
};

static const int log_priorities[] = {
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_ERROR] = LOG_ERR,
};

int
log_to_syslog(const struct log_sinks *sinks, enum log_level level,
    const char *line, struct error *err)
{
	for (size_t i = 0;
	     i < sizeof(log_facilities) / sizeof(log_facilities[0]); i++) {
		if (strcmp(log_facilities[i].name, sinks->syslog) != 0)
			continue;
		openlog(sinks->ident, 0, log_facilities[i].facility);
		syslog(log_priorities[level], "%s", line);
		closelog();
		return 0;
	}
	return err_set(
	    err, ERR_CONFIG, _("unknown syslog facility %s"), sinks->syslog);
}
