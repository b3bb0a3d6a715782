/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "queue/magic.h"

/* Octets that stay free whatever comes. */
#define STORE_ROOM_MIN ((uint64_t)64 * 1024 * 1024)
/* Seconds after which nobody is still writing a message. */
#define STORE_TMP_AGE_S (36 * 3600)

#ifdef F_OFD_SETLK
#define STORE_SETLK F_OFD_SETLK
#define STORE_GETLK F_OFD_GETLK
#else
#define STORE_SETLK F_SETLK
#define STORE_GETLK F_GETLK
#endif

#define STORE_DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *const store_names[QUEUE_STATES] = {
	[QUEUE_ACTIVE] = "active",
	[QUEUE_HOLD] = "hold",
	[QUEUE_FAILED] = "failed",
	[QUEUE_BAD] = "bad",
	[QUEUE_TMP] = "tmp",
};

void
queue_release(struct queue *q)
{
	if (!q)
		return;
	for (int i = 0; i < QUEUE_STATES; i++)
		if (q->states[i] >= 0)
			(void)close(q->states[i]); /* nothing was written */
	if (q->dir >= 0)
		(void)close(q->dir); /* ditto */
	free(q->path);
	*q = (struct queue)QUEUE_INIT;
}

const char *
queue_state_name(enum queue_state state)
{
	return store_names[state];
}

int
queue_hint_room(int os, struct error *err)
{
	if (os != EDQUOT)
		return -1;
	return err_hint(err,
	    _("What this user may have on that filesystem is used up: remove "
	      "files, or name another directory with queue_dir."));
}

static int
store_failed(const char *path, int os, struct error *err)
{
	/* another day there may be room */
	(void)err_set_os(err,
	    os == ENOSPC || os == EDQUOT ? ERR_QUEUE : ERR_QUEUE_PLACE, os,
	    _("cannot use the queue in %s"), path);
	return queue_hint_room(os, err);
}

static int
store_foreign(const char *path, struct error *err)
{
	(void)err_set(err, ERR_QUEUE_PLACE,
	    _("the queue in %s belongs to another user"), path);
	return err_hint(err,
	    _("What waits there only that user and root may see; %s --mailq "
	      "shows your own mail."),
	    PACKAGE);
}

/* Ours, and nobody else's. */
static int
store_check(int fd, const char *path, uid_t uid, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return store_failed(path, errno, err);
	if (st.st_uid != uid)
		return store_foreign(path, err);
	if (!(st.st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	(void)err_set(err, ERR_QUEUE_PLACE,
	    _("the queue in %s is open to other users"), path);
	return err_hint(err, _("Say: chmod 700 %s"), path);
}

/* One directory, and its name made durable: what is in it shall not go with
 * it. */
static int
store_make_one(const char *path, struct error *err)
{
	auto_free char *parent = NULL;
	auto_close int fd = -1;

	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : store_failed(path, errno, err);
	parent = xasprintf("%s/..", path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return store_failed(path, errno, err);
	return 0;
}

static int
store_make(const char *path, struct error *err)
{
	auto_free char *part = xstrdup(path);

	for (char *slash = strchr(part + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (store_make_one(part, err) < 0)
			return -1;
		*slash = '/';
	}
	return store_make_one(part, err);
}

int
queue_open(
    struct queue *q, const char *path, bool may_create, struct error *err)
{
	auto_close int fd = open(path, STORE_DIR_FLAGS);
	struct stat st;

	q->uid = geteuid();
	if (fd < 0 && errno == ENOENT && may_create) {
		if (store_make(path, err) < 0)
			return -1;
		fd = open(path, STORE_DIR_FLAGS);
	}
	if (fd < 0 && errno == EACCES && lstat(path, &st) == 0 &&
	    st.st_uid != q->uid)
		return store_foreign(path, err);
	if (fd < 0)
		return store_failed(path, errno, err);
	if (store_check(fd, path, q->uid, err) < 0)
		return -1;
	q->path = xstrdup(path);
	q->dir = fd;
	fd = -1;
	return 0;
}

int
queue_state_dir(struct queue *q, enum queue_state state, struct error *err)
{
	const char *name = store_names[state];
	auto_free char *path = NULL;
	auto_close int fd = -1;

	if (q->states[state] >= 0)
		return q->states[state];
	fd = openat(q->dir, name, STORE_DIR_FLAGS);
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(q->dir, name, 0700) < 0 && errno != EEXIST)
			return store_failed(q->path, errno, err);
		/* a name that a power cut takes back would take all that was
		 * put under it */
		if (fsync(q->dir) < 0)
			return store_failed(q->path, errno, err);
		fd = openat(q->dir, name, STORE_DIR_FLAGS);
	}
	path = xasprintf("%s/%s", q->path, name);
	if (fd < 0)
		return store_failed(path, errno, err);
	if (store_check(fd, path, q->uid, err) < 0)
		return -1;
	q->states[state] = fd;
	fd = -1;
	return q->states[state];
}

bool
queue_is_remote(uint32_t type)
{
	static const uint32_t types[] = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
		CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, AFS_SUPER_MAGIC };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

static int
store_refuse_remote(const struct queue *q, struct error *err)
{
	(void)err_set(err, ERR_QUEUE_PLACE,
	    _("the queue in %s is on a filesystem of another machine"),
	    q->path);
	return err_hint(err,
	    _("Name a directory of this machine with queue_dir, or, to use "
	      "this one all the same, make the file %s in it."),
	    QUEUE_REMOTE_OK);
}

int
queue_check_room(struct queue *q, uint64_t size, struct error *err)
{
	struct statfs fs;
	uint64_t want = 2 * size > STORE_ROOM_MIN ? 2 * size : STORE_ROOM_MIN;
	uint64_t free_size;

	if (fstatfs(q->dir, &fs) < 0)
		return err_set_os(err, ERR_QUEUE, errno,
		    _("cannot use the queue in %s"), q->path);
	if (queue_is_remote((uint32_t)fs.f_type) &&
	    faccessat(q->dir, QUEUE_REMOTE_OK, F_OK, 0) < 0)
		return store_refuse_remote(q, err);
	free_size = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	if (free_size >= want)
		return 0;
	(void)err_set(
	    err, ERR_QUEUE, _("there is no room for the mail in %s"), q->path);
	return err_detail(err, "free %" PRIu64 ", wanted %" PRIu64 " octets",
	    free_size, want);
}

int
queue_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, STORE_SETLK, &lock) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : -1;
}

bool
queue_is_locked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, STORE_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void
queue_wake(const struct queue *q)
{
	/* EEXIST: somebody has said so before; others: it delays only */
	(void)mknodat(q->dir, "wake", S_IFREG | 0600, 0);
}

bool
queue_unwake(const struct queue *q)
{
	return unlinkat(q->dir, "wake", 0) == 0;
}

int
queue_sync(struct queue *q, enum queue_state state, struct error *err)
{
	int dir = queue_state_dir(q, state, err);

	if (dir < 0)
		return -1;
	if (fsync(dir) == 0)
		return 0;
	return err_set_os(err, ERR_QUEUE, errno,
	    _("cannot write to the queue in %s"), q->path);
}

static void
store_reap_one(int dir, const char *name)
{
	auto_close int fd = openat(
	    dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_mtime > time(NULL) - STORE_TMP_AGE_S || queue_lock(fd) != 1)
		return;
	(void)unlinkat(dir, name, 0); /* the next run tries again */
}

void
queue_reap(struct queue *q)
{
	DIR *dir = file_open_directory(q->dir, store_names[QUEUE_TMP]);
	const struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			store_reap_one(dirfd(dir), d->d_name);
	if (dir)
		(void)closedir(dir); /* only to be read */
}
