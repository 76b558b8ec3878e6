"""The actors of plays: a server of one's own, and those who talk to it. docs/testing.md says how plays use them.

Standard library only. Everything a play sees is a name of this module.
"""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

BINARY = {}  # "any", "release", "fault", "tsan" -> path; set by the runner
LONG = False
PASSWORD = "correct horse battery"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
SHARED = os.environ.get("TELLAL_SHARED", "../shared")
PATIENCE = 15.0  # seconds that a play waits for what must come

_servers = []
_count = {"passed": 0, "failed": 0, "skipped": 0}
_lock = threading.Lock()


# ---------------------------------------------------------------- claims

def check(claim, what, *seen):
    """One claim. What was seen is printed when it does not hold. Returns whether it held."""
    with _lock:
        _count["passed" if claim else "failed"] += 1
        number = _count["passed"] + _count["failed"] + _count["skipped"]
        print(f"{'' if claim else 'not '}ok {number} - {what}")
        if not claim:
            frame = sys._getframe(1)
            while frame and not frame.f_code.co_filename.endswith(".play"):
                frame = frame.f_back
            if frame:
                print(f"# at {os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}")
            for s in seen:
                print("# saw " + repr(s)[:2000])
        sys.stdout.flush()
    return bool(claim)


def same(got, want, what):
    return check(got == want, what, {"got": got, "want": want})


def note(*words):
    print("#", *words)
    sys.stdout.flush()


class Skip(Exception):
    pass


def skip(why):
    """Ends the play; what was claimed so far counts."""
    raise Skip(why)


def wait_until(claim, seconds=None, every=0.02):
    """True as soon as claim() is; False when the time is over."""
    end = time.monotonic() + (PATIENCE if seconds is None else seconds)
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > end:
            return False
        time.sleep(every)


def wait_for(claim, what, seconds=None):
    return check(wait_until(claim, seconds), what)


# ---------------------------------------------------------------- HTTP

class Answer:
    def __init__(self, status, pairs, body):
        self.status = status
        self.pairs = pairs  # as sent, in order
        self.headers = {k.lower(): v for k, v in pairs}
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def __getitem__(self, member):
        return self.json()[member]

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.text[:800]!r}>"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Actor:
    """Somebody with (or without) a credential. Every call is a connection of its own unless `keep` is set."""

    def __init__(self, server, credential=None, name=None):
        self.server, self.credential, self.name = server, credential, name
        self.address = ("127.0.0.1", server.port)

    def call(self, method, path, body=None, headers=None, timeout=30):
        sent = {"Host": f"127.0.0.1:{self.server.port}"}
        if self.credential:
            sent["Authorization"] = self.credential
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        elif isinstance(body, str):
            body = body.encode()
        for k, v in (headers or {}).items():
            if v is None:
                sent.pop(k, None)
            else:
                sent[k] = v
        link = http.client.HTTPConnection(*self.address, timeout=timeout)
        try:
            link.connect()
            try:
                link.request(method, path, body=body, headers=sent)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent: the answer is there already
            r = link.getresponse()
            if r.status == 200 and "event-stream" in r.getheader("Content-Type", "") and not r.getheader("Content-Length"):
                return Answer(r.status, r.getheaders(), r.read1(4096))  # a stream opened: its first bytes will do
            return Answer(r.status, r.getheaders(), r.read())
        finally:
            link.close()

    def get(self, path, headers=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.call("GET", path, headers=headers)

    def head(self, path, headers=None):
        return self.call("HEAD", path, headers=headers)

    def post(self, path, body=None, headers=None):
        return self.call("POST", path, body if body is not None else b"", headers)

    def form(self, path, fields=None, headers=None, **more):
        body = urllib.parse.urlencode({**(fields or {}), **more})
        return self.post(path, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def stream(self, **options):
        return Stream(self, **options)


def story(headline="Ferry line opens", **members):
    """A story to post; what is not given is what most plays do not mind."""
    return {
        "language": "en",
        "headline": headline,
        "body": f"<p>{headline}. The first boat left at nine.</p><p>Tickets are sold on board.</p>",
        **members,
    }


class Desk(Actor):
    """Publishes by the API."""

    def publish(self, item=None, key=None, headers=None, **members):
        """POST; the answer. Members are laid over story()."""
        if item is None:
            item = story(**members)
        sent = dict(headers or {})
        if key:
            sent["Idempotency-Key"] = key
        return self.post("/v1/stories", item, sent)

    def must(self, **members):
        """Publishes and returns the answer's JSON; the play ends when that fails."""
        a = self.publish(**members)
        if a.status != 201:
            raise AssertionError(f"publish: {a!r}")
        return a.json()

    def read(self, id, **query):
        return self.get("/v1/stories/" + id, **query)

    def put(self, id, item, version=None, headers=None):
        sent = dict(headers or {})
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        return self.call("PUT", "/v1/stories/" + id, item, sent)

    def act(self, id, verb, body=None, headers=None):
        return self.post(f"/v1/stories/{id}/{verb}", body if body is not None else {}, headers)

    def correct(self, id, note="A figure was wrong", **members):
        return self.act(id, "correct", {"note": note, **members})

    def hold(self, id, reason="being checked"):
        return self.act(id, "hold", {"reason": reason})

    def release(self, id):
        return self.act(id, "release")

    def kill(self, id, reason="not true"):
        return self.act(id, "kill", {"reason": reason})

    def versions(self, id):
        return self.get(f"/v1/stories/{id}/versions")["versions"]


class Has(Actor):
    """A client of the subscriber API /abone/."""

    def search(self, **fields):
        return self.form("/abone/search", fields)

    def results(self, **fields):
        a = self.search(**fields)
        return a["data"]["result"] if a.status == 200 else []

    def document(self, id, form="newsml29", **query):
        return self.get(f"/abone/document/{id}/{form}", **query)


class Event:
    def __init__(self, name, seq, data):
        self.name, self.seq, self.data = name, seq, data
        self.prev = data.get("prev") if isinstance(data, dict) else None

    def __repr__(self):
        return f"<{self.name} {self.seq} prev {self.prev}>"


class Stream:
    """A subscriber on /v1/wire by SSE. Reads in a thread of its own and checks order and prev as events come:
    what breaks the promise is put into `faults`."""

    def __init__(self, actor, after=None, last_event_id=None, query="", headers=None, path="/v1/wire", drain=True,
                 room=None):
        self.events, self.lines, self.comments, self.faults = [], [], [], []
        self.retry = None
        self.raw = b""
        self.closed = threading.Event()
        given = [x for x in (last_event_id, after) if x is not None]
        self.held = int(given[0]) if given else None  # a returning EventSource has both: its own is the newer
        self.sock = socket.socket()
        if room:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)  # what the kernel takes for a reader that does not
        self.sock.settimeout(60)
        self.sock.connect(actor.address)
        parts = [p for p in ([f"after={after}"] if after is not None else []) + ([query] if query else [])]
        target = path + ("?" + "&".join(parts) if parts else "")
        head = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{actor.server.port}", "Accept: text/event-stream"]
        if actor.credential:
            head.append("Authorization: " + actor.credential)
        if last_event_id is not None:
            head.append(f"Last-Event-ID: {last_event_id}")
        head += [f"{k}: {v}" for k, v in (headers or {}).items()]
        self.sock.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        self.status, self.headers, rest = self._head()
        self.rest = rest
        if drain:
            self.thread = threading.Thread(target=self._run, daemon=True)
            self.thread.start()

    def _head(self):
        got = b""
        while b"\r\n\r\n" not in got:
            piece = self.sock.recv(65536)
            if not piece:
                self.closed.set()
                return 0, {}, b""
            got += piece
        head, _, rest = got.partition(b"\r\n\r\n")
        rows = head.decode("latin-1").split("\r\n")
        headers = dict((k.strip().lower(), v.strip()) for k, v in (r.split(":", 1) for r in rows[1:]))
        self.chunked = headers.get("transfer-encoding", "") == "chunked"
        return int(rows[0].split()[1]), headers, rest

    def _pieces(self):
        rest = self.rest
        if not self.chunked:
            yield rest
            while True:
                piece = self.sock.recv(65536)
                if not piece:
                    return
                yield piece
        file = self.sock.makefile("rb") if not rest else None
        while True:
            while b"\r\n" not in rest:
                piece = self.sock.recv(65536)
                if not piece:
                    return
                rest += piece
            size, _, rest = rest.partition(b"\r\n")
            n = int(size.split(b";")[0], 16)
            while len(rest) < n + 2:
                piece = self.sock.recv(65536)
                if not piece:
                    return
                rest += piece
            if n == 0:
                return
            yield rest[:n]
            rest = rest[n + 2:]

    def _run(self):
        pending = b""
        try:
            for piece in self._pieces():
                self.raw += piece
                pending += piece
                while b"\n\n" in pending:
                    block, _, pending = pending.partition(b"\n\n")
                    self._block(block.decode("utf-8"))
        except (OSError, ValueError) as e:
            if not isinstance(e, (ConnectionError, socket.timeout)) and self.sock.fileno() >= 0:
                self.faults.append(f"reading: {e!r}")
        self.closed.set()

    def _block(self, block):
        name, id, data = "message", None, []
        for row in block.split("\n"):
            if row.startswith(":"):
                self.comments.append(row[1:].strip())
                continue
            field, _, value = row.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                name = value
            elif field == "id":
                id = value
            elif field == "data":
                data.append(value)
            elif field == "retry":
                self.retry = int(value)
        if not data:
            return
        try:
            body = json.loads("\n".join(data))
        except ValueError:
            self.faults.append(f"{name}: data is not JSON: {data!r:.200}")
            body = {}
        if name in ("line", "reset"):
            if id is not None:
                self.faults.append(f"{name} has an id")
            self.lines.append(Event(name, None, body))
            return
        self._keep(Event(name, int(id) if id else None, body))

    def _keep(self, e):
        if isinstance(e.data, dict) and "seq" in e.data and e.data["seq"] != e.seq:
            self.faults.append(f"id {e.seq} is not seq {e.data['seq']}")
        if e.seq is not None:
            if self.held is not None and e.seq <= self.held:
                self.faults.append(f"{e.seq} after {self.held}")
            if self.held is None:
                if self.events and e.prev is None:
                    self.faults.append(f"{e.seq} has no prev")
            elif e.prev is not None and e.prev > self.held:
                self.faults.append(f"hole: {e.seq} has prev {e.prev}, held {self.held}")
            elif e.prev is None and self.events:
                self.faults.append(f"{e.seq} has no prev after {self.held}")
            self.held = e.seq
        self.events.append(e)

    @property
    def hello(self):
        wait_until(lambda: self.lines or self.closed.is_set())
        return self.lines[0].data if self.lines else {}

    def seqs(self):
        return [e.seq for e in self.events]

    def ids(self):
        return [e.data.get("id") for e in self.events]

    def wait(self, claim, seconds=None):
        """The first event for which claim(event) holds, or None."""
        found = []

        def look():
            found[:] = [e for e in list(self.events) if claim(e)][:1]
            return found or self.closed.is_set()
        wait_until(look, seconds)
        look()
        return found[0] if found else None

    def wait_seq(self, seq, seconds=None):
        return self.wait(lambda e: e.seq is not None and e.seq >= seq, seconds)

    def wait_line(self, word, seconds=None):
        def look():
            return [l for l in list(self.lines) if l.data.get("line") == word or l.name == word] or self.closed.is_set()
        wait_until(look, seconds)
        found = [l for l in self.lines if l.data.get("line") == word or l.name == word]
        return found[0].data if found else None

    def ended(self, seconds=None):
        return self.closed.wait(PATIENCE if seconds is None else seconds)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        self.closed.set()

    def check_order(self, what="the stream kept its promises of order"):
        return check(not self.faults, what, self.faults)


def raw(server, data, seconds=5, half_close=False, port=None):
    """Sends bytes as they are; all that came back until the other side closed or the time was over."""
    s = socket.create_connection(("127.0.0.1", port or server.port), timeout=seconds)
    got = b""
    try:
        s.sendall(data)
        if half_close:
            s.shutdown(socket.SHUT_WR)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            s.settimeout(max(0.01, end - time.monotonic()))
            piece = s.recv(65536)
            if not piece:
                break
            got += piece
    except (OSError, socket.timeout):
        pass
    s.close()
    return got


# ---------------------------------------------------------------- the server

def free_port():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """`tellal serve` on a folder and a port of its own."""

    def __init__(self, conf=None, binary=None, env=None, wrap=None, args=None, clock=False, start=True, data=None,
                 file_size=None, cast=None):
        self.dir = tempfile.mkdtemp(prefix="tellal-play-")
        self.data = data or os.path.join(self.dir, "data")
        self.log_path = os.path.join(self.dir, "log")
        self.binary = os.path.abspath(binary or BINARY["any"])
        self.conf = {"timezone": "Europe/Istanbul", **(conf or {})}
        self.env, self.wrap, self.args = dict(env or {}), list(wrap or []), list(args or [])
        self.file_size = file_size
        self.port = free_port()
        self.process = None
        self.exits = []
        self.names = {}
        self.expect_dirty = False
        self.clock_path = os.path.join(self.dir, "clock") if clock else None
        if clock:
            if not os.path.exists(FAKETIME):
                skip("libfaketime is not installed")
            self.clock("+0s")
        _servers.append(self)
        for act in cast or []:
            act(self)
        if start:
            self.start()

    # -- life

    def clock(self, offset):
        """Moves the real time of the server ("+1d", "-3600s"); the monotonic clock goes on."""
        fresh = self.clock_path + ".new"
        with open(fresh, "w") as f:
            f.write(offset + "\n")
        os.rename(fresh, self.clock_path)

    def _env(self):
        env = {**os.environ, **self.env}
        if self.clock_path:
            env.update(LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=self.clock_path, FAKETIME_NO_CACHE="1",
                       FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_RESET="1")
        return env

    def _limits(self):
        if self.file_size:
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_size, resource.RLIM_INFINITY))

    def start(self, wait=True, seconds=30):
        line = self.wrap + [self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        for k, v in self.conf.items():
            line += ["--set", f"{k}={v}"]
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(line + self.args, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        env=self._env(), preexec_fn=self._limits, start_new_session=True)
        log.close()
        if wait and not wait_until(self.is_ready, seconds):
            raise AssertionError("the server did not become ready")
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server exited with {self.process.returncode}")
        try:
            return self.anyone().get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def pid(self):
        """Of the server itself, also under a wrapper."""
        pid = self.process.pid
        if self.wrap:
            for _ in range(100):
                kids = open(f"/proc/{pid}/task/{pid}/children").read().split()
                if kids:
                    return int(kids[0])
                time.sleep(0.05)
        return pid

    def kill(self):
        """SIGKILL, as a crash would do it."""
        try:
            os.kill(self.pid(), signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        return self

    def stop(self, seconds=30):
        """SIGTERM and the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            os.kill(self.pid(), signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                self.exits.append("did not stop")
                return "did not stop"
        code = self.process.returncode
        self.exits.append(code)
        self.process = None
        return code

    def restart(self):
        same(self.stop(), 0, "the server stops cleanly")
        return self.start()

    def log(self):
        try:
            return open(self.log_path, encoding="utf-8", errors="replace").read()
        except OSError:
            return ""

    # -- the command line

    def cli(self, *words, input=None, ok=True, seconds=60):
        """`tellal WORDS --data …`: (exit status, stdout, stderr). The play ends when it fails, unless ok is False."""
        r = subprocess.run([self.binary, *map(str, words), "--data", self.data], capture_output=True, timeout=seconds,
                           input=input.encode() if isinstance(input, str) else input or b"", env=self._env())
        out = (r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace"))
        if ok and r.returncode != 0:
            raise AssertionError(f"tellal {' '.join(map(str, words))}: {out}")
        return out

    def org(self, name, *options):
        """A new organisation; its id."""
        return self.cli("org", "add", name, *options)[1].strip()

    def user(self, name, role, org=None, password=PASSWORD):
        more = ["--org", org] if org else []
        id = self.cli("user", "add", name, "--role", role, *more, "--password-stdin", input=password + "\n")[1].strip()
        self.names[name] = (role, password)
        return id

    def token(self, user, scope=None, *options):
        more = ["--scope", scope] if scope else []
        return self.cli("token", "add", "--user", user, *more, *options)[1].strip()

    # -- who talks to it

    def anyone(self):
        return Actor(self)

    def desk(self, name="dora", role="editor"):
        """A desk user with a token; made when new."""
        if name not in self.names:
            self.user(name, role)
        return Desk(self, "Bearer " + self.token(name), name)

    def subscriber(self, name="sami", org=None, role="subscriber", terms=()):
        """A subscriber's user with a token; the organisation is made when none is given."""
        if name not in self.names:
            if org is None:
                org = self.org("Gazete " + name, *terms)
            self.user(name, role, org)
        return Desk(self, "Bearer " + self.token(name), name)

    def has(self, name="9001", org=None, terms=()):
        """An API user with Basic."""
        if name not in self.names:
            if org is None:
                org = self.org("Gazete " + name, *terms)
            self.user(name, "api", org)
        return Has(self, basic(name, self.names[name][1]), name)

    # -- what lies on its disk

    def files_with(self, text):
        """Names of files of the data folder that hold these bytes."""
        wanted = text.encode() if isinstance(text, str) else text
        found = []
        for top, _, names in os.walk(self.data):
            for name in names:
                try:
                    with open(os.path.join(top, name), "rb") as f:
                        if wanted in f.read():
                            found.append(name)
                except OSError:
                    pass
        return sorted(found)


def server(**options):
    return Server(**options)


def uses(which):
    """Path of another build of the binary: release, fault, tsan. Skips the play when it was not built."""
    path = BINARY.get(which)
    if not path or not os.path.exists(path):
        skip(f"no {which} build")
    return path


def needs(program):
    if shutil.which(program) is None:
        skip(f"{program} is not installed")


REPORT = re.compile(r"ERROR: (?:Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|must failed|^must:", re.M)


def close_all():
    """Stops what still runs; a bad exit or a sanitizer's report is a failure of the play. Returns logs to show."""
    logs = []
    for s in _servers:
        if s.process is not None:
            running = s.process.poll() is None
            code = s.stop()
            if not s.expect_dirty and (running or code not in (0, -9)):
                check(code == 0, "the server stops cleanly at the end", code)
        text = s.log()
        report = REPORT.search(text)
        if report and not s.expect_dirty:
            check(False, "the server's log has no report of a sanitizer", text[report.start():][:4000])
        logs.append(text)
        shutil.rmtree(s.dir, ignore_errors=True)
    return logs
