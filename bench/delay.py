#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A TCP proxy that makes the way to a server long.

    bench/delay.py PORT MILLISECONDS [LISTEN]

Everything takes MILLISECONDS in each direction, the TCP handshake too: as the
client's ends at once, on loopback, the proxy keeps what comes first until it
would have been over.  Octets that arrive together leave together; no rate is
limited, so that wall time over round-trip time counts the round trips.
"""
import asyncio
import socket
import sys
import threading


class Delay:
    """A proxy to 127.0.0.1:PORT, in a thread, from `with` to its end."""

    def __init__(self, port, one_way_s, listen=0):
        self.port = port
        self.way = one_way_s
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever,
                                       daemon=True)
        self.server = None
        self.listen = listen

    def __enter__(self):
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._client, "127.0.0.1", self.listen),
            self.loop).result(10)
        self.listen = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exc):
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _stop(self):
        self.server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, reader, send_at, earliest):
        """Reads until the end; each piece is due `way` after it came."""
        while True:
            try:
                piece = await reader.read(1 << 20)
            except OSError:
                piece = b""
            due = max(self.loop.time(), earliest) + self.way
            send_at.put_nowait((due, piece))
            if not piece:
                return

    async def _send(self, writer, send_at):
        try:
            while True:
                due, piece = await send_at.get()
                await asyncio.sleep(due - self.loop.time())
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:
            pass

    async def _client(self, reader, writer):
        begin = self.loop.time()
        up, down = asyncio.Queue(), asyncio.Queue()
        writer.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # SYN, SYN and ACK, ACK: three ways until the server speaks, two until
        # the client may
        reading = asyncio.create_task(
            self._pass(reader, up, begin + 2 * self.way))
        try:
            await asyncio.sleep(3 * self.way)
            s_reader, s_writer = await asyncio.open_connection(
                "127.0.0.1", self.port)
            s_writer.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.gather(
                reading, self._pass(s_reader, down, 0),
                self._send(s_writer, up), self._send(writer, down))
            s_writer.close()
        except OSError:
            reading.cancel()
        writer.close()


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    listen = int(sys.argv[3]) if len(sys.argv) == 4 else 0
    with Delay(int(sys.argv[1]), float(sys.argv[2]) / 1000, listen) as proxy:
        print("127.0.0.1:%d" % proxy.listen, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
