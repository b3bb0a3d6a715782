/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/reverse.h"

#include <netdb.h>
#include <sys/socket.h>

#include "base/xalloc.h"

char *
reverse_lookup(const char *address)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *ai = NULL;
	char name[NI_MAXHOST];
	int rc;

	if (getaddrinfo(address, NULL, &hints, &ai) != 0)
		return NULL;
	rc = getnameinfo(ai->ai_addr, ai->ai_addrlen, name, sizeof(name), NULL,
	    0, NI_NAMEREQD);
	freeaddrinfo(ai);
	return rc == 0 ? xstrdup(name) : NULL;
}
