/* SPDX-License-Identifier: ISC */
/* Happy eyeballs (RFC 8305 5): the first address that answers. */
#ifndef NET_HAPPY_H
#define NET_HAPPY_H

#include <stdint.h>

#include "base/error.h"
#include "net/address.h"

#define HAPPY_STAGGER_MS 250 /* "Connection Attempt Delay" */

/*
 * Tries the addresses, one at least and of one port, in order, the next one
 * HAPPY_STAGGER_MS after the last or as soon as none is under way, until one
 * answers.  Returns its descriptor (non-blocking, close-on-exec, TCP_NODELAY),
 * the caller's, and stores it in *winner; the list keeps those that might
 * answer, too.  source is the address to come from, of the family of all in the
 * list, or NULL.  -1 with ERR_CONNECT or ERR_TIMEOUT, whose text names `name`
 * and the port and whose detail has each address's reason.
 */
int happy_connect(struct address_list *list, const char *name,
    const struct address *source, int64_t deadline, struct address *winner,
    struct error *err);

#endif
