/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/queue_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <time.h>

#include "base/i18n.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/words.h"
#include "deliver/place.h"
#include "deliver/trigger.h"
#include "queue/backoff.h"
#include "queue/entry.h"
#include "queue/magic.h"
#include "queue/wait.h"
#include "queue/walk.h"

/* A mail that waits longer than this deserves a look; the sender of one that
 * waits half the way to its end ought to know. */
#define CHECK_OLD_S BACKOFF_LATE_S
#define CHECK_STUCK_S (BACKOFF_EXPIRY_S / 2)
/* Octets that a mail of usual size takes. */
#define CHECK_ROOM ((uint64_t)1024 * 1024)

enum check_level {
	CHECK_OK,
	CHECK_WARNING,
	CHECK_CRITICAL,
	CHECK_UNKNOWN,
};

/* Filesystems on which a mail that was accepted may be lost. */
static const struct {
	uint32_t magic;
	const char *name;
	enum check_level level;
	const char *text; /* not yet translated */
} check_filesystems[] = {
	{ TMPFS_MAGIC, "tmpfs", CHECK_WARNING,
	    N_("it is in memory: a restart empties the queue") },
	{ RAMFS_MAGIC, "ramfs", CHECK_WARNING,
	    N_("it is in memory: a restart empties the queue") },
	{ OVERLAYFS_SUPER_MAGIC, "overlay", CHECK_WARNING,
	    N_("it goes with the container: mount a volume there") },
	{ NFS_SUPER_MAGIC, "nfs", CHECK_CRITICAL,
	    N_("locks and writes over a network are not to be relied on") },
	{ CIFS_SUPER_MAGIC, "cifs", CHECK_CRITICAL,
	    N_("locks and writes over a network are not to be relied on") },
	{ SMB2_SUPER_MAGIC, "smb", CHECK_CRITICAL,
	    N_("locks and writes over a network are not to be relied on") },
	{ FUSE_SUPER_MAGIC, "fuse", CHECK_WARNING,
	    N_("whether writes last there nobody knows") },
};

struct check {
	const struct plan *plan;
	enum check_level level; /* the worst */
	struct buf lines;
	bool has_line;
	size_t counts[QUEUE_STATES];
	int64_t oldest_s; /* age of the oldest that waits; 0: none */
	size_t waits;     /* accounts that have to wait */
	bool has_queue;
	time_t now;
};

static void
check_release(struct check *c)
{
	buf_release(&c->lines);
}
AUTO_DEFINE(check);

static const char *const check_words[] = {
	[CHECK_OK] = "OK",
	[CHECK_WARNING] = "WARNING",
	[CHECK_CRITICAL] = "CRITICAL",
	[CHECK_UNKNOWN] = "UNKNOWN",
};

/* One thing; takes text. */
static void
check_tell(struct check *c, enum check_level level, char *text)
{
	auto_free char *owned = text;

	if (level > c->level)
		c->level = level;
	if (c->plan->is_json) {
		(void)buf_add_str(&c->lines, c->has_line ? ",{" : "{");
		json_name(&c->lines, "level");
		json_string(&c->lines, check_words[level]);
		json_name(&c->lines, "text");
		json_string(&c->lines, owned);
		(void)buf_add_char(&c->lines, '}');
	} else {
		(void)buf_printf(&c->lines, "%s: ", check_words[level]);
		text_escape(&c->lines, owned, strlen(owned), 2048);
		(void)buf_add_char(&c->lines, '\n');
	}
	c->has_line = true;
}

static void
check_error(struct check *c, enum check_level level, const struct error *err)
{
	check_tell(c, level,
	    err->detail ? xasprintf("%s: %s", err->text, err->detail)
			: xstrdup(err->text));
}

/* --- one queue ------------------------------------------------------------ */

static void
check_filesystem(struct check *c, const struct queue *q)
{
	struct statfs fs;

	if (fstatfs(q->dir, &fs) < 0)
		return;
	for (size_t i = 0;
	     i < sizeof(check_filesystems) / sizeof(check_filesystems[0]); i++)
		if ((uint32_t)fs.f_type == check_filesystems[i].magic)
			check_tell(c, check_filesystems[i].level,
			    xasprintf(_("%s is on %s: %s"), q->path,
				check_filesystems[i].name,
				_(check_filesystems[i].text)));
}

static void
check_room(struct check *c, struct queue *q)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (queue_check_room(q, CHECK_ROOM, &err) < 0)
		check_error(c, CHECK_CRITICAL, &err);
}

/* How many there are; the oldest is the first that can be read. */
static void
check_state(struct check *c, struct queue *q, enum queue_state state)
{
	AUTO(queue_ids) struct queue_ids l = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	if (queue_list(q, state, &l, &err) < 0) {
		check_error(c, CHECK_CRITICAL, &err);
		return;
	}
	c->counts[state] += l.count;
	for (size_t i = 0; state == QUEUE_ACTIVE && i < l.count; i++) {
		AUTO(entry) struct entry e;
		int rc;

		entry_init(&e);
		rc = entry_peek(&e, q, state, l.ids[i], &err);
		if (rc < 0)
			check_error(c, CHECK_WARNING, &err);
		if (rc <= 0)
			continue;
		if (c->now - e.born_s > c->oldest_s)
			c->oldest_s = c->now - e.born_s;
		break;
	}
}

static void
check_account(void *ctx, const char *name, const struct queue_wait *w)
{
	struct check *c = ctx;

	c->waits++;
	check_tell(c, w->is_offline ? CHECK_WARNING : CHECK_CRITICAL,
	    xasprintf(
		_("account %s has to wait: %s"), name, w->text ? w->text : ""));
}

static void
check_trigger(struct check *c, const char *path)
{
	if (!trigger_is_installed(path))
		check_tell(c, CHECK_WARNING,
		    xasprintf(_("nothing runs the queue in %s from time to "
				"time: no systemd unit or cron line was found"),
			path));
}

static void
check_queue(struct check *c, const char *path)
{
	AUTO(queue) struct queue q = QUEUE_INIT;
	AUTO(place_rights) struct place_rights rights = place_take_rights(path);
	AUTO(error) struct error err = ERROR_INIT;

	if (queue_open(&q, path, false, &err) < 0) {
		if (err.os_errno != ENOENT)
			check_error(c, CHECK_CRITICAL, &err);
		return; /* nothing was queued yet */
	}
	c->has_queue = true;
	check_trigger(c, path);
	check_filesystem(c, &q);
	check_room(c, &q);
	for (int state = 0; state < QUEUE_TMP; state++)
		check_state(c, &q, (enum queue_state)state);
	queue_wait_each(&q, c->now, check_account, c);
}

/* --- all of it ------------------------------------------------------------ */

static void
check_age(struct check *c)
{
	auto_free char *span = span_words(c->oldest_s);

	if (c->oldest_s > CHECK_OLD_S)
		check_tell(c,
		    c->oldest_s > CHECK_STUCK_S ? CHECK_CRITICAL
						: CHECK_WARNING,
		    xasprintf(_("the oldest mail waits for %s"), span));
}

static void
check_counts(struct check *c)
{
	size_t n = c->counts[QUEUE_FAILED];

	if (n)
		check_tell(c, CHECK_CRITICAL,
		    xasprintf(P_("%zu mail was given up, and its sender could "
				 "not be told",
				  "%zu mails were given up, and their senders "
				  "could not be told",
				  n),
			n));
	n = c->counts[QUEUE_BAD];
	if (n)
		check_tell(c, CHECK_CRITICAL,
		    xasprintf(P_("%zu queue file cannot be read",
				  "%zu queue files cannot be read", n),
			n));
	n = c->counts[QUEUE_HOLD];
	if (n)
		check_tell(c, CHECK_WARNING,
		    xasprintf(P_("%zu mail is held until a person releases it",
				  "%zu mails are held until a person releases "
				  "them",
				  n),
			n));
}

static int
check_print(struct check *c)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "waiting", (int64_t)c->counts[QUEUE_ACTIVE] },
		{ "held", (int64_t)c->counts[QUEUE_HOLD] },
		{ "failed", (int64_t)c->counts[QUEUE_FAILED] },
		{ "bad", (int64_t)c->counts[QUEUE_BAD] },
		{ "accounts_waiting", (int64_t)c->waits },
		{ "oldest", c->oldest_s },
	};
	size_t count = sizeof(numbers) / sizeof(numbers[0]);

	if (c->plan->is_json) {
		(void)buf_add_char(&out, '{');
		json_name(&out, "level");
		json_string(&out, check_words[c->level]);
	} else {
		(void)buf_printf(&out,
		    P_("QUEUE %s - %zu mail waits |",
			"QUEUE %s - %zu mails wait |", c->counts[QUEUE_ACTIVE]),
		    check_words[c->level], c->counts[QUEUE_ACTIVE]);
	}
	for (size_t i = 0; i < count; i++)
		if (c->plan->is_json) {
			json_name(&out, numbers[i].name);
			(void)buf_printf(&out, "%" PRId64, numbers[i].value);
		} else {
			(void)buf_printf(&out, " %s=%" PRId64 "%s",
			    numbers[i].name, numbers[i].value,
			    i + 1 == count ? "s" : "");
		}
	if (c->plan->is_json) {
		json_name(&out, "findings");
		(void)buf_printf(&out, "[%s]}", buf_str(&c->lines));
	}
	(void)printf("%s\n%s", buf_str(&out),
	    c->plan->is_json ? "" : buf_str(&c->lines));
	return fflush(stdout) == 0 ? (int)c->level : CHECK_UNKNOWN;
}

int
cmd_queue_check(const struct plan *plan)
{
	AUTO(check)
	struct check c = {
		.plan = plan, .lines = BUF_INIT(SIZE_MAX / 2), .now = time(NULL)
	};
	AUTO(conf) struct conf conf = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(places) struct places places = { 0 };

	if (conf_load(&conf, plan, &err) < 0)
		check_error(&c, CHECK_CRITICAL, &err);
	if (places_see(&places, plan, &conf, &err) < 0)
		check_error(&c, CHECK_UNKNOWN, &err);
	for (size_t i = 0; i < places.count; i++)
		check_queue(&c, places.paths[i]);
	if (!c.has_queue && places.count)
		check_trigger(&c, places.paths[0]);
	check_age(&c);
	check_counts(&c);
	return check_print(&c);
}
