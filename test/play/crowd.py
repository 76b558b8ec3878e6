"""Hundreds or thousands of readers of /v1/wire in one thread, for plays: `from crowd import Crowd, Reader`.

    r = Reader(paper, "sse", held=0, query="category=5")   # or "ws", "poll"; knows where it stands, comes back with it
    r.seen r.held r.faults r.opened                        # seqs in order; holes, repeats and refusals; how often it came
    Reader(…, room=8192, pace=0.5)                         # a slow one: 4 KiB each half second out of a small buffer
    Reader(…, room=8192, is_stopped=True)                  # asks, and never takes a byte
    crowd = Crowd([r, …], spread=False, again=0.5)         # spread: from 127.0.0.2 and up, for there are 28,000 ports a pair;
                                                           # again: seconds after which they come back when a line has gone
    crowd.run(lambda: all(r.held >= n for r in crowd.readers), 60)
    crowd.drop(r)                                          # hangs up amid whatever; the reader comes back by itself

Standard library only. Readers of one crowd are touched by the thread that runs it, and looked at by others.
"""
import base64
import heapq
import itertools
import json
import os
import re
import selectors
import socket
import struct
import time

import ws

RECEIVE = 1 << 18


class Reader:
    def __init__(self, who, how="sse", held=0, query="", room=None, pace=None, is_stopped=False):
        self.who, self.how, self.held, self.query = who, how, held, query
        self.room, self.pace, self.is_stopped = room, pace, is_stopped
        self.seen, self.faults, self.opened, self.byes = [], [], 0, 0
        self.sock = self.wait = None
        self.cursor = held  # of polls: it may run ahead of the last event

    # -- towards the server

    def connect(self, source=None):
        self.pending, self.head, self.is_asking, self.is_fresh, self.wait = b"", None, True, True, None
        self.sock = socket.socket()
        if self.room:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.room)
        self.sock.setblocking(False)
        if source:
            self.sock.bind((source, 0))
        self.sock.connect_ex(("127.0.0.1", self.port()))
        return self.sock

    def port(self):
        """Of the server; or of a relay, in plays that put one between."""
        return self.who.server.port

    def ask(self):
        """Once the connection stands; polls ask again and again."""
        self.is_asking = False
        parts = [f"after={self.cursor if self.how == 'poll' else self.held}"] + ([self.query] if self.query else [])
        parts += ["wait=10"] if self.how == "poll" else []
        rows = [f"GET /v1/wire?{'&'.join(parts)} HTTP/1.1", "Host: x", "Authorization: " + self.who.credential]
        if self.how == "sse":
            rows.append("Accept: text/event-stream")
        elif self.how == "ws":
            rows += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                     "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        self._say(("\r\n".join(rows) + "\r\n\r\n").encode())

    def _say(self, data):
        try:
            self.sock.send(data)
        except OSError:
            pass  # gone: reading will tell

    # -- from the server

    def take(self):
        """Takes what is there; False when the connection is over. self.wait: seconds that the server asked for."""
        try:
            piece = self.sock.recv(4096 if self.pace else RECEIVE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not piece:
            return False
        self.pending += piece
        if self.head is None and not self._take_head():
            return self.wait is None
        return {"sse": self._take_blocks, "ws": self._take_frames, "poll": self._take_page}[self.how]()

    def _take_head(self):
        """True when an answer of the right kind has begun."""
        if b"\r\n\r\n" not in self.pending:
            return False
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        status = int(self.head.split()[1])
        if status in (200, 101):
            self.opened += self.is_fresh
            self.is_fresh = False
            return True
        later = re.search(r"(?i)\r\nretry-after: (\d+)", self.head)
        if status not in (429, 503):
            self.faults.append(self.head)
        self.wait = int(later.group(1)) if later else 1
        return False

    def _take_blocks(self):
        *blocks, self.pending = self.pending.split(b"\n\n")
        for block in blocks:
            rows = dict(r.split(b": ", 1) for r in block.split(b"\n") if b": " in r)
            if b"data" in rows:
                self._keep(json.loads(rows[b"data"]))
        return True

    def _take_frames(self):
        while len(self.pending) >= 2:
            op, n, at = self.pending[0] & 15, self.pending[1], 2
            if n == 126:
                n, at = (struct.unpack_from(">H", self.pending, 2)[0] if len(self.pending) >= 4 else RECEIVE), 4
            elif n == 127:
                n, at = (struct.unpack_from(">Q", self.pending, 2)[0] if len(self.pending) >= 10 else RECEIVE), 10
            if len(self.pending) < at + n:
                return True
            payload, self.pending = self.pending[at:at + n], self.pending[at + n:]
            if op == ws.TEXT:
                self._keep(json.loads(payload))
            elif op == ws.PING:
                self._say(ws.frame(ws.PONG, payload))
            elif op == ws.CLOSE:
                return False
        return True

    def _take_page(self):
        n = int(re.search(r"(?i)\r\ncontent-length: (\d+)", self.head).group(1))
        if len(self.pending) < n:
            return True
        page, self.pending, self.head = json.loads(self.pending[:n]), self.pending[n:], None
        for e in page["events"]:
            self._keep(e)
        if not self.held <= page["next"] <= page["head"]:
            self.faults.append(f"next {page['next']}, held {self.held}, head {page['head']}")
        self.cursor = page["next"]
        self.ask()
        return True

    def _keep(self, e):
        if "seq" not in e or "line" in e:
            self.byes += e.get("line") == "bye"
            if "why" in e and "line" not in e:
                self.faults.append(e)  # a reset
            return
        seq, prev = e["seq"], e["prev"] or 0
        if seq <= self.held:
            self.faults.append(f"{seq} again, held {self.held}")
        if prev > max(self.held, self.cursor):
            self.faults.append(f"hole: {seq} has prev {prev}, held {self.held}")
        self.held = self.cursor = seq
        self.seen.append(seq)
        self.got(e)

    def got(self, e):
        """For plays that look at events."""


class Crowd:
    def __init__(self, readers=(), spread=False, again=0.5):
        self.readers, self.loop, self.refusals, self.is_spread, self.again = [], selectors.DefaultSelector(), 0, spread, again
        self.later, self.count = [], itertools.count()
        for r in readers:
            self.add(r)

    def add(self, r):
        r.source = f"127.0.0.{2 + len(self.readers) // 5000}" if self.is_spread else None
        self.readers.append(r)
        self._in(0, r, self._connect)

    def _in(self, seconds, r, do):
        heapq.heappush(self.later, (time.monotonic() + seconds, next(self.count), r.sock, r, do))

    def _connect(self, r):
        self.loop.register(r.connect(r.source), selectors.EVENT_WRITE, r)

    def _listen(self, r):
        self.loop.register(r.sock, selectors.EVENT_READ, r)

    def drop(self, r):
        if r.sock and r.sock.fileno() >= 0:
            if r.sock in self.loop.get_map():
                self.loop.unregister(r.sock)
            r.sock.close()
        self._in(0.05, r, self._connect)

    def _ready(self, r):
        if r.is_asking:
            r.ask()
            if r.is_stopped:
                self.loop.unregister(r.sock)
            else:
                self.loop.modify(r.sock, selectors.EVENT_READ, r)
            return
        if not r.take():
            self.loop.unregister(r.sock)
            r.sock.close()
            self.refusals += r.wait is not None
            self._in(r.wait or self.again, r, self._connect)
        elif r.pace:
            self.loop.unregister(r.sock)
            self._in(r.pace, r, self._listen)

    def run(self, done, seconds):
        """All connect at once; those refused come back when they were told to. Whether done() came true in time."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                return False
            wait = min(0.05, max(0, self.later[0][0] - time.monotonic())) if self.later else 0.05
            for key, _ in self.loop.select(wait):
                self._ready(key.data)
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, sock, r, do = heapq.heappop(self.later)
                if sock is r.sock:  # else it was dropped and connected anew meanwhile
                    do(r)
        return True

    def close(self):
        for r in self.readers:
            if r.sock:
                if r.sock.fileno() >= 0 and r.sock in self.loop.get_map():
                    self.loop.unregister(r.sock)
                r.sock.close()
        self.later = []
