/* SPDX-License-Identifier: ISC */
#ifndef CMD_SERVERINFO_H
#define CMD_SERVERINFO_H

#include "base/buf.h"
#include "conf/conf.h"
#include "deliver/connection.h"

/*
 * Prints what the account's server is and can do: msmtp's text, and behind that
 * all that it offers, the pin of its key, how its certificate was judged, and
 * which method of authentication would be used.  Never authenticates.  Returns
 * the exit code: where a mail would not be sent for want of a verified
 * certificate, that of this error, behind the text.
 */
int cmd_serverinfo(const struct plan *plan);

/* "method: verdict" for each that the server of c offers, each line behind
 * indent. */
void serverinfo_methods(
    struct buf *out, struct connection *c, const char *indent);

#endif
