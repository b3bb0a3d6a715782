/* SPDX-License-Identifier: ISC */
/* PX-04, with a resolver of the test's own in the C library's place. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netdb.h>
#include <string.h>
#include <time.h>

#include "base/deadline.h"
#include "net/resolve.h"

/* What the resolver is to say: a code of getaddrinfo; RESOLVER_SILENT: nothing
 * ever. */
#define RESOLVER_SILENT 12345

static int resolver_says;
static unsigned resolver_asked;
static struct addrinfo resolver_found[2];
static struct sockaddr_in resolver_address;

static struct addrinfo *
resolver_answer(void)
{
	resolver_address.sin_family = AF_INET;
	resolver_found[0] = (struct addrinfo){ .ai_family = AF_INET,
		.ai_addrlen = sizeof(resolver_address),
		.ai_addr = (struct sockaddr *)&resolver_address,
		.ai_next = &resolver_found[1] };
	resolver_found[1] = resolver_found[0];
	resolver_found[1].ai_next = NULL;
	return resolver_found;
}

void
freeaddrinfo(struct addrinfo *ai)
{
	assert_ptr_equal(ai, resolver_found);
}

#ifdef HAVE_GETADDRINFO_A

int
getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *sevp)
{
	assert_int_equal(mode, GAI_NOWAIT);
	assert_int_equal(count, 1);
	assert_null(sevp);
	resolver_asked++;
	if (resolver_says == 0)
		list[0]->ar_result = resolver_answer();
	return 0;
}

int
gai_error(struct gaicb *request)
{
	(void)request;
	return resolver_says == RESOLVER_SILENT ? EAI_INPROGRESS
						: resolver_says;
}

int
gai_suspend(
    const struct gaicb *const list[], int count, const struct timespec *timeout)
{
	(void)list;
	(void)count;
	assert_non_null(timeout); /* or it would never end */
	return nanosleep(timeout, NULL) == 0 ? EAI_AGAIN : EAI_INTR;
}

int
gai_cancel(struct gaicb *request)
{
	(void)request;
	return EAI_CANCELED;
}

#endif

int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	(void)host;
	(void)service;
	(void)hints;
	resolver_asked++;
	*out = resolver_says == 0 ? resolver_answer() : NULL;
	return resolver_says;
}

static void
test_px_04_codes(void **state)
{
	static const struct {
		int code;
		enum err_kind kind;
	} rows[] = {
		{ EAI_NONAME, ERR_HOST },
		{ EAI_NODATA, ERR_HOST },
		{ EAI_ADDRFAMILY, ERR_HOST },
		{ EAI_AGAIN, ERR_HOST_TEMP },
		{ EAI_FAIL, ERR_HOST_TEMP },
		{ EAI_MEMORY, ERR_HOST_TEMP },
		{ EAI_SYSTEM, ERR_HOST_TEMP },
		{ EAI_SERVICE, ERR_HOST_TEMP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct address_list list;

		resolver_says = rows[i].code;
		assert_int_equal(resolve("mail.test", 25, AF_UNSPEC,
				     deadline_in(10), &list, &err),
		    -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_non_null(strstr(err.text, "mail.test"));
		assert_true(err_fate(&err) == FATE_DEFER);
	}
}

static void
test_answer(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct address_list list;

	(void)state;
	resolver_says = 0;
	assert_int_equal(
	    resolve("mail.test", 25, AF_UNSPEC, DEADLINE_NONE, &list, &err), 0);
	assert_int_equal(list.count, 2);
}

static void
test_silence_ends_at_the_deadline(void **state)
{
#ifdef HAVE_GETADDRINFO_A
	AUTO(error) struct error err = ERROR_INIT;
	struct address_list list;
	int64_t begin = deadline_now();

	(void)state;
	resolver_says = RESOLVER_SILENT;
	assert_int_equal(
	    resolve("mail.test", 25, AF_UNSPEC, begin + 300, &list, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_true(deadline_now() - begin >= 300);
	assert_true(deadline_now() - begin < 50000);
#else
	(void)state;
	skip();
#endif
}

static void
test_not_asked(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1", "fe80::1%lo",
		"localhost" };

	(void)state;
	resolver_asked = 0;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct address_list list;

		assert_int_equal(resolve(hosts[i], 25, AF_UNSPEC,
				     deadline_in(10), &list, &err),
		    0);
		assert_int_equal(
		    list.count, strcmp(hosts[i], "localhost") == 0 ? 2 : 1);
	}
	assert_int_equal(resolver_asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_px_04_codes),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_silence_ends_at_the_deadline),
		cmocka_unit_test(test_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
