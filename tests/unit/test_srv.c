/* SPDX-License-Identifier: ISC */
/* PX-04: services, with a DNS of the test's own in the C library's place. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/deadline.h"
#include "base/xalloc.h"
#include "net/srv.h"

/* --- messages ------------------------------------------------------------- */

struct message {
	unsigned char data[8192];
	size_t len;
};

static void
put(struct message *m, const char *p, size_t len)
{
	assert_true(m->len + len <= sizeof(m->data));
	memcpy(m->data + m->len, p, len);
	m->len += len;
}

static void
put_16(struct message *m, unsigned value)
{
	char two[2] = { (char)(value >> 8), (char)value };

	put(m, two, 2);
}

#define PUT(m, text) put(m, text, sizeof(text) - 1)

/* "a.test" in labels, with the root's end. */
static void
put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");
		char octet = (char)len;

		put(m, &octet, 1);
		put(m, name, len);
		name += len + (name[len] == '.');
	}
	PUT(m, "\0");
}

/* A header and the question for _s._tcp.x. */
static void
begin(struct message *m, unsigned answers)
{
	m->len = 0;
	PUT(m, "\0\1\x81\x80\0\1");
	put_16(m, answers);
	PUT(m, "\0\0\0\0\2_s\4_tcp\1x\0\0\x21\0\1");
}

/* The answer's owner is a pointer to the question. */
static void
put_srv(struct message *m, unsigned priority, unsigned weight, unsigned port,
    const char *target)
{
	size_t at;

	PUT(m, "\xc0\x0c\0\x21\0\1\0\0\1\x2c");
	at = m->len;
	put_16(m, 0);
	put_16(m, priority);
	put_16(m, weight);
	put_16(m, port);
	put_name(m, target);
	m->data[at] = (unsigned char)((m->len - at - 2) >> 8);
	m->data[at + 1] = (unsigned char)(m->len - at - 2);
}

/* --- the DNS -------------------------------------------------------------- */

static struct message dns_answer;
static int dns_why;               /* h_errno of a failure; 0: dns_answer */
static atomic_bool dns_is_silent; /* to those who ask now ... */
static atomic_bool dns_is_over;   /* ... until then */
static atomic_int dns_asked, dns_answered;
static int dns_len; /* told instead of dns_answer.len, or 0 */

int
res_query(
    const char *name, int class, int type, unsigned char *answer, int anslen)
{
	assert_int_equal(class, ns_c_in);
	assert_int_equal(type, ns_t_srv);
	assert_non_null(strstr(name, "_tcp"));
	dns_asked++;
	if (dns_is_silent)
		while (!dns_is_over)
			(void)usleep(1000);
	dns_answered++;
	h_errno = dns_why;
	if (dns_why)
		return -1;
	assert_true((size_t)anslen >= dns_answer.len);
	memcpy(answer, dns_answer.data, dns_answer.len);
	return dns_len ? dns_len : (int)dns_answer.len;
}

/* --- tests ---------------------------------------------------------------- */

static void
test_parse(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	begin(&dns_answer, 3);
	put_srv(&dns_answer, 10, 1, 587, "b.test");
	put_srv(&dns_answer, 65535, 65535, 65535, "A.test");
	put_srv(&dns_answer, 0, 0, 465, "c.test");
	assert_int_equal(
	    srv_parse(dns_answer.data, dns_answer.len, &list, &err), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].target, "b.test");
	assert_int_equal(list.items[0].priority, 10);
	assert_int_equal(list.items[0].weight, 1);
	assert_int_equal(list.items[0].port, 587);
	assert_int_equal(list.items[1].priority, 65535);
	assert_int_equal(list.items[1].weight, 65535);
	assert_string_equal(list.items[2].target, "c.test");
}

/* Each cut of a message is refused, or read as the fewer records that it
 * claims to have; none is read past its end (the copy ends there). */
static void
test_px_04_truncated(void **state)
{
	(void)state;
	begin(&dns_answer, 2);
	put_srv(&dns_answer, 10, 1, 587, "b.test");
	put_srv(&dns_answer, 20, 1, 587, "a.test");
	for (size_t len = 0; len < dns_answer.len; len++) {
		AUTO(error) struct error err = ERROR_INIT;
		auto_free unsigned char *copy = xmalloc(len + 1);
		unsigned char *end = copy + 1;
		struct srv_list list;

		memcpy(end, dns_answer.data, len);
		assert_int_equal(srv_parse(end, len, &list, &err), -1);
	}
}

static void
test_px_04_what_is_no_server(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	begin(&dns_answer, 6);
	put_srv(&dns_answer, 10, 1, 0, "no-port.test");
	put_srv(&dns_answer, 10, 1, 25, "127.0.0.1");
	put_srv(&dns_answer, 10, 1, 25, "a b.test");
	put_srv(&dns_answer, 10, 1, 25, "a\r\n.test");
	put_srv(&dns_answer, 10, 1, 25, "\xff.test");
	put_srv(&dns_answer, 10, 1, 25, "good.test");
	assert_int_equal(
	    srv_parse(dns_answer.data, dns_answer.len, &list, &err), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].target, "good.test");
}

/* Records that end inside their fixed part, and a name that leads back to
 * itself. */
static void
test_px_04_broken_records(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	begin(&dns_answer, 1);
	PUT(&dns_answer, "\xc0\x0c\0\x21\0\1\0\0\1\x2c\0\5\0\1\0\1\0");
	assert_int_equal(
	    srv_parse(dns_answer.data, dns_answer.len, &list, &err), -1);
	begin(&dns_answer, 1);
	PUT(&dns_answer, "\xc0\x0c\0\x21\0\1\0\0\1\x2c\0\6\0\1\0\1\0\x19");
	assert_int_equal(
	    srv_parse(dns_answer.data, dns_answer.len, &list, &err), -1);
	begin(&dns_answer, 1);
	PUT(&dns_answer,
	    "\xc0\x0c\0\x21\0\1\0\0\1\x2c\0\x8\0\1\0\1\0\x19\xc0\x2d");
	assert_int_equal(
	    srv_parse(dns_answer.data, dns_answer.len, &list, &err), -1);
}

static void
test_px_04_many_records(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	begin(&dns_answer, 300);
	for (unsigned i = 0; i < 300; i++)
		put_srv(&dns_answer, 300 - i, i, 25, "m");
	assert_int_equal(
	    srv_parse(dns_answer.data, dns_answer.len, &list, &err), 0);
	assert_int_equal(list.count, SRV_MAX);
}

static uint32_t
pick_given(void *ctx, uint32_t max)
{
	uint32_t wanted = *(uint32_t *)ctx;

	return wanted < max ? wanted : max;
}

/* RFC 2782: the running sum of the weights reaches the number. */
static void
test_order(void **state)
{
	static const struct {
		uint32_t number;
		const char *order;
	} rows[] = {
		{ 0, "cbzade" },
		{ 1, "cbadze" },
		{ 10, "cbadze" },
		{ 11, "cbdaze" },
		{ UINT32_MAX, "cbdaze" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct srv_list list = { .count = 6,
			.items = {
			    { 20, 10, 25, "a" },
			    { 20, 65535, 25, "d" },
			    { 10, 0, 25, "b" },
			    { 20, 0, 25, "z" },
			    { 30, 5, 25, "e" },
			    { 0, 65535, 25, "c" },
			} };
		uint32_t number = rows[i].number;
		char order[7] = "";

		srv_order(&list, pick_given, &number);
		for (size_t j = 0; j < list.count; j++)
			order[j] = list.items[j].target[0];
		assert_string_equal(order, rows[i].order);
	}
}

static uint32_t
pick_next(void *ctx, uint32_t max)
{
	uint32_t *seed = ctx;

	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*seed * ((uint64_t)max + 1) >> 32);
}

static void
test_weights_decide_how_often(void **state)
{
	uint32_t seed = 1;
	unsigned first[4] = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct srv_list list = { .count = 3,
			.items = { { 1, 100, 1, "a" }, { 1, 300, 2, "b" },
			    { 1, 600, 3, "c" } } };

		srv_order(&list, pick_next, &seed);
		first[list.items[0].port]++;
	}
	assert_in_range(first[1], 800, 1200);
	assert_in_range(first[2], 2700, 3300);
	assert_in_range(first[3], 5700, 6300);
}

static void
test_lookup(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	dns_why = 0;
	begin(&dns_answer, 2);
	put_srv(&dns_answer, 10, 1, 587, "b.test");
	put_srv(&dns_answer, 5, 1, 587, "a.test");
	assert_int_equal(
	    srv_lookup("_s._tcp.x", deadline_in(10), &list, &err), 0);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].target, "a.test");
	/* without a limit, too */
	assert_int_equal(
	    srv_lookup("_s._tcp.x", DEADLINE_NONE, &list, &err), 0);
}

static void
test_px_04_lookup_fails(void **state)
{
	static const struct {
		int why;
		enum err_kind kind;
	} rows[] = {
		{ HOST_NOT_FOUND, ERR_HOST },
		{ NO_DATA, ERR_HOST },
		{ TRY_AGAIN, ERR_HOST_TEMP },
		{ NO_RECOVERY, ERR_HOST_TEMP },
		{ NETDB_INTERNAL, ERR_HOST_TEMP },
	};
	struct srv_list list;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		dns_why = rows[i].why;
		assert_int_equal(
		    srv_lookup("_s._tcp.x", deadline_in(10), &list, &err), -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_int_equal(err_fate(&err), FATE_DEFER);
		assert_non_null(strstr(err.text, "_s._tcp.x"));
	}
	dns_why = 0;
}

/* RFC 2782: "." says that there is decidedly none. */
static void
test_px_04_not_offered(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	begin(&dns_answer, 1);
	put_srv(&dns_answer, 0, 0, 0, "");
	assert_int_equal(
	    srv_lookup("_s._tcp.x", deadline_in(10), &list, &err), -1);
	assert_int_equal(err.kind, ERR_HOST);
	assert_non_null(strstr(err.text, "not offered"));
	begin(&dns_answer, 0);
	assert_int_equal(
	    srv_lookup("_s._tcp.x", deadline_in(10), &list, &err), -1);
	assert_int_equal(err.kind, ERR_HOST);
}

/* The library may tell more than what it could store. */
static void
test_px_04_longer_than_stored(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;

	(void)state;
	begin(&dns_answer, 1);
	put_srv(&dns_answer, 5, 1, 587, "a.test");
	dns_len = 1 << 20;
	(void)srv_lookup("_s._tcp.x", deadline_in(10), &list, &err);
	dns_len = 0;
}

static void
test_silence_ends_at_the_deadline(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct srv_list list;
	int64_t begun = deadline_now();

	(void)state;
	begin(&dns_answer, 1);
	put_srv(&dns_answer, 5, 1, 587, "a.test");
	dns_is_silent = true;
	assert_int_equal(srv_lookup("_s._tcp.x", begun + 200, &list, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_in_range(deadline_now() - begun, 200, 50000);
	dns_is_silent = false;
	/* the one that was given up disturbs no other */
	assert_int_equal(
	    srv_lookup("_s._tcp.x", deadline_in(10), &list, &err), 0);
	dns_is_over = true;
	while (dns_answered < dns_asked)
		(void)usleep(1000);
	(void)usleep(100000); /* it has yet to end */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_px_04_truncated),
		cmocka_unit_test(test_px_04_what_is_no_server),
		cmocka_unit_test(test_px_04_broken_records),
		cmocka_unit_test(test_px_04_many_records),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_weights_decide_how_often),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_px_04_lookup_fails),
		cmocka_unit_test(test_px_04_not_offered),
		cmocka_unit_test(test_px_04_longer_than_stored),
		cmocka_unit_test(test_silence_ends_at_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
