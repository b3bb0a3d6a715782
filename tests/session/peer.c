/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xalloc.h"

/* --- in memory ------------------------------------------------------------ */

struct peer {
	struct stream stream;
	const struct script *script;
	struct cut cut;
	struct buf *trouble;
	size_t turn; /* whose turn it is */
	size_t at;   /* octets of it that have passed */
	size_t read; /* octets read in all */
	long writes;
};

static const struct turn *
peer_turn(const struct peer *p)
{
	return p->turn < p->script->nturns ? &p->script->turns[p->turn] : NULL;
}

static void
peer_pass(struct peer *p, size_t n)
{
	p->at += n;
	if (p->at >= p->script->turns[p->turn].text.len) {
		p->turn++;
		p->at = 0;
	}
}

static void
peer_complain(struct peer *p, const char *what, const char *text, size_t len)
{
	if (p->trouble->len)
		return;
	(void)buf_printf(p->trouble, "%s: ", what);
	text_escape(p->trouble, text, len, 300);
}

static size_t
peer_cut(const struct peer *p, size_t n)
{
	if (p->cut.every && n > p->cut.every)
		n = p->cut.every;
	if (p->cut.end && n > p->cut.end - p->read)
		n = p->cut.end - p->read;
	if (p->read < p->cut.first && n > p->cut.first - p->read)
		n = p->cut.first - p->read;
	return n;
}

static ssize_t
peer_read(struct stream *stream, void *to, size_t len, struct error *err)
{
	struct peer *p = (struct peer *)stream;
	const struct turn *t = peer_turn(p);
	size_t n;

	if (p->cut.end && p->read == p->cut.end)
		return 0;
	if (!t) {
		peer_complain(p, "waits for more than the script has", "", 0);
		return 0;
	}
	switch (t->kind) {
	case TURN_SERVER:
		n = t->text.len - p->at;
		n = peer_cut(p, n < len ? n : len);
		memcpy(to, t->text.data + p->at, n);
		p->read += n;
		peer_pass(p, n);
		return (ssize_t)n;
	case TURN_CLIENT:
		peer_complain(p, "waits where it should say",
		    t->text.data + p->at, t->text.len - p->at);
		return 0;
	case TURN_CLOSE:
		return 0;
	case TURN_RESET:
		peer_pass(p, 1);
		return err_set(err, ERR_LOST, "network read error: reset");
	default:
		return err_set(err, ERR_TIMEOUT,
		    "network read error: the operation timed out");
	}
}

static int
peer_write(
    struct stream *stream, const void *from, size_t len, struct error *err)
{
	struct peer *p = (struct peer *)stream;
	const char *at = from;

	p->writes++;
	while (len) {
		const struct turn *t = peer_turn(p);
		size_t n;

		if (t && t->kind != TURN_CLIENT && t->kind != TURN_SERVER) {
			peer_pass(p, t->kind == TURN_RESET);
			return err_set(
			    err, ERR_LOST, "network write error: broken pipe");
		}
		if (!t || t->kind != TURN_CLIENT) {
			peer_complain(p, "says out of turn", at, len);
			return err_set(err, ERR_LOST, "out of turn");
		}
		n = t->text.len - p->at < len ? t->text.len - p->at : len;
		if (memcmp(t->text.data + p->at, at, n) != 0) {
			peer_complain(p, "says", at, len);
			(void)buf_add_str(p->trouble, " where it should say ");
			text_escape(p->trouble, t->text.data + p->at,
			    t->text.len - p->at, 300);
			return err_set(err, ERR_LOST, "not the script");
		}
		peer_pass(p, n);
		at += n;
		len -= n;
	}
	return 0;
}

static void
peer_free(struct stream *stream)
{
	free(stream);
}

static const struct stream_ops peer_ops = {
	"peer",
	peer_read,
	peer_write,
	peer_free,
};

struct stream *
peer_memory_new(const struct script *s, struct cut cut, struct buf *trouble)
{
	struct peer *p = xcalloc(1, sizeof(*p));

	p->stream.ops = &peer_ops;
	p->stream.deadline = DEADLINE_NONE;
	p->script = s;
	p->cut = cut;
	p->trouble = trouble;
	return &p->stream;
}

void
peer_memory_finish(struct stream *stream)
{
	struct peer *p;
	const struct turn *t;

	while (stream->below)
		stream = stream->below;
	p = (struct peer *)stream;
	if (p->script->writes && p->writes != p->script->writes)
		(void)buf_printf(p->trouble, "%ld writes ", p->writes);
	for (; (t = peer_turn(p)); p->turn++, p->at = 0)
		if (t->kind == TURN_CLIENT)
			peer_complain(p, "did not say", t->text.data + p->at,
			    t->text.len - p->at);
}

/* --- behind a socket ------------------------------------------------------ */

/* Seconds after which a peer that hangs kills itself. */
#define PEER_LIFE_S 100
#define PEER_DRIP_MS 150

/* Reads what the client must say; 0, or 1 after a line on standard error. */
static int
peer_hear(int fd, const struct turn *t)
{
	AUTO(buf) struct buf got = BUF_INIT(SCRIPT_OCTETS_MAX);
	char block[4096];

	while (got.len < t->text.len) {
		size_t want = t->text.len - got.len;
		ssize_t n = read(
		    fd, block, want < sizeof(block) ? want : sizeof(block));

		if (n <= 0)
			break;
		(void)buf_add(&got, block, (size_t)n);
	}
	if (got.len == t->text.len &&
	    memcmp(buf_str(&got), buf_str(&t->text), got.len) == 0)
		return 0;
	fprintf(stderr, "the peer heard: %s\n", buf_str(&got));
	return 1;
}

/* Waits for the client to go; everything it says is too much. */
static int
peer_hear_end(int fd)
{
	char block[4096];
	ssize_t n = read(fd, block, sizeof(block) - 1);

	if (n <= 0)
		return 0;
	block[n] = '\0';
	fprintf(stderr, "the peer heard more: %s\n", block);
	return 1;
}

static void
peer_drip(int fd, const struct turn *t)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	size_t at = 0;

	/* the client says nothing more: readable is the end */
	while (poll(&pfd, 1, PEER_DRIP_MS) == 0 &&
	       send(fd, t->text.data + at, 1, MSG_NOSIGNAL) == 1)
		at = (at + 1) % t->text.len;
}

static int
peer_serve(int fd, const struct script *s)
{
	struct linger hard = { 1, 0 };

	for (size_t i = 0; i < s->nturns; i++) {
		const struct turn *t = &s->turns[i];

		switch (t->kind) {
		case TURN_SERVER:
			/* a client that has gone is seen in the end */
			(void)send(fd, t->text.data, t->text.len, MSG_NOSIGNAL);
			break;
		case TURN_CLIENT:
			if (peer_hear(fd, t))
				return 1;
			break;
		case TURN_RESET:
			(void)setsockopt(
			    fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
			return 0;
		case TURN_CLOSE:
			return 0;
		case TURN_STALL:
			break;
		case TURN_DRIP:
			peer_drip(fd, t);
			break;
		}
	}
	return peer_hear_end(fd);
}

/* A listening socket and, connected to it, a client. */
static int
peer_connect(int *listener)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || *listener < 0 ||
	    bind(*listener, (struct sockaddr *)&sin, len) < 0 ||
	    listen(*listener, 1) < 0 ||
	    getsockname(*listener, (struct sockaddr *)&sin, &len) < 0 ||
	    connect(fd, (struct sockaddr *)&sin, len) < 0)
		return -1;
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -1 : fd;
}

int
peer_socket(const struct script *s, pid_t *pid)
{
	int listener;
	int fd = peer_connect(&listener);

	if (fd < 0)
		return -1;
	*pid = fork();
	if (*pid == 0) {
		int served;

		(void)close(fd);
		(void)alarm(PEER_LIFE_S);
		served = accept(listener, NULL, NULL);
		_exit(served < 0 ? 2 : peer_serve(served, s));
	}
	(void)close(listener);
	return fd;
}

void
peer_socket_finish(pid_t pid, struct buf *trouble)
{
	int status = 0;

	if (waitpid(pid, &status, 0) == pid && status != 0)
		(void)buf_printf(trouble, "the peer ended with status 0x%x",
		    (unsigned)status);
}
