/* SPDX-License-Identifier: ISC */
/* A mailbox that is one file (RFC 4155; "mboxrd": each line of the mail that is
 * "From " behind any number of ">" gets one more). */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include <time.h>

#include "base/error.h"
#include "mail/message.h"

/*
 * Appends a message that came from `from` ("" is the null sender), under the
 * file's lock; what comes out is durable, or nothing was appended.  Lines end
 * in LF.  The file is made 0600 when it is not there; a symbolic link, or what
 * is no regular file, is refused.  ERR_IO.
 */
int mbox_append(const char *path, const char *from, time_t now,
    const struct message *m, struct error *err);

#endif
