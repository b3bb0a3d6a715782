/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "deliver/expand.h"

static void
test_parts(void **state)
{
	static const struct {
		const char *text, *full;
	} rows[] = {
		{ "me@x", "me@x" },
		{ "%U@%H", "u%H@h.example" }, /* once */
		{ "%U", "u%H" },
		{ "%F", "f%U@x" },
		{ "%M", "mail.example" },
		{ "x%@%x%", "x%@%x%" },
		{ "", "" },
	};
	char path[] = "/tmp/postrider-test-XXXXXX";
	int fd = mkstemp(path);
	const struct expand with = { "f%U@x", path };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mail.example \nx\n", 16), 16);
	(void)setenv("USER", "u%H", 1);
	(void)setenv("HOSTNAME", "h.example", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *full = NULL;

		assert_int_equal(
		    expand_text(rows[i].text, &with, &full, &err), 0);
		assert_string_equal(full, rows[i].full);
	}
	(void)close(fd);
	(void)unlink(path);
}

static void
test_what_is_not_known(void **state)
{
	const struct expand with = { NULL, "/nonexistent/mailname" };
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *full = NULL;

	(void)state;
	assert_int_equal(expand_text("x@%M", &with, &full, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_non_null(strstr(err.text, "/nonexistent/mailname"));
	assert_null(full);
	assert_int_equal(expand_text("%F", &with, &full, &err), 0);
	assert_string_equal(full, "");
	(void)unsetenv("USER");
	(void)setenv("LOGNAME", "log", 1);
	xreplace(&full, NULL);
	assert_int_equal(expand_text("%U", &with, &full, &err), 0);
	assert_string_equal(full, "log");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_what_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
