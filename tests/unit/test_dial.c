/* SPDX-License-Identifier: ISC */
/* Names, sockets, source addresses: what net_dial() makes of an account. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/deadline.h"
#include "base/xalloc.h"
#include "net/dial.h"
#include "net/hosts.h"
#include "net/local.h"

/* --- hosts ---------------------------------------------------------------- */

static void
test_hosts(void **state)
{
	static const struct {
		const char *text, *name, *identity;
		size_t count; /* name is that of the last one */
		bool is_service, is_submissions;
	} rows[] = {
		{ "mail.test", "mail.test", "mail.test", 1, false, false },
		{ " Mail.TEST. ", "mail.test", "mail.test", 1, false, false },
		{ "a.test, b.test", "b.test", "b.test", 2, false, false },
		{ "a,b,::1 ,fe80::1%lo", "fe80::1%lo", "fe80::1%lo", 4, false,
		    false },
		{ "b\xc3\xbc"
		  "cher.test",
		    "xn--bcher-kva.test", "xn--bcher-kva.test", 1, false,
		    false },
		{ "_submissions._tcp.x.test", "_submissions._tcp.x.test",
		    "x.test", 1, true, true },
		{ "_SUBMISSIONS._TCP.x.test.", "_submissions._tcp.x.test",
		    "x.test", 1, true, true },
		{ "_submission._tcp.x.test", "_submission._tcp.x.test",
		    "x.test", 1, true, false },
		{ "a,_submission._tcp.x.test", "_submission._tcp.x.test",
		    "x.test", 2, true, false },
		{ "_submission._udp.x.test", "_submission._udp.x.test",
		    "_submission._udp.x.test", 1, false, false },
		{ "_submission._tcp", "_submission._tcp", "_submission._tcp", 1,
		    false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(hosts) struct hosts h = HOSTS_INIT;
		const struct host *last;

		if (hosts_parse(&h, rows[i].text, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_int_equal(h.count, rows[i].count);
		last = &h.items[h.count - 1];
		assert_string_equal(last->name, rows[i].name);
		assert_string_equal(last->identity, rows[i].identity);
		assert_int_equal(last->is_service, rows[i].is_service);
		assert_int_equal(last->is_submissions, rows[i].is_submissions);
	}
}

static void
test_hosts_that_are_none(void **state)
{
	static const char *const rows[] = { "", ",", "a,", ",a", "a,,b", "a b",
		"a..b", "[127.0.0.1]", "1.2.3", "a/b",
		"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" };
	AUTO(buf) struct buf many = BUF_INIT(1000);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(hosts) struct hosts h = HOSTS_INIT;

		assert_int_equal(hosts_parse(&h, rows[i], &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
		assert_int_equal(h.count, 0);
	}
	for (int i = 0; i <= HOSTS_MAX; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(hosts) struct hosts h = HOSTS_INIT;

		(void)buf_printf(&many, "%sa%d.test", i ? "," : "", i);
		assert_int_equal(hosts_parse(&h, buf_str(&many), &err),
		    i < HOSTS_MAX ? 0 : -1);
	}
}

/* --- the network ---------------------------------------------------------- */

static int
listener(in_port_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* Nobody listens on 127.0.0.2. */
static void
test_first_host_refuses(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	auto_close int server = listener(&port);
	struct way way = { .host = "127.0.0.2, LocalHost, 127.0.0.1",
		.port = port };

	(void)state;
	(void)server;
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), 0);
	assert_string_equal(peer.address, "127.0.0.1");
	assert_string_equal(peer.host, "localhost");
	assert_int_equal(peer.port, port);
	assert_true(peer.is_loopback);
	stream_free(s);
}

static void
test_all_hosts_refuse(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	auto_close int server = listener(&port);
	struct way way = { .host = "127.0.0.2, 127.0.0.3", .port = port };

	(void)state;
	(void)server;
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), -1);
	assert_int_equal(err.kind, ERR_CONNECT);
	assert_non_null(strstr(err.text, "127.0.0.2, 127.0.0.3"));
	assert_non_null(strstr(err.detail, "127.0.0.2, port"));
	assert_non_null(strstr(err.detail, "127.0.0.3, port"));
	assert_null(s);
	assert_null(peer.host);
}

/* One that cannot be a name is a mistake before anybody is called. */
static void
test_last_host_is_none(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	auto_close int server = listener(&port);
	struct way way = { .host = "127.0.0.1, a b", .port = port };

	(void)state;
	(void)server;
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

/* A silent one leaves the next one its share of the time. */
static void
test_share_of_the_time(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	auto_close int server = listener(&port);
	int64_t begun = deadline_now();
	/* the proxy says nothing, for either host */
	struct way way = { .host = "a.test, b.test",
		.port = 25,
		.proxy_host = "127.0.0.1",
		.proxy_port = port };

	(void)state;
	(void)server;
	assert_int_equal(net_dial(&way, begun + 1500, &peer, &s, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_non_null(strstr(err.detail, "a.test, port 25"));
	assert_non_null(strstr(err.detail, "b.test, port 25"));
	assert_in_range(deadline_now() - begun, 1500, 50000);
}

static void
test_source_and_family(void **state)
{
	in_port_t port;
	auto_close int server = listener(&port);
	static const struct {
		const char *host, *source;
		int family;
		enum err_kind kind;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.2", AF_UNSPEC, ERR_NONE },
		{ "localhost", "127.0.0.2", AF_UNSPEC, ERR_NONE },
		{ "localhost", "127.0.0.2", AF_INET, ERR_NONE },
		{ "localhost", NULL, AF_INET, ERR_NONE },
		{ "127.0.0.1", "::1", AF_UNSPEC, ERR_CONFIG },
		{ "127.0.0.1", "127.0.0.1", AF_INET6, ERR_CONFIG },
		{ "127.0.0.1", NULL, AF_INET6, ERR_CONFIG },
		{ "::1", NULL, AF_INET, ERR_CONFIG },
		{ "127.0.0.1", "192.0.2.1", AF_UNSPEC, ERR_CONNECT },
		{ "127.0.0.1", "localhost", AF_UNSPEC, ERR_CONFIG },
		{ "localhost", NULL, AF_INET6, ERR_CONNECT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(peer) struct peer peer = PEER_INIT;
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		struct stream *s = NULL;
		auto_close int fd = -1;
		struct way way = { .host = rows[i].host,
			.port = port,
			.source_ip = rows[i].source,
			.family = rows[i].family };
		int rc = net_dial(&way, deadline_in(10), &peer, &s, &err);

		if (err.kind != rows[i].kind)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(rc, rows[i].kind ? -1 : 0);
		if (rc < 0)
			continue;
		fd = accept(server, (struct sockaddr *)&from, &len);
		assert_string_equal(inet_ntoa(from.sin_addr),
		    rows[i].source ? rows[i].source : "127.0.0.1");
		stream_free(s);
	}
}

/* What is behind a proxy on this machine is not on this machine. */
static void
test_proxied_is_not_loopback(void **state)
{
	static const char says[] = "\5\0\5\0\0\1\177\0\0\1\0\31";
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	in_port_t port;
	auto_close int server = listener(&port);
	struct way way = { .host = "127.0.0.1",
		.port = 25,
		.proxy_host = "localhost",
		.proxy_port = port };
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		int fd = accept(server, NULL, NULL);

		/* until it is killed */
		_exit(write(fd, says, sizeof(says) - 1) > 0 ? pause() : 1);
	}
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), 0);
	assert_false(peer.is_loopback);
	assert_null(peer.address);
	assert_string_equal(peer.host, "127.0.0.1");
	stream_free(s);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* PX-02: a service would have to be looked up here. */
static void
test_px_02_no_service_through_a_proxy(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	struct stream *s = NULL;
	struct way way = { .host = "_submissions._tcp.x.test",
		.proxy_host = "127.0.0.1",
		.proxy_port = 1 };

	(void)state;
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "through a proxy"));
}

/* --- sockets -------------------------------------------------------------- */

static int
local_listener(const char *path, int backlog)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void
test_local_socket(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(peer) struct peer peer = PEER_INIT;
	char dir[] = "/tmp/postrider-test.XXXXXX";
	auto_free char *path = NULL;
	struct stream *s = NULL;
	struct way way = { .host = "mail.test",
		.proxy_host = "nosuch.invalid",
		.source_ip = "192.0.2.1" };

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/socket", dir);
	way.socket_path = path;
	assert_int_equal(net_dial(&way, deadline_in(10), &peer, &s, &err), -1);
	assert_int_equal(err.kind, ERR_CONNECT);
	assert_int_equal(err.os_errno, ENOENT);
	{
		auto_close int server = local_listener(path, 1);

		(void)server;
		assert_int_equal(
		    net_dial(&way, deadline_in(10), &peer, &s, &err), 0);
	}
	assert_true(peer.is_loopback);
	assert_string_equal(peer.host, "mail.test");
	assert_null(peer.address);
	stream_free(s);
	/* nobody listens any more */
	assert_int_equal(local_connect(path, deadline_in(10), &err), -1);
	assert_int_equal(err.os_errno, ECONNREFUSED);
	(void)unlink(path);
	(void)rmdir(dir);
}

/* The deadline covers a server that takes nobody in. */
static void
test_local_socket_is_full(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	char dir[] = "/tmp/postrider-test.XXXXXX";
	auto_free char *path = NULL;
	int64_t begun;
	int fds[4] = { -1, -1, -1, -1 };
	int server, got = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = xasprintf("%s/socket", dir);
	server = local_listener(path, 0);
	do
		fds[got] = local_connect(path, deadline_now() + 500, &err);
	while (fds[got] >= 0 && ++got < 4);
	assert_in_range(got, 1, 3);
	begun = deadline_now();
	assert_int_equal(local_connect(path, begun + 150, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_in_range(deadline_now() - begun, 150, 50000);
	while (got--)
		(void)close(fds[got]);
	(void)close(server);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
test_local_path_too_long(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	char path[1000] = "/";

	(void)state;
	memset(path + 1, 'a', 107);
	assert_int_equal(local_connect(path, deadline_in(1), &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	path[107] = '\0';
	assert_int_equal(local_connect(path, deadline_in(1), &err), -1);
	assert_int_equal(err.kind, ERR_CONNECT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_hosts_that_are_none),
		cmocka_unit_test(test_first_host_refuses),
		cmocka_unit_test(test_all_hosts_refuse),
		cmocka_unit_test(test_last_host_is_none),
		cmocka_unit_test(test_share_of_the_time),
		cmocka_unit_test(test_source_and_family),
		cmocka_unit_test(test_proxied_is_not_loopback),
		cmocka_unit_test(test_px_02_no_service_through_a_proxy),
		cmocka_unit_test(test_local_socket),
		cmocka_unit_test(test_local_socket_is_full),
		cmocka_unit_test(test_local_path_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
