/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/dial.h"
#include "net/happy.h"

/* --- helpers -------------------------------------------------------------- */

static void
add(struct address_list *list, const char *host, in_port_t port)
{
	assert_int_equal(address_list_add_numeric(list, host, port), 0);
}

/* A socket that listens on 127.0.0.1, and its port. */
static int
listener(int backlog, in_port_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* A port where nobody listens, and nobody will: it is kept. */
static in_port_t
dead_port(void)
{
	static int fd = -1;
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);

	if (fd < 0) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(fd >= 0);
		assert_int_equal(
		    bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	return ntohs(at.sin_port);
}

/* A listener whose backlog is full drops what comes: it does not answer.
 * fds[0] listens, the others fill it; -1 where there is none. */
#define HOLE_FDS 8

static in_port_t
black_hole(int fds[HOLE_FDS])
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	in_port_t port;

	fds[0] = listener(0, &port);
	to.sin_port = htons(port);
	for (int i = 1; i < HOLE_FDS; i++) {
		fds[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fds[i], (struct sockaddr *)&to, sizeof(to));
	}
	/* the first one is taken in by the kernel's own time */
	assert_int_equal(
	    poll(&(struct pollfd){ fds[1], POLLOUT, 0 }, 1, 20000), 1);
	return port;
}

static void
fill_in(int fds[HOLE_FDS])
{
	for (int i = 0; i < HOLE_FDS; i++)
		close(fds[i]);
}

/* --- addresses ------------------------------------------------------------ */

#define CHAIN_MAX 4096

/* A chain of addresses, one for each letter: '4' or '6', '?' another family;
 * the last octet is the position. */
static struct addrinfo *
chain(const char *kinds)
{
	static struct addrinfo ai[CHAIN_MAX];
	static struct sockaddr_in6 sa[CHAIN_MAX];
	size_t n = strlen(kinds);

	memset(sa, 0, sizeof(sa));
	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in *in = (struct sockaddr_in *)&sa[i];

		ai[i] = (struct addrinfo){ .ai_family = AF_UNIX };
		if (kinds[i] == '4') {
			ai[i].ai_family = in->sin_family = AF_INET;
			ai[i].ai_addrlen = sizeof(*in);
			in->sin_addr.s_addr = htonl((uint32_t)i);
		} else if (kinds[i] == '6') {
			ai[i].ai_family = sa[i].sin6_family = AF_INET6;
			ai[i].ai_addrlen = sizeof(sa[i]);
			sa[i].sin6_addr.s6_addr[15] = (uint8_t)i;
		}
		ai[i].ai_addr = (struct sockaddr *)&sa[i];
		ai[i].ai_next = i + 1 < n ? &ai[i + 1] : NULL;
	}
	return n ? ai : NULL;
}

static void
test_families_alternate(void **state)
{
	static const struct {
		const char *in, *out; /* out: positions in hexadecimal */
	} rows[] = {
		{ "", "" },
		{ "4", "0" },
		{ "6", "0" },
		{ "?", "" },
		{ "6644", "0213" },
		{ "4466", "0213" },
		{ "66664", "04123" },
		{ "?6?4", "13" },
		{ "6666666666666666644", "0h1i23456789abcd" },
		{ "46464", "01234" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address_list list = { .count = 0 };
		char got[ADDRESS_MAX + 1] = "";

		address_list_add(&list, chain(rows[i].in));
		for (size_t k = 0; k < list.count; k++) {
			const struct address *a = &list.items[k];
			unsigned at = a->sa.any.sa_family == AF_INET
					  ? ntohl(a->sa.in.sin_addr.s_addr)
					  : a->sa.in6.sin6_addr.s6_addr[15];

			got[k] = "0123456789abcdefghijk"[at];
		}
		assert_string_equal(got, rows[i].out);
	}
}

static void
test_px_04_many_addresses(void **state)
{
	static char kinds[CHAIN_MAX + 1];
	struct address_list list = { .count = 0 };

	(void)state;
	memset(kinds, '4', CHAIN_MAX);
	address_list_add(&list, chain(kinds));
	assert_int_equal(list.count, ADDRESS_MAX);
}

static void
test_numeric_addresses(void **state)
{
	static const struct {
		const char *host;
		int rc;
		bool is_loopback;
	} rows[] = {
		{ "127.0.0.1", 0, true },
		{ "127.255.0.1", 0, true },
		{ "128.0.0.1", 0, false },
		{ "::1", 0, true },
		{ "::", 0, false },
		{ "::ffff:127.0.0.1", 0, true },
		{ "::ffff:192.0.2.1", 0, false },
		{ "fe80::1%lo", 0, false },
		{ "fe80::1%1", 0, false },
		{ "fe80::1%nosuchif", -1, false },
		{ "fe80::1%99999999999", -1, false },
		{ "mail.test", -1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address_list list = { .count = 0 };

		assert_int_equal(
		    address_list_add_numeric(&list, rows[i].host, 25),
		    rows[i].rc);
		assert_int_equal(list.count, rows[i].rc == 0);
		if (list.count)
			assert_int_equal(address_is_loopback(&list.items[0]),
			    rows[i].is_loopback);
	}
}

/* --- happy eyeballs ------------------------------------------------------- */

/* How long it took. */
static int64_t
refused_then_answered(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct address_list list = { .count = 0 };
	struct address winner;
	in_port_t port;
	int server = listener(1, &port);
	auto_close int fd = -1;
	int on = 0;
	socklen_t len = sizeof(on);
	int64_t begin = deadline_now(), took;

	add(&list, "::1", port);
	add(&list, "127.0.0.1", dead_port());
	add(&list, "127.0.0.1", port);
	fd = happy_connect(
	    &list, "mail.test", NULL, deadline_in(10), &winner, &err);
	assert_true(fd >= 0);
	assert_true(address_is_loopback(&winner));
	assert_int_equal(winner.sa.any.sa_family, AF_INET);
	assert_int_equal(list.count, 0);
	took = deadline_now() - begin;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(
	    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	assert_true(on);
	close(server);
	return took;
}

/* Nobody waits behind a refusal.  A machine may be busy, but not each time. */
static void
test_refused_then_answered(void **state)
{
	int left = 20;

	(void)state;
	while (refused_then_answered() >= HAPPY_STAGGER_MS)
		assert_true(left-- > 0);
}

static void
test_silent_then_answered(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct address_list list = { .count = 0 };
	struct address winner;
	int hole[HOLE_FDS];
	in_port_t port;
	int server = listener(1, &port);
	auto_close int fd = -1;
	int64_t begin = deadline_now();

	(void)state;
	add(&list, "127.0.0.1", black_hole(hole));
	add(&list, "127.0.0.1", port);
	fd = happy_connect(
	    &list, "mail.test", NULL, deadline_in(10), &winner, &err);
	fill_in(hole);
	assert_true(fd >= 0);
	assert_int_equal(winner.sa.in.sin_port, htons(port));
	assert_int_equal(list.count, 1); /* it might have answered yet */
	assert_true(deadline_now() - begin >= HAPPY_STAGGER_MS);
	assert_true(deadline_now() - begin < 50000);
	close(server);
}

static void
test_all_refused(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct address_list list = { .count = 0 };
	struct address winner;
	in_port_t port = dead_port();

	(void)state;
	add(&list, "::1", port);
	add(&list, "127.0.0.1", port);
	assert_int_equal(happy_connect(&list, "mail.test", NULL,
			     deadline_in(10), &winner, &err),
	    -1);
	assert_int_equal(err.kind, ERR_CONNECT);
	assert_non_null(strstr(err.text, "mail.test"));
	assert_non_null(strstr(err.detail, "::1: "));
	assert_non_null(strstr(err.detail, "127.0.0.1: Connection refused"));
}

static void
test_silence_ends_at_the_deadline(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct address_list list = { .count = 0 };
	struct address winner;
	int hole[HOLE_FDS];
	int64_t begin = deadline_now();

	(void)state;
	add(&list, "127.0.0.1", dead_port());
	add(&list, "127.0.0.1", black_hole(hole));
	assert_int_equal(happy_connect(&list, "mail.test", NULL, begin + 1000,
			     &winner, &err),
	    -1);
	fill_in(hole);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_non_null(strstr(err.detail, "Connection timed out"));
	assert_true(deadline_now() - begin >= 1000);
	assert_true(deadline_now() - begin < 50000);
}

static void
test_deadline_already_passed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	int server = listener(1, &port);
	struct way way = { .host = "127.0.0.1", .port = port };

	(void)state;
	assert_int_equal(net_dial(&way, deadline_now(), &peer, &s, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_null(s);
	close(server);
}

static void
test_dial_localhost(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	int server = listener(1, &port);
	struct way way = { .host = "LocalHost.", .port = port };

	(void)state;
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), 0);
	assert_string_equal(peer.address, "127.0.0.1");
	assert_true(peer.is_loopback);
	stream_free(s);
	close(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families_alternate),
		cmocka_unit_test(test_px_04_many_addresses),
		cmocka_unit_test(test_numeric_addresses),
		cmocka_unit_test(test_refused_then_answered),
		cmocka_unit_test(test_silent_then_answered),
		cmocka_unit_test(test_all_refused),
		cmocka_unit_test(test_silence_ends_at_the_deadline),
		cmocka_unit_test(test_deadline_already_passed),
		cmocka_unit_test(test_dial_localhost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
