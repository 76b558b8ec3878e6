"""The live wire against the floor: what a delivery costs, and how late it is, with 10,000 streams.

Every ratio is made of pairs: floor, server, floor, server …, a fresh process each, the server on one core and the load client
on the other, the floor sending as many bytes as our frame. The median of the pairs' ratios counts; beside it stand the
quartiles. docs/performance.md says more.
"""
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from rig import Server, compile_c

STORY = '{"language":"en","category":[1],"headline":"Harbour bridge opens","body":"{payload}"}'
TEXT = 4096        # bytes of a story's text
DUE = 5            # of the distinct contracts one in so many matches
SPARE = 1500       # descriptors beside those of streams
NCHAN = """load_module {module};
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid {work}/nchan.pid;
error_log {work}/nchan.log warn;
events {{ worker_connections 8000; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_buffer_size 64k;
  client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};
  nchan_max_reserved_memory 512m;
  nchan_message_buffer_length 5000;
  nchan_message_timeout 15m;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /publish {{ nchan_publisher http; nchan_channel_id live; }}
    location = /past {{ nchan_subscriber eventsource; nchan_channel_id live; nchan_subscriber_first_message oldest; }}
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def nchan_module():
    """Path of the module of nginx, None where it is not installed."""
    path = "/usr/lib/nginx/modules/ngx_nchan_module.so"
    return path if os.path.exists(path) and shutil.which("nginx") else None


class Floor:
    def __init__(self, program, *words, cores="0"):
        self.words = ["taskset", "-c", cores, program, *words]

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        self.port = int(self.process.stdout.readline().split()[1])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Wire:
    def __init__(self, rig):
        self.rig = rig
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.limit = min(20000, hard) - 300
        self.n = min(10000, hard - SPARE)
        self.many = min(18000, hard - SPARE)
        self.runs = rig.asked_runs or (2 if rig.is_quick else 15)
        self.long_runs = max(1, self.runs // 3)  # of what takes long and is not judged against the floor
        self.secs = 2 if rig.is_quick else 3
        self.contracts = 100 if rig.is_quick else 1000
        self.fanout = compile_c(rig.work, "fanout", "fanout.c", "fanout_pub.c", "fanout_sub.c")
        self.floor_program = compile_c(rig.work, "floor", "floor.c")
        self.faults, self.slips = [], 0
        self.prepare()

    # ---- servers ----

    def settings(self):
        return ["requests_per_connection=0", f"max_connections={self.limit}"]

    def prepare(self):
        """A data folder with its accounts, copied for every run."""
        self.base = self.rig.fresh("wire-base")
        with Server(self.rig, self.base, self.settings()) as s:
            self.desk = s.token("desk", "editor")
            self.paper = s.token("paper", "api", s.cli("org", "add", "Paper"))

    def sign_contracts(self):
        """Another such folder: many organisations, no two with equal terms; the file with a token of each."""
        many, tokens = self.rig.fresh("wire-many"), self.rig.path("wire-tokens")
        copy_folder(self.base, many)
        with Server(self.rig, many, self.settings()) as s, open(tokens, "w") as f:
            for i in range(self.contracts):
                org = s.cli("org", "add", f"Paper {i}", *distinct_terms(i))
                f.write(s.token(f"paper{i}", "api", org) + "\n")
        return many, tokens

    def server(self, cores="0", base=None, data=None):
        """On a copy of the base folder, or on `data` as it is."""
        if data is None:
            data = self.rig.fresh("wire-data")
            copy_folder(base or self.base, data)
        s = Server(self.rig, data, self.settings(), cores)
        s.start()
        s.pid = s.process.pid
        return s

    def floor(self, *words):
        return Floor(self.floor_program, *words)

    # ---- the load client ----

    def run(self, words):
        """One run of a load client; what it printed. Deliveries that went wrong are remembered."""
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not done.stdout.strip():
            raise RuntimeError(f"{' '.join(words[:6])} …: {done.stderr.strip()}")
        d = json.loads(done.stdout)
        slips = sum(d.get(k, 0) for k in ("lost", "duplicated", "out_of_order", "unexpected", "failed", "closed", "pub_errors"))
        if slips or not d["published"] and not d["received"]:
            self.faults.append(f"{d['label']}: " + ", ".join(f"{k} {d[k]}" for k in d if k in (
                "lost", "duplicated", "out_of_order", "unexpected", "failed", "closed", "pub_errors", "pub_first_error") and d[k]))
            print("  " + self.faults[-1] + " " + done.stderr.strip(), file=sys.stderr, flush=True)
        self.slips += slips
        return d

    def fan(self, at, proto, size, *words, n=None, token=None, pid=None, label=""):
        every = ["--port", str(at.port), "--proto", proto, "--n", str(self.n if n is None else n), "--size", str(size), "--pin", "1",
                 "--addresses", "4", "--pid", str(pid or at.pid), "--label", label or proto, "--count", "6000", "--settle", "0.5"]
        if isinstance(at, Server):
            auth = token or self.paper
            every += ["--path", "/v1/wire", "--header", "Authorization: Bearer " + auth, "--pub-path", "/v1/stories", "--body", STORY,
                      "--pub-header", "Content-Type: application/json", "--pub-header", "Authorization: Bearer " + self.desk]
        return self.run([self.fanout, *every, *words])

    def of_floor(self, size, *words, options=(), n=None):
        """The floor sending `size` bytes to each: the line and its end."""
        with self.floor(*options) as f:
            return self.fan(f, "raw", size - 1, *words, n=n, label="floor")

    def of_server(self, proto, *words, cores="0", base=None, **more):
        s = self.server(cores, base)
        try:
            return self.fan(s, proto, TEXT, *words, label=more.pop("label", proto), **more)
        finally:
            s.stop()

    def frame_bytes(self, proto):
        return round(self.of_server(proto, "--window", "1", "--count", "20", n=1)["bytes_per_delivery"])

    def speaks(self, proto):
        """Whether this server serves it yet."""
        if proto == "sse":
            return True
        s = self.server()
        rows = ["GET /v1/wire HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer " + self.paper, "Upgrade: websocket",
                "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
        try:
            with socket.create_connection(("127.0.0.1", s.port), timeout=5) as link:
                link.sendall("\r\n".join(rows).encode())
                return link.recv(12) == b"HTTP/1.1 101"
        except TimeoutError:  # taken for a poll, it waits
            return False
        finally:
            s.stop()

    # ---- rows ----

    def row(self, name, values, unit, target=None, way="most", note=""):
        return self.rig.figure(name, values, unit, target, way, note, quartiles=True)

    def ratio(self, name, pairs, value, unit, target, what="the floor"):
        """Three rows: theirs, ours, and the ratio of each pair, which is what is judged."""
        theirs, ours = [value(a) for a, _ in pairs], [value(b) for _, b in pairs]
        busy = statistics.median(b["client"]["busy"] for _, b in pairs)
        self.row(f"  {what}", theirs, unit)
        self.row("  tellal", ours, unit, note=f"client {busy:.0%} busy")
        self.row(name, [b / a for a, b in zip(theirs, ours)], "ratio", target)


def copy_folder(base, data):
    shutil.copytree(base, data, ignore=shutil.ignore_patterns("control.sock", "lock"))


def head_of(server, token):
    """The number of the newest record, as the wire greets with it."""
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    link.request("GET", "/v1/wire", headers={"Authorization": "Bearer " + token, "Accept": "text/event-stream"})
    answer, said = link.getresponse(), b""
    while b'"head":' not in said or not said.endswith(b"\n\n"):
        said += answer.read1(4096)
    link.close()
    return int(re.search(rb'"head":(\d+)', said).group(1))


def distinct_terms(i):
    """The i-th of many different contracts; one in DUE has the category and language that are published."""
    k = i // DUE if i % DUE == 0 else i - i // DUE - 1
    span = 64 if i % DUE == 0 else 63
    subset, more = (k % span, k // span) if i % DUE == 0 else (k % span + 1, k // span)
    categories = [c + 2 for c in range(6) if subset >> c & 1] + ([1] if i % DUE == 0 else [])
    languages = [2] + [b + 4 for b in range(5) if more >> b & 1]
    return ["--category", ",".join(map(str, sorted(categories))), "--language", ",".join(map(str, languages))]


def cpu(d):
    return d["server"]["cpu_us_per_delivery"]


def p99(d):
    return d["lat_us"]["p99"] / 1000


# ---------------------------------------------------------------- the cells

def one_contract(w, proto, size):
    words = ["--window", "1", "--secs", str(w.secs)]
    pairs = [(w.of_floor(size, *words), w.of_server(proto, *words)) for _ in range(w.runs)]
    w.ratio(f"CPU per delivery, {proto}, {w.n} streams, frame of {size} bytes", pairs, cpu, "us", 1.10)


def many_contracts(w, size):
    many, tokens = w.sign_contracts()
    words = ["--window", "1", "--secs", str(w.secs), "--match", str(DUE)]
    pairs = [(w.of_floor(size, *words, options=["--every", str(DUE)]),
              w.of_server("sse", *words, "--tokens", tokens, base=many, token="{token}", label="contracts")) for _ in range(w.runs)]
    publish = [publish_cost(w) for _ in range(3)]
    w.ratio(f"CPU per delivery, sse, {w.contracts} contracts, 1 in {DUE} due", pairs, cpu, "us", 1.10)
    alone, due = statistics.median(publish), w.n // DUE
    w.row("  what one publish costs, nobody connected", publish, "us")
    w.row("  the ratio without that", [(cpu(b) - alone / due) / cpu(a) for a, b in pairs], "ratio")


def publish_cost(w):
    s = w.server()
    try:
        w.fan(s, "sse", TEXT, "--count", "50", n=0, label="warm")
        d = w.fan(s, "sse", TEXT, "--count", "400", n=0, label="publish")
        return d["server"]["cpu_us"] / d["published"]
    finally:
        s.stop()


def memory(w, protos):
    words = ["--window", "1", "--count", "3", "--settle", "2"]
    for proto in protos:
        w.row(f"memory of an idle stream, {proto}", [w.of_server(proto, *words)["server"]["bytes_per_idle_conn"]], "bytes", 768)
    d = w.of_server(protos[-1], *words, n=w.many, label="many")
    w.row(f"streams in one process ({protos[-1]}) that got all", [d["received"] // max(d["published"], 1)], "", w.many, "least")
    w.row("  memory of one of them", [d["server"]["bytes_per_idle_conn"]], "bytes", 768)


def paced(w, size):
    words = ["--rate", "5", "--secs", str(w.secs + 1)]
    pairs = [(w.of_floor(size, *words), w.of_server("sse", *words)) for _ in range(w.runs)]
    w.ratio(f"p99 at 5 stories/s to {w.n}, sse", pairs, p99, "ms", 1.15)


def two_loops(w):
    """The client sleeps while the server works, and the kernel notes when each event reached its reader's socket: so it does
    not take the second core away from the second loop."""
    words = ["--rate", "4", "--secs", str(w.secs + 1), "--rest", "140"]
    pairs = [(w.of_server("sse", *words, label="one loop"), w.of_server("sse", *words, cores="0,1", label="two loops"))
             for _ in range(w.runs)]
    w.ratio("p99 until it is in the reader's socket, two loops to one", pairs, p99, "ms", 0.75, "one loop")
    w.row("  the last reader, two loops to one", [b["lat_us"]["max"] / a["lat_us"]["max"] for a, b in pairs], "ratio")


def bursts(w, size):
    words = ["--window", "32", "--secs", str(w.secs)]
    pairs = [(w.of_floor(size, *words, options=["-c"]), w.of_server("sse", *words, "--publishers", "32", label="bursts"))
             for _ in range(w.runs)]
    w.ratio("CPU per delivery, 32 stories waiting, floor -c", pairs, cpu, "us", 1.5)


def slow_readers(w):
    """For one that stops there come 1.6 MB: were they kept for it, server or kernel would show them."""
    n, seconds = min(2000, w.n), 5 if w.rig.is_quick else 8
    words = ["--rate", "40", "--secs", str(seconds)]
    kinds = {"none": [], "stopped": ["--slow-pct", "10"], "slow": ["--slow-pct", "10", "--slow-read", "4096"]}
    rounds = [{k: w.of_server("sse", *words, *more, n=n, label=f"{k} slow") for k, more in kinds.items()} for _ in range(w.long_runs)]
    w.row(f"p99 of {n} at 40 stories/s, nobody slow", [p99(r["none"]) for r in rounds], "ms")
    for kind, what in (("stopped", "10 % stopped"), ("slow", "10 % at 40 kB/s")):
        w.row(f"  p99 of the others, {what}", [p99(r[kind]) for r in rounds], "ms")
        w.row(f"  {what}: p99 to that without", [p99(r[kind]) / p99(r["none"]) for r in rounds], "ratio", 1.2)
        w.row("  growth of the server beyond that without", [(grown(r[kind]) - grown(r["none"])) / 1024 for r in rounds], "MiB", 4)
        w.row("  kernel memory for each of them, both ends", [(in_kernel(r[kind]) - in_kernel(r["none"])) / (n / 10) for r in rounds],
              "KiB", 1024)


def grown(d):
    return d["server"]["pss_kb_after"] - d["server"]["pss_kb_idle"]


def in_kernel(d):
    return d["kernel_tcp_kb"]["after"] - d["kernel_tcp_kb"]["idle"]


def replay(w):
    """A thousand stories, then a thousand readers that ask for all of them."""
    joiners, stories = (200, 500) if w.rig.is_quick else (1000, 1000)
    past = ["--run", "7e11", "--count", str(stories)]
    join = [*past, "--external", "--replay", "--window", "1", "--inflight", str(joiners), "--drain", "5"]
    runs = {"tape": [], "store": [], "nchan": []}
    for _ in range(w.long_runs):
        for kind in ("tape", "store"):
            s = w.server()
            head = head_of(s, w.paper)
            w.fan(s, "sse", TEXT, *past, n=0, label="past")
            if kind == "store":  # a new process has an empty window
                data = s.data
                s.stop()
                s = w.server(data=data)
            try:
                runs[kind].append(w.fan(s, "sse", TEXT, *join, "--path", f"/v1/wire?after={head}", n=joiners, label=f"replay {kind}"))
            finally:
                s.stop()
        if nchan_module():
            with Nchan(w.rig) as nchan:
                w.fan(nchan, "sse", TEXT, *past, "--pub-path", "/publish", n=0, label="past of nchan")
                runs["nchan"].append(w.fan(nchan, "sse", TEXT, *join, "--path", "/past", n=joiners, label="nchan"))
    for kind in ("nchan", "tape", "store"):
        if not runs[kind]:
            print("  nchan is not installed (packages/bench.txt): replay is not compared")
            continue
        w.row(f"replay of {stories} stories to {joiners} late joiners, {kind}", [rate(d) for d in runs[kind]], "1000/s")
        w.row("  CPU per delivery", [cpu(d) for d in runs[kind]], "us")
        if kind != "nchan" and runs["nchan"]:
            w.row(f"  rate from the {kind}, nchan = 1", [rate(a) / rate(b) for a, b in zip(runs[kind], runs["nchan"])], "ratio",
                  {"tape": 1.5, "store": 0.75}[kind], "least")


def rate(d):
    return d["deliveries_per_s"] / 1000


class Nchan:
    def __init__(self, rig):
        self.rig = rig

    def __enter__(self):
        self.port = free_port()
        conf = self.rig.path("nchan.conf")
        with open(conf, "w") as f:
            f.write(NCHAN.format(module=nchan_module(), work=self.rig.work, port=self.port))
        self.process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", conf, "-p", self.rig.work], stderr=subprocess.DEVNULL)
        for _ in range(200):
            time.sleep(0.05)
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
                workers = f.read().split()
            if workers:
                self.pid = int(workers[0])
                return self
        raise RuntimeError(f"nginx did not start: see {self.rig.path('nchan.log')}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


# ---------------------------------------------------------------- our tools against other people's

def agreement(w, size):
    """The tools of ../shared/bench measure the same: their client on a floor that ours measures, their floor beside ours."""
    theirs = os.path.join(w.rig.shared, "bench")
    if not os.path.exists(os.path.join(theirs, "wirebench.c")):
        print(f"  no tools to compare ours with: {theirs} is not there (TELLAL_SHARED says where to look)")
        return
    built = {}
    for name in ("wirebench", "rawcast"):
        built[name] = w.rig.path(name)
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=gnu17", "-o", built[name], os.path.join(theirs, name + ".c")], check=True)
    words = ["--window", "1", "--secs", "2"]
    client, floor, late = [], [], []
    for i in range(w.runs):
        took = {}
        for kind in ("ours", "client", "floor")[:: 1 if i % 2 == 0 else -1]:
            took[kind] = compared(w, kind, built, size, words)
        client.append(cpu(took["ours"]) / cpu(took["client"]))
        late.append(p99(took["ours"]) / p99(took["client"]))
        floor.append(cpu(took["ours"]) / cpu(took["floor"]))
    for name, values in (("our client to wirebench, CPU on the same floor", client), ("our floor to rawcast, CPU, the same client", floor)):
        off = abs(statistics.median(values) - 1) * 100
        w.row(name, values, "ratio")
        w.row("  apart by", [off], "%", 3)
    w.row("our client to wirebench, p99 of the same floor", late, "ratio")


def compared(w, kind, built, size, words):
    if kind != "floor":
        with w.floor() as f:
            if kind == "ours":
                return w.fan(f, "raw", size - 1, *words, label="agreement")
            return w.run([built["wirebench"], "--proto", "raw", "--port", str(f.port), "--n", str(w.n), "--size", str(size - 1), "--pin", "1",
                          "--src-count", "4", "--pid", str(f.pid), "--label", "wirebench", "--count", "6000", "--settle", "0.5", *words])
    with Rawcast(built["rawcast"]) as f:
        return w.fan(f, "raw", size - 1, *words, label="rawcast")


class Rawcast(Floor):
    """Told its port instead of telling it."""

    def __init__(self, program):
        self.port = free_port()
        super().__init__(program, "-p", str(self.port))

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE)
        self.pid = self.process.pid
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise RuntimeError("rawcast did not start")


def run(rig):
    began = time.monotonic()
    if len(os.sched_getaffinity(0)) < 2:
        print("  the wire is measured with the server on one core and the client on another: there is only one here")
        return
    w = Wire(rig)
    print(f"  the wire: {w.runs} pairs, quartiles as spread, {w.n} streams ({w.many} at most)"
          + ("; quick: shows that it works, not how fast it is" if rig.is_quick else ""))
    protos = [p for p in ("sse", "ws") if w.speaks(p)]
    if "ws" not in protos:
        print("  WebSocket is not served by this binary: its rows are left out")
    sizes = {p: w.frame_bytes(p) for p in protos}
    cells = {
        "cpu": lambda: [one_contract(w, p, sizes[p]) for p in protos],
        "contracts": lambda: many_contracts(w, sizes["sse"]),
        "memory": lambda: memory(w, protos),
        "paced": lambda: paced(w, sizes["sse"]),
        "loops": lambda: two_loops(w),
        "bursts": lambda: bursts(w, sizes["sse"]),
        "slow": lambda: slow_readers(w),
        "replay": lambda: replay(w),
        "agreement": lambda: agreement(w, sizes["sse"]),
    }
    for name, cell in cells.items():
        if not rig.only or name in rig.only.split(","):
            cell()
    w.row("deliveries lost, repeated, swapped or not due, all runs", [w.slips], "", 0)
    print(f"  the wire took {time.monotonic() - began:.0f} s")
