/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "log/log.h"

static const char *const two[] = { "r@x", "q@y" };

/* The two lines of msmtp that programs were written for. */
static void
test_line_as_msmtp(void **state)
{
	struct reply ok = { 250, { 2, 0, 0 },
		(char[]){ "2.0.0 queued as ABC123" } };
	struct reply no = { 554, { 5, 7, 1 }, (char[]){ "5.7.1 it's spam" } };
	struct log_record sent = { .host = "127.0.0.1",
		.is_auth = true,
		.user = "u",
		.from = "me@example.org",
		.recipients = two,
		.recipient_count = 2,
		.mail_size = 136,
		.reply = &ok };
	struct log_record refused = { .host = "127.0.0.1",
		.is_auth = true,
		.user = "u",
		.from = "me@example.org",
		.recipients = two,
		.recipient_count = 1,
		.reply = &no,
		.error = "the server did not accept the mail",
		.exit_code = 69 };
	auto_free char *line = log_line(&sent);
	auto_free char *other = log_line(&refused);

	(void)state;
	assert_string_equal(line,
	    "host=127.0.0.1 tls=off auth=on user=u from=me@example.org "
	    "recipients=r@x,q@y mailsize=136 smtpstatus=250 "
	    "smtpmsg='250 2.0.0 queued as ABC123' exitcode=EX_OK");
	assert_string_equal(other,
	    "host=127.0.0.1 tls=off auth=on user=u from=me@example.org "
	    "recipients=r@x smtpstatus=554 smtpmsg='554 5.7.1 it?s spam' "
	    "errormsg='the server did not accept the mail' "
	    "exitcode=EX_UNAVAILABLE");
}

/* A failure before anything is known is logged too. */
static void
test_line_of_early_failure(void **state)
{
	struct log_record r = { .error = "no such account", .exit_code = 78 };
	auto_free char *line = log_line(&r);

	(void)state;
	assert_string_equal(line,
	    "tls=off auth=off errormsg='no such account' exitcode=EX_CONFIG");
}

/* Nobody but us can end a value or a line, or hide one (LG-01). */
static void
test_line_cannot_be_forged(void **state)
{
	static const char *const evil[] = { "\"a exitcode=EX_OK\"@x\n1" };
	struct reply r = { 550, { 0, 0, 0 },
		(char[]){ "no' exitcode=EX_OK\nsecond\r\x1b[2J\nlast\xff" } };
	struct log_record rec = { .host = "h\nx",
		.is_tls = true,
		.is_auth = true,
		.user = "u\x1b v",
		.from = "",
		.recipients = evil,
		.recipient_count = 1,
		.reply = &r,
		.error = "a'b\nc \xe2\x80\xae gr\xc3\xbc\xc3\x9f",
		.exit_code = 65 };
	auto_free char *line = log_line(&rec);

	(void)state;
	assert_string_equal(line,
	    "host=h?x tls=on auth=on user=u??v from= "
	    "recipients=\"a?exitcode=EX_OK\"@x?1 smtpstatus=550 "
	    "smtpmsg='550-no? exitcode=EX_OK\\n550-second??[2J\\n550 last?' "
	    "errormsg='a?b?c ? gr\xc3\xbc\xc3\x9f' exitcode=EX_DATAERR");
}

/* The user's own form of the time; one that gives nothing is not used. */
static void
test_time_format(void **state)
{
	static const struct {
		const char *format, *begin;
	} rows[] = { { "%%X", "%X exitcode=EX_OK\n" },
		{ "a%nb%tc", "a?b?c exitcode=EX_OK\n" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char path[] = "/tmp/postrider-test-XXXXXX";
		int fd = mkstemp(path);
		struct log_sinks sinks = { .file = path,
			.time_format = rows[i].format,
			.ident = "test" };
		struct log_record r = { 0 };
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(buf) struct buf got = BUF_INIT(1000);

		assert_true(fd >= 0);
		assert_int_equal(log_write(&sinks, &r, &err), 0);
		assert_int_equal(file_read(path, &got, NULL, &err), 0);
		(void)unlink(path);
		(void)close(fd);
		assert_non_null(strstr(buf_str(&got), "exitcode=EX_OK\n"));
		assert_int_equal(strncmp(buf_str(&got), rows[i].begin,
				     strcspn(rows[i].begin, " ")),
		    0);
	}
}

static void
test_file(void **state)
{
	char path[] = "/tmp/postrider-test-XXXXXX";
	int fd = mkstemp(path);
	struct log_sinks sinks = { .file = path, .ident = "test" };
	struct log_record r = { .exit_code = 75 };
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf got = BUF_INIT(1000);
	char when[64];
	time_t now;
	struct tm tm;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(log_write(&sinks, &r, &err), 0);
	assert_int_equal(log_warn(&sinks, "look\nout", &err), 0);
	assert_int_equal(file_read(path, &got, NULL, &err), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(got.data[got.len - 1], '\n');
	assert_non_null(
	    strstr(got.data, " tls=off auth=off exitcode=EX_TEMPFAIL\n"));
	assert_non_null(strstr(got.data, " warning: look?out\n"));
	/* "Nov 21 18:50:37 " */
	now = time(NULL);
	assert_non_null(localtime_r(&now, &tm));
	assert_int_not_equal(strftime(when, sizeof(when), "%b %d ", &tm), 0);
	assert_memory_equal(got.data, when, strlen(when));
	assert_memory_equal(got.data + 15, " tls=", 5);
}

static void
test_failure_is_reported(void **state)
{
	struct log_sinks sinks = { .file = "/nonexistent/dir/log",
		.ident = "test" };
	struct log_record r = { .from = "me@x" };
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(log_write(&sinks, &r, &err), -1);
	assert_memory_equal(err.text, "cannot log to /nonexistent/dir/log", 34);
	assert_non_null(strstr(err.detail, "from=me@x"));
	sinks.file = NULL;
	assert_int_equal(log_write(&sinks, &r, &err), 0);
	sinks.syslog = "LOG_NONSENSE";
	assert_int_equal(log_write(&sinks, &r, &err), -1);
	assert_non_null(strstr(err.text, "LOG_NONSENSE"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_as_msmtp),
		cmocka_unit_test(test_line_of_early_failure),
		cmocka_unit_test(test_line_cannot_be_forged),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_time_format),
		cmocka_unit_test(test_failure_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
