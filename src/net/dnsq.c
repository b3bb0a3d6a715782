/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/dnsq.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/thread.h"
#include "base/xalloc.h"

/* RFC 4035 3.2.3: the octet of the header, and the bit in it, that says that
 * the answer is authentic. */
#define DNSQ_FLAGS 3
#define DNSQ_FLAG_AD 0x20

/* What asker and thread share; the last one to leave frees it. */
struct dnsq_job {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_answered;
	bool is_given_up;
	bool wants_proof;
	int type;
	int len;      /* of the answer, or -1 */
	int why;      /* h_errno */
	int os_errno; /* where h_errno says so */
	unsigned char answer[DNSQ_ANSWER_MAX];
	char name[];
};

static struct dnsq_job *
dnsq_job_new(const char *name, int type, bool wants_proof)
{
	size_t size = strlen(name) + 1;
	struct dnsq_job *job = xcalloc(1, sizeof(*job) + size);
	pthread_condattr_t attr;

	memcpy(job->name, name, size);
	job->type = type;
	job->wants_proof = wants_proof;
	/* none of these can fail with these arguments */
	(void)pthread_mutex_init(&job->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&job->answered, &attr);
	(void)pthread_condattr_destroy(&attr);
	return job;
}

static void
dnsq_job_free(struct dnsq_job *job)
{
	(void)pthread_cond_destroy(&job->answered);
	(void)pthread_mutex_destroy(&job->lock);
	free(job);
}

/* The state of res_query() is the thread's own. */
static void
dnsq_ask(struct dnsq_job *job)
{
	h_errno = NETDB_INTERNAL; /* musl does not always set it */
#if defined(RES_USE_DNSSEC) && defined(RES_USE_EDNS0)
	if (job->wants_proof && res_init() == 0)
		_res.options |= RES_USE_DNSSEC | RES_USE_EDNS0;
#endif
	job->len = res_query(
	    job->name, ns_c_in, job->type, job->answer, sizeof(job->answer));
	job->os_errno = errno;
	job->why = h_errno;
}

static void *
dnsq_thread(void *ctx)
{
	struct dnsq_job *job = ctx;
	bool is_given_up;

	dnsq_ask(job);
	(void)pthread_mutex_lock(&job->lock);
	job->is_answered = true;
	is_given_up = job->is_given_up;
	(void)pthread_cond_signal(&job->answered);
	(void)pthread_mutex_unlock(&job->lock);
	if (is_given_up)
		dnsq_job_free(job);
	return NULL;
}

/* Nobody waits for it: see dnsq_wait(). */
static int
dnsq_start(struct dnsq_job *job)
{
	pthread_t thread;
	int rc = thread_start(&thread, dnsq_thread, job);

	if (rc == 0)
		(void)pthread_detach(thread);
	return rc;
}

/* False when the deadline came first: then job belongs to the thread. */
static bool
dnsq_wait(struct dnsq_job *job, int64_t deadline)
{
	struct timespec until = { deadline / 1000, deadline % 1000 * 1000000L };
	bool is_answered;
	int rc = 0;

	(void)pthread_mutex_lock(&job->lock);
	while (!job->is_answered && rc != ETIMEDOUT)
		rc = deadline == DEADLINE_NONE
			 ? pthread_cond_wait(&job->answered, &job->lock)
			 : pthread_cond_timedwait(
			       &job->answered, &job->lock, &until);
	is_answered = job->is_answered;
	job->is_given_up = !is_answered;
	(void)pthread_mutex_unlock(&job->lock);
	return is_answered;
}

static int
dnsq_failed(const struct dnsq_job *job, struct error *err)
{
	bool is_final = job->why == HOST_NOT_FOUND || job->why == NO_DATA;

	(void)err_set(err, is_final ? ERR_HOST : ERR_HOST_TEMP,
	    is_final ? _("there is no %s in the DNS")
		     : _("cannot look up %s now"),
	    job->name);
	if (job->why == NETDB_INTERNAL) {
		err->os_errno = job->os_errno;
		return err_detail(err, "%s", strerror(job->os_errno));
	}
	return err_detail(err, "%s", hstrerror(job->why));
}

void
dnsq_answer_release(struct dnsq_answer *a)
{
	if (!a)
		return;
	free(a->message);
	*a = (struct dnsq_answer){ NULL, 0, false };
}

static void
dnsq_take(const struct dnsq_job *job, struct dnsq_answer *out)
{
	dnsq_answer_release(out);
	/* it may tell more than it could store */
	out->len = (size_t)job->len < sizeof(job->answer) ? (size_t)job->len
							  : sizeof(job->answer);
	out->message = xmalloc(out->len + 1);
	memcpy(out->message, job->answer, out->len);
	out->is_secure = job->wants_proof && out->len > DNSQ_FLAGS &&
			 out->message[DNSQ_FLAGS] & DNSQ_FLAG_AD;
}

int
dnsq(const char *name, int type, bool wants_proof, int64_t deadline,
    struct dnsq_answer *answer, struct error *err)
{
	struct dnsq_job *job = dnsq_job_new(name, type, wants_proof);
	int rc = dnsq_start(job);

	if (rc != 0) {
		dnsq_job_free(job);
		return err_set_os(err, ERR_OS, rc, _("cannot start a thread"));
	}
	if (!dnsq_wait(job, deadline))
		return err_set(err, ERR_TIMEOUT,
		    _("cannot look up %s: the operation timed out"), name);
	if (job->len < 0)
		rc = dnsq_failed(job, err);
	else
		dnsq_take(job, answer);
	dnsq_job_free(job);
	return rc;
}
