/* SPDX-License-Identifier: ISC */
/*
 * The result for programs: one line of JSON, the same for --json (standard
 * output) and --status-fd.
 *
 *	{"exit":75,"exit_name":"EX_TEMPFAIL","account":"work",
 *	 "from":"me@example.org","queued":"06awc2...","recipients":[
 *	 {"address":"a@example.net","fate":"sent","code":250,
 *	  "status":"2.0.0","text":"2.0.0 queued as 1234"},
 *	 {"address":"b@example.net","fate":"deferred","kind":"deferred",
 *	  "error":"...","code":451,"status":"4.2.0","text":"..."}],
 *	 "kind":"usage","error":"...","hint":"..."}
 *
 * account, from, queued (its id, while it waits), code and text are there when
 *there are any; kind, error and hint of the whole when it failed before any
 *recipient could have a verdict.
 */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include "base/buf.h"
#include "base/error.h"
#include "conf/conf.h"
#include "deliver/job.h"

/* early: why nothing was tried, or NULL. */
void status_line(struct buf *out, const struct job *j,
    const struct error *early, int exit_code);

/* Writes it where the plan says; nothing where it does not. */
void status_tell(const struct plan *plan, const struct job *j,
    const struct error *early, int exit_code);

#endif
