/* SPDX-License-Identifier: ISC */
/* Lines with a single dot, which end a mail in the manners of 1983. */
#ifndef MAIL_DOTS_H
#define MAIL_DOTS_H

#include "mail/message.h"

/* Takes the body's last line away if it is a dot and nothing else. */
int message_drop_last_dot(struct message *m, struct error *err);

/* Ends the body before its first line that is a dot and nothing else, and takes
 * one dot off each line before it that begins with two. */
int message_end_at_dot(struct message *m, struct error *err);

#endif
