"""The network between nodes, broken on command: one TCP proxy for each directed link.

Node a dials node b at the mesh's port for (a, b). Bytes that are cut are held back, not lost, as
TCP would do; connections that live long enough go on when the network is healed. Runs in a thread
of its own; everything public may be called from the test.
"""

import asyncio
import threading

CHUNK = 16 * 1024
UNDER_WAY = 64  # chunks, in one direction of one connection


class Pipe:
    """One direction of one link, shared by all its connections."""

    def __init__(self):
        self.open = asyncio.Event()
        self.open.set()
        self.delay = 0.0
        self.bytes_per_second = None
        self.free_at = 0.0

    async def carry(self, reader, writer):
        queue = asyncio.Queue(UNDER_WAY)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take(reader, queue))
            both.create_task(self._give(queue, writer))

    async def _take(self, reader, queue):
        clock = asyncio.get_running_loop().time
        while True:
            data = await reader.read(CHUNK)
            due = clock()
            if self.bytes_per_second:
                self.free_at = max(due, self.free_at) + len(data) / self.bytes_per_second
                due = self.free_at
            await queue.put((due + self.delay, data))
            if not data:
                return

    async def _give(self, queue, writer):
        clock = asyncio.get_running_loop().time
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - clock()))
            await self.open.wait()
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()


class Link:
    """What `a` dials to reach `b`."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.forward, self.back = Pipe(), Pipe()
        self.refused = False
        self.connections = set()  # tasks

    async def serve(self, near_reader, near_writer):
        task = asyncio.current_task()
        self.connections.add(task)
        writers = [near_writer]
        try:
            await self._connect(near_reader, near_writer, writers)
        except* (OSError, asyncio.CancelledError):
            pass  # either end hung up, or the test did
        finally:
            self.connections.discard(task)
            for writer in writers:
                writer.transport.abort()

    async def _connect(self, near_reader, near_writer, writers):
        await self.forward.open.wait()
        if self.refused:
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        writers.append(far_writer)
        async with asyncio.TaskGroup() as both:
            both.create_task(self.forward.carry(near_reader, far_writer))
            both.create_task(self.back.carry(far_reader, near_writer))

    def hang_up(self):
        for task in list(self.connections):
            task.cancel()


class Mesh:
    """All links between members. `ports` are those that the members' nodes listen on."""

    def __init__(self, ports):
        self.members = sorted(ports)
        self.ports = {}  # by (who dials, who is dialled)
        self._links = {(a, b): Link(ports[b]) for a in ports for b in ports if a != b}
        self._servers = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mesh")
        self._thread.start()
        self._do(self._listen())

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    async def _listen(self):
        for pair, link in self._links.items():
            server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
            self._servers.append(server)
            self.ports[pair] = server.sockets[0].getsockname()[1]

    def _now(self, action):
        async def run():
            action()
        self._do(run())

    def cut(self, a, b):
        """Nothing from a reaches b any more, whoever dialled; what b sends still reaches a."""
        def action():
            self._links[a, b].forward.open.clear()
            self._links[b, a].back.open.clear()
        self._now(action)

    def split(self, group, others):
        """Nothing passes between the two groups, either way."""
        for a in group:
            for b in others:
                self.cut(a, b)
                self.cut(b, a)

    def isolate(self, member):
        self.split([member], [m for m in self.members if m != member])

    def refuse(self, a, b):
        """a cannot dial b: its connections end and new ones are refused. b may still dial a."""
        def action():
            self._links[a, b].refused = True
            self._links[a, b].hang_up()
        self._now(action)

    def slow(self, delay, bytes_per_second=None, member=None):
        """One-way delay in seconds, and a limit, for all links or for those of one member."""
        def action():
            for pair, link in self._links.items():
                if member is None or member in pair:
                    for pipe in (link.forward, link.back):
                        pipe.delay, pipe.bytes_per_second = delay, bytes_per_second
        self._now(action)

    def heal(self):
        def action():
            for link in self._links.values():
                link.refused = False
                for pipe in (link.forward, link.back):
                    pipe.delay, pipe.bytes_per_second = 0.0, None
                    pipe.open.set()
        self._now(action)

    def close(self):
        async def end():
            for server in self._servers:
                server.close()
            tasks = [task for link in self._links.values() for task in link.connections]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._thread.is_alive():
            self._do(end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
