/* SPDX-License-Identifier: ISC */
/* ~/.netrc: a password is found only where the file names the machine, the user
 * and a password, and it is a word of the file. */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cred/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_home[] = "/tmp/fuzz_netrc.XXXXXX";
static char fuzz_path[sizeof(fuzz_home) + 8];

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

static void
fuzz_clean(void)
{
	(void)unlink(fuzz_path);
	(void)rmdir(fuzz_home);
}

static void
fuzz_write(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0) {
		fuzz_require(mkdtemp(fuzz_home) && atexit(fuzz_clean) == 0);
		fuzz_require(setenv("HOME", fuzz_home, 1) == 0);
		(void)snprintf(
		    fuzz_path, sizeof(fuzz_path), "%s/.netrc", fuzz_home);
		fd = open(fuzz_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	fuzz_require(fd >= 0 && ftruncate(fd, 0) == 0);
	fuzz_require(pwrite(fd, data, size, 0) == (ssize_t)size);
}

/* Whether the word is there, letters large or small. */
static bool
fuzz_has(const char *text, const char *word)
{
	for (; *text; text++)
		if (text_has_caseprefix(text, word))
			return true;
	return false;
}

/* Without backslashes, which may quote. */
static char *
fuzz_bare(const char *text)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);

	for (; *text; text++)
		if (*text != '\\')
			(void)buf_add_char(&out, *text);
	return buf_detach(&out);
}

static bool
fuzz_holds(const char *text, const char *word)
{
	auto_free char *bare_text = fuzz_bare(text);
	auto_free char *bare_word = fuzz_bare(word);

	return strstr(bare_text, bare_word) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret found = SECRET_INIT;
	char host[] = "mail.test", user[] = "joe";
	struct account a = { .host = host,
		.user = user,
		.netrc = size && data[0] & 1 ? NETRC_DEFAULT : NETRC_ON };
	struct cred_request r = { .account = &a };
	auto_free char *text = NULL;
	int rc;

	if (!size)
		return 0;
	text = xmemdupz((const char *)data + 1, size - 1);
	fuzz_write(data + 1, size - 1);
	rc = netrc_find(&r, &found, &err);
	fuzz_require((rc < 0) == (err.kind != ERR_NONE));
	fuzz_require((rc > 0) == (found.data != NULL));
	if (rc < 0)
		fuzz_require(err.kind == ERR_CREDENTIAL);
	if (rc <= 0)
		return 0;
	fuzz_require(strlen(text) == size - 1 && fuzz_has(text, user));
	fuzz_require(fuzz_has(text, "passw") && fuzz_holds(text, found.data));
	fuzz_require(fuzz_has(text, host) ||
		     (a.netrc == NETRC_DEFAULT && fuzz_has(text, "default")));
	return 0;
}
