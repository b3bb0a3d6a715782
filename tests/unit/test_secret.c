/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

/* More than are made ready at a time. */
enum { MANY = 20 };

static void
test_many_at_once(void **state)
{
	AUTO(secret) struct secret large = SECRET_INIT;
	struct secret some[MANY];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			char text[] = { (char)('a' + i), 'x', '\0' };

			some[i] = (struct secret)SECRET_INIT;
			secret_set(&some[i], text, 2);
		}
		secret_reserve(&large, 100000);
		memset(large.data, 'L', large.len);
		for (int i = 0; i < MANY; i++) {
			assert_int_equal(some[i].len, 2);
			assert_int_equal(some[i].data[0], 'a' + i);
			assert_string_equal(some[i].data + 1, "x");
		}
		/* in another order, with holes between */
		for (int i = 0; i < MANY; i += 2)
			secret_release(&some[i]);
		for (int i = 1; i < MANY; i += 2) {
			assert_int_equal(some[i].data[0], 'a' + i);
			secret_release(&some[i]);
		}
	}
}

/* Nothing of the one before is left where the next one is. */
static void
test_wiped_on_release(void **state)
{
	AUTO(secret) struct secret next = SECRET_INIT;
	struct secret s = SECRET_INIT;
	const char *was;

	(void)state;
	secret_set(&s, "wonderland", 10);
	was = s.data;
	secret_release(&s);
	assert_null(s.data);
	/* the pool's page is there still */
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(was[i], 0);
	secret_reserve(&next, 1000);
	assert_ptr_equal(next.data, was);
}

/* What a process that fork() makes sees of s: true if it is all there. */
static bool
is_inherited(const struct secret *s, const char *want)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(memcmp(s->data, want, strlen(want)) ? 1 : 0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static void
test_children(void **state)
{
	struct secret a = SECRET_INIT, b = SECRET_INIT;

	(void)state;
	secret_set(&a, "alpha", 5);
	secret_set(&b, "beta", 4);
	assert_false(is_inherited(&a, "alpha"));
	secret_inherit(&a);
	assert_true(is_inherited(&a, "alpha"));
	assert_false(is_inherited(&b, "beta"));
	/* where it was the next one is as secret as any */
	secret_release(&a);
	secret_set(&a, "gamma", 5);
	assert_false(is_inherited(&a, "gamma"));
	secret_release(&a);
	secret_release(&b);
}

/* kB of this process that are locked against swapping. */
static int
locked(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	int kb = -1;

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %d", &kb) != 1)
			kb = -1;
	if (f)
		(void)fclose(f);
	return kb;
}

/* Locks are not inherited: a child's own secrets are locked all the same.
 * (Sanitizers lock nothing, in neither of them.) */
static void
test_locked_in_children(void **state)
{
	AUTO(secret) struct secret ours = SECRET_INIT;
	AUTO(secret) struct secret theirs = SECRET_INIT;
	int status = 0, want;
	pid_t pid;

	(void)state;
	secret_set(&ours, "ours", 4);
	want = locked();
	assert_true(want >= 0);
	pid = fork();
	if (pid == 0) {
		secret_set(&theirs, "theirs", 6);
		_exit(locked() == want ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_wiped_on_release),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_locked_in_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
