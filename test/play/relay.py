"""A bad line between a client and the server, for plays: `from relay import Relay`. docs/testing.md tells how plays use it.

    r = Relay(s.port)            # listens on a port of its own and passes everything on
    r.delay = 0.05               # seconds before each piece towards the client
    r.bytewise = True            # towards the client one byte at a time
    r.edit = f                   # f(block) -> block, other bytes, or None (dropped): each block of an event stream, in and
                                 # out without its empty line; streams already open are edited from their next block on
    r.answer = f                 # f(head) -> bytes to answer instead of the server, or None; head: the request's first bytes.
                                 # A list of bytes: one by one, with 10 ms between, so that they are read one by one
    r.cut()                      # every open line breaks now, with a reset (RST)
    r.cut_after(100)             # … after 100 more bytes to a client
    r.cut_inside(b"headline")    # … in the middle of the next piece that holds these bytes: half a frame arrives
    r.half_close("client")       # this side is told that no more comes (FIN), the other way stays open
    r.stall(True)                # nothing passes, nothing ends
    r.refuse = True              # whoever comes is hung up on
    r.taken, r.open, r.requests  # connections so far, how many stand, and the first line of each request with its headers

Standard library only. Each connection has two threads; all of them are daemons.
"""
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no time


def hang_up(sock, reset=True):
    try:
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        else:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    try:
        sock.shutdown(socket.SHUT_RD)  # wakes whoever reads it
    except OSError:
        pass
    sock.close()


class Link:
    """One connection: the client's socket, the server's, and a thread for each way."""

    def __init__(self, relay, client):
        self.relay, self.client, self.server = relay, client, None
        self.is_stream = None  # known when the answer's head has passed
        self.rest = b""  # not passed on yet
        self.is_inside = False  # the beginning of a block has passed unedited
        self.ways = 2
        threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self):
        try:
            self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.server = socket.create_connection(("127.0.0.1", self.relay.target))
            threading.Thread(target=self._from_client, daemon=True).start()
            while piece := self.server.recv(65536):
                self._to_client(piece)
            self._send(self.rest)
            self.client.shutdown(socket.SHUT_WR)
            self._one_way_less()
        except OSError:
            self.close()

    def _from_client(self):
        head = b""
        try:
            while piece := self.client.recv(65536):
                if head is not None:
                    head += piece
                    if b"\r\n\r\n" not in head:
                        continue
                    if self._is_answered(head):
                        return
                    piece, head = head, None
                self.relay.wait_while_stalled()
                self.server.sendall(piece)
            self.server.shutdown(socket.SHUT_WR)
            self._one_way_less()
        except OSError:
            self.close()

    def _is_answered(self, head):
        self.relay.requests.append(head.partition(b"\r\n\r\n")[0].decode("latin-1"))
        planted = self.relay.answer(head) if self.relay.answer else None
        if planted is None:
            return False
        for piece in planted if isinstance(planted, list) else [planted]:
            self._send(piece)
            if piece is not planted:
                time.sleep(0.01)
        self.client.shutdown(socket.SHUT_WR)
        while self.client.recv(65536):
            pass
        self.close()
        return True

    def _one_way_less(self):
        self.ways -= 1
        if not self.ways:
            self.close()

    # -- towards the client

    def _to_client(self, piece):
        if self.is_stream is None:
            self.rest += piece
            head, end, piece = self.rest.partition(b"\r\n\r\n")
            if not end:
                return
            self.is_stream = b"text/event-stream" in head.lower()
            self.rest = b""
            self._send(head + end)
        self._send(self._edited(piece) if self.is_stream else piece)

    def _edited(self, piece):
        """What may pass now: whole blocks when they are edited; everything when not, but for a newline that may be the
        first half of the end of a block."""
        edit, out = self.relay.edit, b""
        self.rest += piece
        while b"\n\n" in self.rest:
            block, _, self.rest = self.rest.partition(b"\n\n")
            if edit and not self.is_inside:
                block = edit(block)
            self.is_inside = False
            out += b"" if block is None else block + b"\n\n"
        if not edit or self.is_inside:
            keep = 1 if self.rest.endswith(b"\n") else 0
            part, self.rest = self.rest[:len(self.rest) - keep], self.rest[len(self.rest) - keep:]
            self.is_inside = self.is_inside or bool(part)
            out += part
        return out

    def _send(self, piece):
        if not piece:
            return
        r = self.relay
        r.wait_while_stalled()
        if r.delay:
            time.sleep(r.delay)
        end, kill = len(piece), False
        with r.lock:
            if r._inside and r._inside in piece:
                end, kill, r._inside = piece.index(r._inside) + len(r._inside) // 2, True, None
            if r._left is not None:
                if r._left < end:
                    end, kill, r._left = r._left, True, None
                else:
                    r._left -= end
        for part in ([piece[i:i + 1] for i in range(end)] if r.bytewise else [piece[:end]]):
            self.client.sendall(part)
        if kill:
            time.sleep(0.05)  # a reset discards what the other side has not read yet
            r.cuts += 1
            self.close()
            raise OSError("cut")

    def close(self):
        for sock in (self.client, self.server):
            if sock is not None:
                hang_up(sock)
        self.relay.forget(self)


class Relay:
    def __init__(self, target):
        self.target = target  # the server's port
        self.delay, self.bytewise, self.edit, self.answer, self.refuse = 0, False, None, None, False
        self.taken, self.cuts, self.requests, self.links = 0, 0, [], []
        self.lock = threading.Lock()
        self._left = self._inside = None
        self._flows = threading.Event()
        self._flows.set()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.taken += 1
            if self.refuse:
                hang_up(client)
                continue
            with self.lock:
                self.links.append(Link(self, client))

    def wait_while_stalled(self):
        self._flows.wait()

    def forget(self, link):
        with self.lock:
            if link in self.links:
                self.links.remove(link)

    @property
    def open(self):
        return len(self.links)

    def stall(self, on):
        (self._flows.clear if on else self._flows.set)()

    def cut(self):
        for link in list(self.links):
            self.cuts += 1
            link.close()

    def cut_after(self, n):
        self._left = n

    def cut_inside(self, word):
        self._inside = word

    def half_close(self, side):
        for link in list(self.links):
            try:
                (link.client if side == "client" else link.server).shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def close(self):
        self.socket.close()
        self.stall(False)
        self.cut()
