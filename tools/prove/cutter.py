"""A bad line: hands bytes between subscribers and the server, and cuts connections when told to, wherever they happen to be."""
import random
import selectors
import socket
import struct
import threading


class Cutter:
    def __init__(self, to_port):
        self.to_port, self.pairs, self.cuts = to_port, {}, 0
        self.lock = threading.Lock()
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.selector.register(self.listener, selectors.EVENT_READ)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                with self.lock:
                    if key.fileobj is self.listener:
                        self.join(self.listener.accept()[0])
                    elif key.fileobj in self.pairs:
                        self.hand_on(key.fileobj)

    def join(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.to_port), timeout=5)
        except OSError:
            client.close()  # nobody there: as when the server is down
            return
        for one, other in ((client, server), (server, client)):
            one.settimeout(5)
            self.pairs[one] = other
            self.selector.register(one, selectors.EVENT_READ)

    def hand_on(self, one):
        try:
            piece = one.recv(65536)
            if piece:
                self.pairs[one].sendall(piece)
                return
        except OSError:
            pass
        self.part(one)

    def part(self, one):
        other = self.pairs.pop(one)
        self.pairs.pop(other)
        for s in (one, other):
            self.selector.unregister(s)
            s.close()

    def cut(self, share):
        """Resets that share of all connections: what was under way is gone, half a frame included."""
        with self.lock:
            for one in random.sample(list(self.pairs), int(len(self.pairs) * share)):
                if one in self.pairs:
                    for s in (one, self.pairs[one]):
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.part(one)
                    self.cuts += 1
