/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/trace.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"

static void
trace_line(void *ctx, bool is_ours, const char *line, size_t len)
{
	AUTO(buf) struct buf out = BUF_INIT(20000);

	(void)ctx;
	(void)buf_add_str(&out, is_ours ? "--> " : "<-- ");
	text_escape(&out, line, len, 16000);
	(void)buf_add_char(&out, '\n');
	(void)fwrite(buf_str(&out), 1, out.len, stderr);
}

static void
trace_note(void *ctx, const char *text)
{
	auto_free char *safe = text_escaped(text);

	(void)ctx;
	(void)fprintf(stderr, "*** %s\n", safe);
}

const struct trace *
trace_of(const struct plan *plan)
{
	static const struct trace trace = { trace_line, trace_note, NULL };

	return plan->is_debug ? &trace : NULL;
}

void
trace_account(const struct plan *plan, const struct account *a)
{
	auto_free char *text = NULL;

	if (!plan->is_debug)
		return;
	if (a->where.file)
		text = xasprintf("account %s from %s:%u",
		    a->name ? a->name : "", a->where.file, a->where.line);
	else
		text = xasprintf("account from the command line");
	trace_note(NULL, text);
}
