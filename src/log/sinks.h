/* SPDX-License-Identifier: ISC */
/* The places a line can go to; a row of the table in log.c each. */
#ifndef LOG_SINKS_H
#define LOG_SINKS_H

#include <stdbool.h>

#include "log/log.h"

enum log_level {
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
};

/* Appends "Nov 21 18:50:37 line" to the file, or to standard output for "-".
 * Waits up to 0.5 s for the lock, and does without it then. */
int log_to_file(const struct log_sinks *sinks, enum log_level level,
    const char *line, struct error *err);
/* ERR_CONFIG for a facility that is not known; syslog(3) itself tells nothing
 * about what became of the line. */
int log_to_syslog(const struct log_sinks *sinks, enum log_level level,
    const char *line, struct error *err);

#endif
