/* SPDX-License-Identifier: ISC */
/* Command lines, a word a line; the first is the name.  Called as sendmail, no
 * word can set what strangers must not, whatever stands before it, and what is
 * told to the log is one line. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#define FUZZ_WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_check_sendmail(const struct plan *p)
{
	for (int id = 0; id < OPT_COUNT; id++) {
		bool is_more = id == OPT_REQUIRETLS &&
			       p->overrides.requiretls == TOGGLE_ON;

		if (p->overrides.is_own[id] && !is_more &&
		    !(opt_table[id].places & OPT_AS_SENDMAIL))
			abort();
	}
	if (p->file || p->status_fd >= 0 || p->overrides.host ||
	    p->overrides.passwordeval || p->overrides.logfile ||
	    p->overrides.tls != TOGGLE_UNSET)
		abort();
}

static void
fuzz_check(const struct plan *p)
{
	if (p->personality == PERSONALITY_SENDMAIL)
		fuzz_check_sendmail(p);
	for (size_t i = 0; i < p->warning_count; i++)
		if (text_has_control(p->warnings[i], strlen(p->warnings[i])))
			abort();
	if (p->log_tag && text_has_control(p->log_tag, strlen(p->log_tag)))
		abort();
	if (p->full_name && strpbrk(p->full_name, "\r\n"))
		abort();
	for (size_t i = 0; i < p->queue.count; i++)
		if (!*p->queue.matches[i].text)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(plan) struct plan p = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *text = xmemdupz((const char *)data, size);
	char *argv[FUZZ_WORDS_MAX + 1] = { NULL };
	char *rest = text, *word;
	int argc = 0;

	while (argc < FUZZ_WORDS_MAX && (word = strsep(&rest, "\n")))
		argv[argc++] = word;
	plan_init(&p);
	if (cmdline_parse(&p, argc, argv, &err) < 0 && err.kind != ERR_USAGE)
		abort();
	fuzz_check(&p);
	return 0;
}
