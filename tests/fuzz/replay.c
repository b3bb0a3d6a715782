/* SPDX-License-Identifier: ISC */
/*
 * Stands in for libFuzzer: gives a fuzz target every file of the directories
 * on the command line, or of tests/fuzz/corpus/NAME for the program fuzz_NAME
 * (below $srcdir, which `make check` sets).  No file at all is a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy that ends where the input ends, so that reading past it is seen. */
static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;
	int rc = -1;

	if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 &&
	    fseek(f, 0, SEEK_SET) == 0)
		data = malloc(size ? (size_t)size : 1);
	if (data && fread(data, 1, (size_t)size, f) == (size_t)size) {
		(void)LLVMFuzzerTestOneInput(data, (size_t)size);
		rc = 0;
	} else {
		perror(path);
	}
	free(data);
	if (f)
		(void)fclose(f);
	return rc;
}

/* How many files were replayed, or -1. */
static int
replay_directory(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	char name[4096];
	int count = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while (count >= 0 && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		count = replay_file(name) < 0 ? -1 : count + 1;
	}
	(void)closedir(dir);
	return count;
}

static const char *
replay_default(const char *program)
{
	static char path[4096];
	const char *srcdir = getenv("srcdir");
	const char *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
	    srcdir ? srcdir : ".", name);
	return path;
}

int
main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc || i == 1; i++) {
		int n = replay_directory(
		    i < argc ? argv[i] : replay_default(argv[0]));

		if (n < 0)
			return 1;
		total += n;
	}
	printf("%d inputs replayed\n", total);
	return total ? 0 : 1;
}
