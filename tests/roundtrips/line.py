"""A line to a server that counts round trips and can be made as long as wanted.

A round trip is what a client says, in however many packets, up to the first answer to it. What the client says and does not
wait for, because it goes, is none.
"""
import contextlib
import queue
import socket
import threading
import time


class Turns:
    """Round trips of all connections through a line."""

    def __init__(self):
        self.lock, self.count, self.bytes = threading.Lock(), 0, 0


class Connection:
    def __init__(self, client, server, delay, turns):
        self.client, self.server, self.delay, self.turns = client, server, delay, turns
        self.asked = self.gone = False

    def start(self):
        self.pump(self.client, self.server, self.question, self.goes)
        self.pump(self.server, self.client, self.answer, lambda: None)

    def question(self, data):
        with self.turns.lock:
            self.asked = True
            self.turns.bytes += len(data)

    def answer(self, _data):
        with self.turns.lock:
            self.turns.count += self.asked and not self.gone
            self.asked = False

    def goes(self):
        self.gone = True

    def pump(self, source, target, heard, ended):
        """Half of the line. Data is under way for `delay` seconds, however much of it there is."""
        under_way = queue.SimpleQueue()

        def read():
            with contextlib.suppress(OSError):
                while data := source.recv(1 << 16):
                    heard(data)
                    under_way.put((time.monotonic() + self.delay, data))
            ended()
            under_way.put((time.monotonic() + self.delay, b""))

        def write():
            with contextlib.suppress(OSError):
                while True:
                    due, data = under_way.get()
                    if (left := due - time.monotonic()) > 0:
                        time.sleep(left)
                    if not data:
                        break
                    target.sendall(data)
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)

        for half in (read, write):
            threading.Thread(target=half, daemon=True).start()


class Line:
    """Listens on `port` of this machine and leads to `target`, a pair of host and port. `round_trip` in seconds."""

    def __init__(self, target, round_trip=0.0):
        self.target, self.delay, self.turns = target, round_trip / 2, Turns()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target, timeout=10)
                server.settimeout(None)
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Connection(client, server, self.delay, self.turns).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
