"""A TCP proxy on loopback that can be made to fail as networks do: connections that are open at that moment are cut,
new ones get through."""
import contextlib
import socket
import struct
import threading


def reset(connection):
    """Closes so that the other side sees a reset, not an end."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
    connection.close()


class Pair:
    """One connection through the proxy."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.answers = self.questions = True  # what is let through

    def pump(self, source, target, passes):
        try:
            while data := source.recv(65536):
                if passes():
                    target.sendall(data)
        except OSError:
            pass
        if passes():  # the end of a side that is cut off reaches nobody either
            for connection in (target, source):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def start(self):
        for words in ((self.client, self.server, lambda: self.questions), (self.server, self.client, lambda: self.answers)):
            threading.Thread(target=self.pump, args=words, daemon=True).start()


class Proxy:
    def __init__(self, port):
        self.target = port
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                reset(client)
                continue
            server.settimeout(None)
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pairs.append(Pair(client, server))
            self.pairs[-1].start()

    def stop(self):
        """Nothing passes any more, nobody is told."""
        for pair in self.pairs:
            pair.answers = pair.questions = False

    def deafen(self):
        """What the client says still gets through; the answers are lost."""
        for pair in self.pairs:
            pair.answers = False

    def cut(self):
        """Both sides are told."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            pair.answers = pair.questions = False
            reset(pair.client)
            reset(pair.server)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
