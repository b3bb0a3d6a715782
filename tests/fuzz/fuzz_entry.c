/* SPDX-License-Identifier: ISC */
/* The header block of a queue file, the sum aside: what is read of it may go on
 * the wire, a verdict is written where one stands, a damaged block is an error
 * and not another mail; how much of it is read at once makes no difference. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/addr.h"
#include "queue/entry_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

static int
fuzz_parse(struct entry *e, const uint8_t *data, size_t size, struct error *err)
{
	entry_init(e);
	(void)buf_add(&e->head, data, size);
	return head_parse(e, err);
}

static void
fuzz_check_recipients(const struct entry *e)
{
	const struct envelope *env = &e->envelope;
	AUTO(error) struct error err = ERROR_INIT;

	fuzz_require(env->count && env->count == e->rcpt_count);
	for (size_t i = 0; i < env->count; i++) {
		const struct rcpt *r = &env->rcpts[i];
		char verdict = r->fate == FATE_PENDING ? 'N'
			       : r->fate == FATE_SENT  ? 'D'
						       : 'X';

		fuzz_require(addr_validate(r->addr, strlen(r->addr), false,
				 "fuzz", &err) == 0);
		fuzz_require(e->verdicts[i] < e->head.len);
		fuzz_require(e->head.data[e->verdicts[i]] == verdict);
		fuzz_require(!r->orcpt || !strpbrk(r->orcpt, " \n"));
		fuzz_require(!r->notify || !strpbrk(r->notify, " \n"));
	}
}

static void
fuzz_check(const struct entry *e)
{
	static const char end[] = "\nend\n";
	size_t n = sizeof(end) - 1;
	AUTO(error) struct error err = ERROR_INIT;
	const char *from = e->envelope.from;

	fuzz_require(e->head.len > n &&
		     memcmp(e->head.data + e->head.len - n, end, n) == 0);
	fuzz_require(
	    addr_validate(from, strlen(from), true, "fuzz", &err) == 0);
	fuzz_require(e->cells.next_s >= 0 && e->cells.last_s >= 0 &&
		     e->cells.waited_s >= 0 && e->expiry_s >= 0);
	fuzz_require(e->cells.tries <= ENTRY_TRIES_MAX &&
		     e->cells.deaths <= ENTRY_DEATHS_MAX);
	for (size_t i = 0; i < e->option_count; i++)
		fuzz_require(*e->options[i].name && e->options[i].value);
	fuzz_check_recipients(e);
}

/* The block without its last octets goes on, or is as bad as all of it. */
static void
fuzz_check_pieces(const uint8_t *data, size_t size, int whole)
{
	for (size_t n = 0; n < size; n += 1 + size / 16) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(entry) struct entry e;
		int rc = fuzz_parse(&e, data, n, &err);

		fuzz_require(rc <= 0 || whole > 0);
		fuzz_require(rc >= 0 || whole < 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(entry) struct entry e;
	int rc = fuzz_parse(&e, data, size, &err);

	fuzz_require((rc < 0) == (err.kind != ERR_NONE));
	if (rc < 0)
		fuzz_require(
		    err.kind == ERR_DATA || err.kind == ERR_UNSUPPORTED);
	if (rc > 0) {
		fuzz_require(e.head.len <= size);
		fuzz_check(&e);
	}
	fuzz_check_pieces(data, size, rc);
	return 0;
}
