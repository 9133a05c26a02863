"""A bad link between a program and a server on loopback: a TCP proxy that is slow, far, lossy, stalls and cuts, all from one seed.

  with Link('edge', seed=7, target=port) as link: …   connect to 127.0.0.1:link.port

Loss is what TCP makes of it: a packet of 1,400 bytes that is lost comes a retransmission later, and all behind it waits. `speed` runs the same link
faster: 10 = ten times the rate, a tenth of the delays; what a test measures is then to be multiplied by it.
"""
import asyncio
import dataclasses
import random
import threading

PACKET = 1400


@dataclasses.dataclass
class Profile:
    up: float            # bytes a second
    down: float
    latency: float       # seconds, one way
    jitter: float = 0    # of a packet, seconds at most
    loss: float = 0      # of packets
    stall: float = 0     # stalls a second of transfer
    stall_s: float = 0   # how long one takes, at most


PROFILES = {
    'edge': Profile(up=5000, down=5000, latency=0.3, jitter=0.1, loss=0.05, stall=0.05, stall_s=4),      # 40 kbit/s, 600 ms there and back
    '3g': Profile(up=48000, down=125000, latency=0.06, jitter=0.04, loss=0.01),
    'lan': Profile(up=5e6, down=5e6, latency=0.001),
    'satellite': Profile(up=32000, down=250000, latency=0.32, jitter=0.02, loss=0.005),
}


class Link:
    def __init__(self, profile, seed, target, speed=1, cut_up=None, cut_down=None):
        """cut_up, cut_down: the connection ends once so many bytes have gone that way, in all connections together; then the link is whole again"""
        self.profile = PROFILES[profile] if isinstance(profile, str) else profile
        self.random, self.target, self.speed = random.Random(seed), target, speed
        self.cuts = {'up': cut_up, 'down': cut_down}
        self.bytes = {'up': 0, 'down': 0}
        self.connections = self.requests = 0
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        if not self.ready.wait(10):
            raise RuntimeError('the link does not listen')
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.connection, '127.0.0.1', 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    def delay(self, size, rate):
        """How long a packet takes to leave, and how long it is on its way."""
        p, r = self.profile, self.random
        leave = size / rate
        if p.stall and r.random() < p.stall * leave:
            leave += r.random() * p.stall_s
        way = p.latency + r.random() * p.jitter
        timeout = max(0.2, 2 * p.latency) + 2 * p.latency
        while p.loss and r.random() < p.loss:
            way += timeout
            timeout *= 2
        return leave / self.speed, way / self.speed

    def cut_here(self, way, size):
        """How many of these bytes still get through; None = all."""
        limit = self.cuts[way]
        self.bytes[way] += size
        if limit is None or self.bytes[way] <= limit:
            return None
        self.cuts[way] = None
        return size - (self.bytes[way] - limit)

    async def carry(self, way, reader, writer, close):
        rate = self.profile.up if way == 'up' else self.profile.down
        arrives, queue = 0.0, asyncio.Queue(64)

        async def deliver():
            while True:
                at, data, last = await queue.get()
                await asyncio.sleep(max(0, at - self.loop.time()))
                if data:
                    writer.write(data)
                    await writer.drain()
                if last:
                    return last

        task = asyncio.ensure_future(deliver())
        try:
            while True:
                data = await reader.read(PACKET)
                self.requests += way == 'up' and data.startswith((b'POST ', b'GET '))
                through = self.cut_here(way, len(data)) if data else None
                leave, on_way = self.delay(len(data), rate)
                await asyncio.sleep(leave)
                arrives = max(arrives, self.loop.time() + on_way)
                if through is not None:
                    await queue.put((arrives, data[:through], 'cut'))
                elif not data:
                    await queue.put((arrives, b'', 'end'))
                else:
                    await queue.put((arrives, data, None))
                    continue
                if await task == 'cut':
                    close()
                elif writer.can_write_eof():
                    writer.write_eof()
                return
        except (ConnectionError, asyncio.CancelledError, OSError):
            task.cancel()
            close()

    async def connection(self, reader, writer):
        self.connections += 1
        try:
            await asyncio.sleep(2 * self.profile.latency / self.speed)  # the handshake
            there_reader, there_writer = await asyncio.open_connection('127.0.0.1', self.target)
        except OSError:
            writer.close()
            return

        def close():
            for w in (writer, there_writer):
                if w.transport:
                    w.transport.abort()

        try:
            await asyncio.gather(self.carry('up', reader, there_writer, close), self.carry('down', there_reader, writer, close))
        except asyncio.CancelledError:
            pass
        for w in (writer, there_writer):
            w.close()
