/* SPDX-License-Identifier: ISC */
/* msmtprc: whatever is in the file, an unknown command is an error that names
 * its line, and no error ever shows a password. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "conf/parse.h"

/* No part of an escape (\xNN): the input could complete it. */
#define FUZZ_SECRET "Kanary-Zq"

static const char fuzz_head[] = "account c\npassword " FUZZ_SECRET "\n";
static const char fuzz_tail[] = "\nno_such_command x\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
fuzz_shows(const char *text)
{
	return text && strstr(text, FUZZ_SECRET) != NULL;
}

/* head and tail are added to the input where they are not NULL. */
static int
fuzz_parse(const char *head, const uint8_t *data, size_t size, const char *tail,
    struct error *err)
{
	AUTO(conf) struct conf c = { 0 };
	struct parse_facts facts = { 0 };
	size_t head_len = strlen(head), tail_len = strlen(tail);
	size_t len = head_len + size + tail_len;
	auto_free char *text = xmalloc(len + 1);
	int result;

	memcpy(text, head, head_len);
	if (size)
		memcpy(text + head_len, data, size);
	memcpy(text + head_len + size, tail, tail_len + 1);
	result = parse_config(&c, "rc", text, len, &facts, err);
	if (result < 0 && (err->kind != ERR_CONFIG ||
			      strncmp(err->text, "rc: line ", 9) != 0))
		abort();
	for (size_t i = 0; i < c.count; i++)
		if (!c.accounts[i]->name || !*c.accounts[i]->name)
			abort();
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;

	(void)fuzz_parse("", data, size, "", &err);
	if (fuzz_parse("", data, size, fuzz_tail, &err) == 0)
		abort();
	if (size >= sizeof(FUZZ_SECRET) - 1 &&
	    memmem(data, size, FUZZ_SECRET, sizeof(FUZZ_SECRET) - 1))
		return 0;
	if (fuzz_parse(fuzz_head, data, size, "", &err) < 0 &&
	    (fuzz_shows(err.text) || fuzz_shows(err.detail) ||
		fuzz_shows(err.hint)))
		abort();
	return 0;
}
