"""A subscriber on /v1/wire by WebSocket (RFC 6455), for plays: `from ws import WebSocket`.

    line = WebSocket(paper, after=0)          # as paper.stream(): events lines hello wait_seq() check_order() … (actors.Stream)
    line.status line.headers line.body        # of the answer to the handshake; body of a refusal
    line.pings line.pongs                     # payloads that came; pings are answered at once, unless answers=False
    line.send(PING, b"x")                     # one frame; last=False: a fragment; masked=False, rsv=0x40: against the rules
    line.write(b"…")                          # bytes as they are
    line.wait_close(5)                        # (code, reason) of the server's Close frame; (1006, "") when there was none
    line.close(1000, "bye")                   # says goodbye; close() without a code hangs up
    line = WebSocket(paper, drain=False, room=8192)   # takes nothing until line.drain()

Frames of the server that break RFC 6455 are put into `faults`. Standard library only.
"""
import base64
import hashlib
import json
import os
import socket
import struct
import threading

import actors

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(op, payload=b"", last=True, masked=True, rsv=0):
    """The bytes of one frame of a client."""
    n, bit = len(payload), 0x80 if masked else 0
    head = bytes([(0x80 if last else 0) | rsv | op])
    head += bytes([bit | n]) if n < 126 else bytes([bit | 126]) + struct.pack(">H", n) if n < 65536 else \
        bytes([bit | 127]) + struct.pack(">Q", n)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def closing(code, reason=""):
    return struct.pack(">H", code) + reason.encode()


class WebSocket(actors.Stream):
    def __init__(self, actor, after=None, query="", headers=None, path="/v1/wire", drain=True, port=None, behind=b"",
                 method="GET", answers=True, room=None):
        self.events, self.lines, self.comments, self.faults, self.pings, self.pongs = [], [], [], [], [], []
        self.retry, self.raw, self.body, self.code = None, b"", b"", None
        self.closed, self.answers = threading.Event(), answers
        self.held = int(after) if after is not None else None
        self.writing = threading.Lock()
        parts = [p for p in ([f"after={after}"] if after is not None else []) + ([query] if query else [])]
        key = base64.b64encode(os.urandom(16)).decode()
        sent = {"Host": f"127.0.0.1:{actor.server.port}", "Upgrade": "websocket", "Connection": "Upgrade",
                "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
        if actor.credential:
            sent["Authorization"] = actor.credential
        sent.update(headers or {})
        rows = [f"{method} {path}{'?' + '&'.join(parts) if parts else ''} HTTP/1.1"]
        rows += [f"{k}: {v}" for k, v in sent.items() if v is not None]
        self.sock = socket.socket()
        if room:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)  # what the kernel takes for a reader that does not
        self.sock.settimeout(60)
        self.sock.connect(("127.0.0.1", port or actor.server.port))
        self.sock.sendall(("\r\n".join(rows) + "\r\n\r\n").encode() + behind)
        self.status, self.headers, self.rest = self._head()
        if self.status != 101:
            self._refused(has_body=method != "HEAD")
            return
        want = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        self._claim(self.headers.get("sec-websocket-accept") == want, f"Sec-WebSocket-Accept {self.headers}")
        self._claim("sec-websocket-extensions" not in self.headers, "an extension that was not asked for")
        if drain:
            self.drain()

    def drain(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _refused(self, has_body):
        left = 0 if not has_body else int(self.headers.get("content-length", 0)) - len(self.rest)
        self.body = self.rest
        while left > 0:
            piece = self.sock.recv(65536)
            if not piece:
                break
            self.body += piece
            left -= len(piece)
        self.sock.close()
        self.closed.set()

    def _claim(self, claim, fault):
        if not claim:
            self.faults.append(fault)

    def _take(self, n):
        while len(self.rest) < n:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError
            self.rest += piece
        taken, self.rest = self.rest[:n], self.rest[n:]
        self.raw += taken
        return taken

    def _frame(self):
        first, second = self._take(2)
        n = second & 0x7F
        self._claim(not first & 0x70, f"RSV bits: {first:#x}")
        self._claim(first & 0x80, "a fragment: the server's messages are whole")
        self._claim(not second & 0x80, "a server masks nothing")
        if n == 126:
            n = struct.unpack(">H", self._take(2))[0]
            self._claim(n > 125, f"{n} in two bytes")
        elif n == 127:
            n = struct.unpack(">Q", self._take(8))[0]
            self._claim(n > 65535, f"{n} in eight bytes")
        self._claim(first & 0x0F < 8 or n < 126, "a long control frame")
        return first & 0x0F, self._take(n)

    def _run(self):
        try:
            while True:
                self._got(*self._frame())
        except (OSError, EOFError, ValueError) as e:
            if isinstance(e, UnicodeDecodeError):
                self.faults.append(f"not UTF-8: {e}")
        self.closed.set()

    def _got(self, op, payload):
        if self.code is not None:
            self.faults.append(f"after Close: {op} {payload!r:.100}")
        elif op == PING:
            self.pings.append(payload.decode())
            if self.answers:
                self.send(PONG, payload)
        elif op == PONG:
            self.pongs.append(payload)
        elif op == CLOSE:
            self.code, self.reason = (struct.unpack(">H", payload[:2])[0], payload[2:].decode()) if payload else (1005, "")
            if self.answers:
                self.send(CLOSE, payload[:2])
        elif op == TEXT:
            self._message(json.loads(payload.decode("utf-8")))
        else:
            self.faults.append(f"opcode {op}")

    def _message(self, body):
        if "line" in body or body.get("event") == "reset":
            self.retry = body.get("retry", self.retry)
            self.lines.append(actors.Event("reset" if body.get("event") == "reset" else "line", None, body))
        else:
            self._keep(actors.Event(body.get("event"), body.get("seq"), body))

    # -- what the client says

    def write(self, data):
        with self.writing:
            try:
                self.sock.sendall(data)
            except OSError:
                pass  # the server has gone: what it said before is read

    def send(self, op, payload=b"", **how):
        self.write(frame(op, payload, **how))

    def wait_pong(self, payload, seconds=None):
        return actors.wait_until(lambda: payload in self.pongs or self.closed.is_set(), seconds) and payload in self.pongs

    def wait_close(self, seconds=None):
        self.ended(seconds)
        return (self.code, self.reason) if self.code is not None else (1006, "")

    def close(self, code=None, reason=""):
        if code is None:
            super().close()
        else:
            self.send(CLOSE, closing(code, reason))
