/* SPDX-License-Identifier: ISC */
/* Long options that are not written out. */
#ifndef CONF_ABBREV_H
#define CONF_ABBREV_H

#include <stddef.h>

/* Of the options that msmtp has, the one and only that begins with the len
 * octets of word, or is them; NULL where there is none or more than one.  What
 * was unmistakable there stays so, whatever options there are besides. */
const char *abbrev_find(const char *word, size_t len);

#endif
