/* SPDX-License-Identifier: ISC */
/* Files, opened so that what is checked is what is read. */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"

/* Reads a whole file into out, whose ceiling is the limit.  *st (NULL is fine)
 * is that of the descriptor that was read.  ERR_NO_INPUT when there is no such
 * file (os_errno tells ENOENT from EACCES), ERR_IO for a directory, a read
 * error or a file over the limit. */
int file_read(
    const char *path, struct buf *out, struct stat *st, struct error *err);

/*
 * Whether a file that holds a secret is fit for it; st is that of the
 * descriptor which was read.  ERR_CONFIG when it is no regular file, belongs to
 * another user than this one and root, or is open to others (its group, too;
 * with may_group that may read it when the file is root's, as Debian keeps the
 * keys of its services).
 */
int file_check_secret(
    const char *path, const struct stat *st, bool may_group, struct error *err);

/* The directory name below at, to be read; never through a symbolic link.
 * NULL, with errno. */
DIR *file_open_directory(int at, const char *name);

/* path with a leading "~/" replaced by the home directory ($HOME, else the
 * password database; the path as it is where neither knows one); owned. */
char *file_expand_home(const char *path);
/* The caller's home directory, or NULL; owned. */
char *file_home(void);

/* Opens a file to append to, under a lock waited for up to lock_ms and held
 * while the descriptor is open.  Made 0600 when it is not there; a symbolic
 * link is refused.  The descriptor, or -1: ERR_IO. */
int file_open_append(const char *path, int lock_ms, struct error *err);
/* Appends one line (without its end) to a log file with a single write, under
 * that lock where it can be had. */
int file_append_line(
    const char *path, const char *line, int lock_ms, struct error *err);

#endif
