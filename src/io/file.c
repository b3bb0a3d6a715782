/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"

/* A kernel lock of the descriptor, not of the process: closing some other
 * descriptor of the file does not lose it. */
#ifdef F_OFD_SETLK
#define FILE_SETLK F_OFD_SETLK
#else
#define FILE_SETLK F_SETLK
#endif
#define FILE_LOCK_STEP_MS 20

static int
file_read_all(int fd, const char *path, struct buf *out, struct error *err)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(out, 1) < 0)
			return err_set(err, ERR_IO,
			    _("%s is larger than %zu octets"), path, out->max);
		n = read(fd, out->data + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_os(
			    err, ERR_IO, errno, _("cannot read %s"), path);
		if (n == 0)
			return 0;
		if ((size_t)n > out->max - out->len)
			return err_set(err, ERR_IO,
			    _("%s is larger than %zu octets"), path, out->max);
		buf_grown(out, (size_t)n);
	}
}

int
file_read(const char *path, struct buf *out, struct stat *st, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO that nobody writes must not hang. */
	auto_close int fd =
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat own;

	if (fd < 0)
		return err_set_os(
		    err, ERR_NO_INPUT, errno, _("cannot open %s"), path);
	if (fstat(fd, &own) < 0)
		return err_set_os(
		    err, ERR_IO, errno, _("cannot read %s"), path);
	if (st)
		*st = own;
	if (!S_ISREG(own.st_mode))
		(void)fcntl(fd, F_SETFL, 0); /* a pipe is read to its end */
	else if ((uint64_t)own.st_size < out->max)
		(void)buf_reserve(out, (size_t)own.st_size + 1);
	return file_read_all(fd, path, out, err);
}

int
file_check_secret(
    const char *path, const struct stat *st, bool may_group, struct error *err)
{
	mode_t others = S_IXUSR | S_IRWXG | S_IRWXO;

	if (may_group && st->st_uid == 0)
		others &= ~(mode_t)S_IRGRP;
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_CONFIG,
		    _("%s holds a secret and is not a regular file"), path);
	if (geteuid() != 0 && st->st_uid != geteuid() && st->st_uid != 0) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s holds a secret and belongs to another user"), path);
		return err_hint(
		    err, _("Use a file of your own for the secret."));
	}
	if (!(st->st_mode & others))
		return 0;
	(void)err_set(err, ERR_CONFIG,
	    _("%s holds a secret and is not for its owner alone"), path);
	(void)err_detail(
	    err, "%s: mode %04o", path, (unsigned)(st->st_mode & 07777));
	return err_hint(err, _("Say: chmod 600 %s"), path);
}

DIR *
file_open_directory(int at, const char *name)
{
	int fd =
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		(void)close(fd); /* only to be read */
	return dir;
}

char *
file_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home && home[0] == '/')
		return xstrdup(home);
	pw = getpwuid(getuid());
	if (pw && pw->pw_dir && pw->pw_dir[0] == '/')
		return xstrdup(pw->pw_dir);
	return NULL;
}

char *
file_expand_home(const char *path)
{
	auto_free char *home = NULL;

	if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
		return xstrdup(path);
	home = file_home();
	if (!home)
		return xstrdup(path);
	return xasprintf("%s%s", home, path + 1);
}

/* Waits in short steps: a blocking lock could not be given up. */
static int
file_lock(int fd, int lock_ms)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (;;) {
		if (fcntl(fd, FILE_SETLK, &lock) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -1;
		if (lock_ms <= 0) {
			errno = EAGAIN;
			return -1;
		}
		(void)poll(NULL, 0, FILE_LOCK_STEP_MS);
		lock_ms -= FILE_LOCK_STEP_MS;
	}
}

static int
file_open_end(const char *path, struct error *err)
{
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
		O_NONBLOCK,
	    0600);

	if (fd < 0)
		(void)err_set_os(err, ERR_IO, errno, _("cannot open %s"), path);
	return fd;
}

int
file_open_append(const char *path, int lock_ms, struct error *err)
{
	auto_close int fd = file_open_end(path, err);
	int own;

	if (fd < 0)
		return -1;
	if (file_lock(fd, lock_ms) < 0)
		return err_set_os(
		    err, ERR_IO, errno, _("cannot lock %s"), path);
	own = fd;
	fd = -1;
	return own;
}

int
file_append_line(
    const char *path, const char *line, int lock_ms, struct error *err)
{
	auto_close int fd = file_open_end(path, err);
	auto_free char *text = NULL;
	size_t done = 0, len;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	/* whoever keeps the lock keeps nobody waiting: one write to the end of
	 * the file is whole without it */
	(void)file_lock(fd, lock_ms);
	text = xasprintf("%s\n", line);
	len = strlen(text);
	do {
		n = write(fd, text + done, len - done);
		done += n > 0 ? (size_t)n : 0;
	} while (done < len && (n > 0 || (n < 0 && errno == EINTR)));
	if (done < len)
		return err_set_os(err, ERR_IO, n < 0 ? errno : ENOSPC,
		    _("cannot write %s"), path);
	return 0;
}
