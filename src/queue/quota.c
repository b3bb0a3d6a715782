/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/num.h"
#include "queue/entry_head.h"
#include "queue/walk.h"

/* Octets from the begin of a file in which its uid stands. */
#define QUOTA_READ 512

static const enum queue_state quota_states[] = { QUEUE_ACTIVE, QUEUE_HOLD,
	QUEUE_FAILED };

/* Whether the file was handed in by uid; *size is its octets then. */
static bool
quota_counts(int dir, const char *id, uid_t uid, uint64_t *size)
{
	auto_close int fd = openat(
	    dir, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char block[QUOTA_READ];
	char digits[QUOTA_READ];
	size_t len, at = head_at(HEAD_UID, &len);
	struct stat st;
	uint64_t owner;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, block, sizeof(block), 0) < (ssize_t)(at + len) ||
	    memcmp(block, HEAD_MAGIC, HEAD_MAGIC_LEN) != 0)
		return false;
	memcpy(digits, block + at, len);
	digits[len] = '\0';
	if (num_parse(digits, 0, UINT32_MAX, &owner) < 0 || owner != uid)
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

static int
quota_sum(struct queue *q, enum queue_state state, uid_t uid,
    struct quota *used, struct error *err)
{
	AUTO(queue_ids) struct queue_ids l = { 0 };
	int dir;

	if (queue_list(q, state, &l, err) < 0)
		return -1;
	if (!l.count)
		return 0;
	dir = queue_state_dir(q, state, err);
	if (dir < 0)
		return -1;
	for (size_t i = 0; i < l.count; i++) {
		uint64_t size;

		if (!quota_counts(dir, l.ids[i], uid, &size))
			continue;
		used->size += (int64_t)size;
		used->mails++;
	}
	return 0;
}

static int
quota_exceeded(const struct queue *q, const char *option, struct error *err)
{
	(void)err_set(err, ERR_QUEUE,
	    _("no more mail may wait in %s: the limit is set by %s"), q->path,
	    option);
	return err_hint(err,
	    _("See what waits with %s --mailq, and why; then raise %s, or "
	      "remove some with --queue-remove."),
	    PACKAGE, option);
}

int
quota_check(struct queue *q, uid_t uid, uint64_t size,
    const struct quota *limit, struct error *err)
{
	struct quota used = { 0 };

	if (!limit->size && !limit->mails)
		return 0;
	for (size_t i = 0; i < sizeof(quota_states) / sizeof(quota_states[0]);
	     i++)
		if (quota_sum(q, quota_states[i], uid, &used, err) < 0)
			return -1;
	if (limit->size && used.size + (int64_t)size > limit->size) {
		(void)quota_exceeded(q, "queue_quota", err);
		return err_detail(err,
		    "used %" PRId64 ", this mail %" PRIu64 ", limit %" PRId64
		    " octets of uid %u",
		    used.size, size, limit->size, (unsigned)uid);
	}
	if (limit->mails && used.mails >= limit->mails) {
		(void)quota_exceeded(q, "queue_quota_mails", err);
		return err_detail(err,
		    "%" PRId64 " mails, limit %" PRId64 ", of uid %u",
		    used.mails, limit->mails, (unsigned)uid);
	}
	return 0;
}
