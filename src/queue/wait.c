/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/wait.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "queue/entry_io.h"

#define WAIT_DIR "accounts"
/* Octets of such a file. */
#define WAIT_FILE_MAX 1024
#define WAIT_TEXT_MAX 700
/* Octets of an account's name that make the file's. */
#define WAIT_NAME_MAX 80

#define WAIT_OFFLINE_S 60
#define WAIT_OFFLINE_MAX_S (15 * 60)
#define WAIT_ACCOUNT_S (15 * 60)
#define WAIT_ACCOUNT_MAX_S (6 * 3600)

void
queue_wait_release(struct queue_wait *w)
{
	if (!w)
		return;
	free(w->text);
	*w = (struct queue_wait){ 0 };
}

/* The name with what a path gives a meaning to as %XX; owned. */
static char *
wait_path(const char *account)
{
	AUTO(buf) struct buf out = BUF_INIT(4096);

	(void)buf_add_str(&out, WAIT_DIR "/");
	for (size_t i = 0; account[i] && i < WAIT_NAME_MAX; i++)
		if (text_is_alnum(account[i]) || account[i] == '-' ||
		    account[i] == '_')
			(void)buf_add_char(&out, account[i]);
		else
			(void)buf_printf(
			    &out, "%%%02x", (unsigned char)account[i]);
	return buf_detach(&out);
}

/* Cuts the next word off. */
static int
wait_number(char **words, uint64_t max, uint64_t *out)
{
	const char *word = strsep(words, " ");

	return word && num_parse(word, 0, max, out) == 0;
}

/* "offline 3 1795286400 1795286460\ntext\n" */
static int
wait_parse(char *text, struct queue_wait *w)
{
	char *words = strsep(&text, "\n");
	const char *kind = strsep(&words, " ");
	uint64_t step, since, until;

	if (!text || !wait_number(&words, UINT32_MAX, &step) ||
	    !wait_number(&words, INT64_MAX, &since) ||
	    !wait_number(&words, INT64_MAX, &until) || words)
		return 0;
	w->is_offline = strcmp(kind, "offline") == 0;
	w->step = (unsigned)step;
	w->since_s = (time_t)since;
	w->until_s = (time_t)until;
	xreplace(&w->text, xmemdupz(text, strcspn(text, "\n")));
	text_unescape(w->text);
	return 1;
}

static int
wait_read_at(int dir, const char *path, struct queue_wait *w)
{
	auto_close int fd =
	    openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[WAIT_FILE_MAX + 1];
	ssize_t n = fd < 0 ? -1 : entry_pread(fd, text, WAIT_FILE_MAX, 0);
	struct stat st;

	if (n <= 0 || fstat(fd, &st) < 0)
		return 0;
	w->set_s = st.st_mtime;
	text[n] = '\0';
	return wait_parse(text, w);
}

/* The longest that its kind waits. */
static time_t
wait_max(bool is_offline)
{
	return is_offline ? WAIT_OFFLINE_MAX_S : WAIT_ACCOUNT_MAX_S;
}

int
queue_wait_read(
    struct queue *q, const char *account, time_t now, struct queue_wait *w)
{
	AUTO(queue_wait) struct queue_wait own = { 0 };
	auto_free char *path = wait_path(account);

	if (!w)
		w = &own;
	*w = (struct queue_wait){ 0 };
	if (!wait_read_at(q->dir, path, w))
		return 0;
	/* beyond the longest wait the clock was set back */
	return w->until_s > now && w->until_s <= now + wait_max(w->is_offline);
}

void
queue_wait_set(struct queue *q, const char *account, bool is_offline,
    const char *text, time_t now)
{
	AUTO(queue_wait) struct queue_wait w = { 0 };
	AUTO(buf) struct buf out = BUF_INIT(WAIT_FILE_MAX);
	auto_free char *path = wait_path(account);
	auto_close int fd = -1;
	time_t wait_s = is_offline ? WAIT_OFFLINE_S : WAIT_ACCOUNT_S;

	(void)queue_wait_read(q, account, now, &w);
	if (!w.text || w.is_offline != is_offline) {
		queue_wait_release(&w);
		w.since_s = now;
	}
	w.step++;
	for (unsigned i = 1; i < w.step && wait_s < wait_max(is_offline); i++)
		wait_s *= 2;
	if (wait_s > wait_max(is_offline))
		wait_s = wait_max(is_offline);
	(void)buf_printf(&out, "%s %u %jd %jd\n",
	    is_offline ? "offline" : "account", w.step, (intmax_t)w.since_s,
	    (intmax_t)(now + wait_s));
	text_escape(&out, text, strlen(text), WAIT_TEXT_MAX);
	(void)buf_add_char(&out, '\n');
	(void)mkdirat(q->dir, WAIT_DIR, 0700); /* seen below */
	fd = openat(q->dir, path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0600);
	if (fd < 0 || entry_pwrite(fd, out.data, out.len, 0) < 0)
		return; /* costs a connection */
}

void
queue_wait_clear(struct queue *q, const char *account)
{
	auto_free char *path = wait_path(account);

	(void)unlinkat(q->dir, path, 0); /* mostly there is none */
}

void
queue_wait_clear_all(struct queue *q, bool offline_only)
{
	DIR *dir = file_open_directory(q->dir, WAIT_DIR);
	const struct dirent *d;

	while (dir && (d = readdir(dir))) {
		AUTO(queue_wait) struct queue_wait w = { 0 };

		if (d->d_name[0] == '.' ||
		    (offline_only &&
			(!wait_read_at(dirfd(dir), d->d_name, &w) ||
			    !w.is_offline)))
			continue;
		(void)unlinkat(dirfd(dir), d->d_name, 0); /* costs waiting */
	}
	if (dir)
		(void)closedir(dir); /* only to be read */
}

/* The name that wait_path() made a file of, as far as it fitted; owned. */
static char *
wait_name(const char *file)
{
	char *name = xstrdup(file), *to = name;

	for (const char *p = name; *p; p++) {
		char hex[3] = { 0 };
		unsigned long octet = 0;

		if (*p == '%' && strspn(p + 1, "0123456789abcdef") >= 2) {
			memcpy(hex, p + 1, 2);
			octet = strtoul(hex, NULL, 16);
			p += octet ? 2 : 0;
		}
		*to++ = octet ? (char)octet : *p;
	}
	*to = '\0';
	return name;
}

void
queue_wait_each(struct queue *q, time_t now,
    void (*tell)(void *ctx, const char *account, const struct queue_wait *w),
    void *ctx)
{
	DIR *dir = file_open_directory(q->dir, WAIT_DIR);
	const struct dirent *d;

	while (dir && (d = readdir(dir))) {
		AUTO(queue_wait) struct queue_wait w = { 0 };
		auto_free char *name = NULL;

		if (d->d_name[0] == '.' ||
		    !wait_read_at(dirfd(dir), d->d_name, &w) ||
		    w.until_s <= now ||
		    w.until_s > now + wait_max(w.is_offline))
			continue;
		name = wait_name(d->d_name);
		tell(ctx, name, &w);
	}
	if (dir)
		(void)closedir(dir); /* only to be read */
}
