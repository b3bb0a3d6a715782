/* SPDX-License-Identifier: ISC */
/* What the answers of well-known providers mean. */
#ifndef DELIVER_ADVICE_H
#define DELIVER_ADVICE_H

#include "base/error.h"

/* Where err's reply is a well-known one, sets the hint that says what to do.
 * Returns -1. */
int advice_add(struct error *err);

#endif
