/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/dial.h"

#include <stdlib.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "net/happy.h"
#include "net/resolve.h"

void
peer_release(struct peer *p)
{
	if (!p)
		return;
	free(p->address);
	*p = (struct peer)PEER_INIT;
}

int
net_dial(const char *host, uint16_t port, int64_t deadline, struct peer *peer,
    struct stream **out, struct error *err)
{
	auto_free char *name = NULL;
	auto_free char *where = NULL;
	AUTO(buf) struct buf address = BUF_INIT(NI_MAXHOST);
	struct address_list list;
	size_t winner = 0;
	int fd;

	if (host_to_ascii(host, &name, err) < 0 ||
	    resolve(name, port, deadline, &list, err) < 0)
		return -1;
	where = xasprintf(_("%s, port %u"), host, (unsigned)port);
	fd = happy_connect(&list, where, deadline, &winner, err);
	if (fd < 0)
		return -1;
	address_text(&list.items[winner], &address);
	peer_release(peer);
	peer->address = buf_detach(&address);
	peer->is_loopback = address_is_loopback(&list.items[winner]);
	*out = stream_fd_new(fd);
	stream_set_deadline(*out, deadline);
	return 0;
}
