/* SPDX-License-Identifier: ISC */
/* Reading one file of the configuration, and what it takes in. */
#ifndef CONF_LOAD_FILE_H
#define CONF_LOAD_FILE_H

#include "conf/conf.h"

struct load_file {
	struct conf *conf;       /* takes in the accounts */
	const struct conf *base; /* see struct parse_facts */
	bool is_system;          /* else a user's: his secrets are his alone */
	/* Directory whose files *.conf are read behind the file, each as if it
	 * stood there, or NULL; it need not be there. */
	const char *directory;
};

/*
 * Reads path and the directory's files.  ERR_CONFIG names file and line;
 * ERR_NO_INPUT, with os_errno, when path cannot be opened.  Of a path that is
 * not there (ENOENT, ENOTDIR) the directory's files are read all the same; if
 * there are any, that is no failure.
 */
int load_file(const struct load_file *f, const char *path, struct error *err);

/* Whether a failure of load_file() means that there is nothing. */
bool load_is_missing(const struct error *err);

#endif
