#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A wire with a length: a TCP proxy that holds every octet back.

    proxy.py MILLISECONDS SERVER_PORT...    prints its own ports, one a line,
                                            and ends when its input does

Each octet, and each end of a direction, arrives exactly so many milliseconds
after it was sent.  The kernel has answered a client's SYN before the proxy
learns of it, so connect() takes no time; the handshake's round trip is made up
for behind it.  With D one way, counted from accept():

    D   the SYN would have reached the server
    2D  the client would be connected: what it says before that leaves now,
        and arrives at 3D
    3D  the server would have the client's ACK: now the proxy connects to it,
        so that its greeting arrives at 4D, two round trips after the start

So wall time over 2D is the number of round trips, that of TCP included.  Both
sockets have TCP_NODELAY, and what the server sends is acknowledged at once
(TCP_QUICKACK): no stall is the proxy's.
"""
import asyncio
import os
import selectors
import socket
import sys


class Side(asyncio.Protocol):
    """One of the two connections of a way; `other` is filled by the Wire."""

    def __init__(self, wire):
        self.wire = wire
        self.transport = None
        self.other = None

    def connection_made(self, transport):
        self.transport = transport
        self.sock = transport.get_extra_info("socket")
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.acknowledge()
        self.wire.made(self)

    def acknowledge(self):
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def data_received(self, data):
        self.acknowledge()
        self.wire.later(self, "write", data)

    def eof_received(self):
        self.wire.later(self, "write_eof")
        return True

    def connection_lost(self, exc):
        self.wire.later(self, "close" if exc is None else "abort")


class Wire:
    """A client's connection and ours to the server."""

    def __init__(self, loop, delay, port):
        self.loop, self.delay, self.port = loop, delay, port
        self.client, self.server = Side(self), Side(self)
        self.client.other, self.server.other = self.server, self.client
        self.opens = None
        self.early = []

    def made(self, side):
        if side is self.client:
            self.opens = self.loop.time() + 3 * self.delay
            self.loop.call_at(self.opens, self.dial)
        else:
            for verb, data in self.early:
                self.do(side, verb, *data)
            self.early = None

    def dial(self):
        self.task = self.loop.create_task(self.loop.create_connection(
            lambda: self.server, "127.0.0.1", self.port))

    def later(self, side, verb, *data):
        when = max(self.loop.time() + self.delay, self.opens)
        self.loop.call_at(when, self.arrive, side.other, verb, data)

    def arrive(self, side, verb, data):
        if side.transport is None:
            self.early.append((verb, data))
        else:
            self.do(side, verb, *data)

    @staticmethod
    def do(side, verb, *data):
        if not side.transport.is_closing():
            try:
                getattr(side.transport, verb)(*data)
            except OSError:  # that end has been reset meanwhile
                side.transport.abort()


async def serve(delay, ports):
    loop = asyncio.get_running_loop()
    for port in ports:
        server = await loop.create_server(
            lambda port=port: Wire(loop, delay, port).client, "127.0.0.1", 0,
            backlog=200)
        print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main(milliseconds, *ports):
    try:
        os.nice(-15)  # a wire is not late because a computer is busy
    except PermissionError:
        pass
    # epoll waits for whole milliseconds, select() for what it is told.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(serve(float(milliseconds) / 1000,
                                  [int(port) for port in ports]))


if __name__ == "__main__":
    main(*sys.argv[1:])
