#!/usr/bin/env python3
"""Reference client of the tellal wire: keeps a folder equal to what the wire says. Python 3.8+, standard library only.

    tellal.py --url https://wire.example --token-file token --into news

What stands in the folder, and what the exit codes mean, is told in clients/README.md; the wire in docs/protocol/wire.md.
tellal.mjs and tellal.php do the same, function for function. What to copy from here:

- One event, one commit: first the story (temporary name, fsync, rename), then the log, then the cursor. Killed in between,
  the event comes again and is applied again, to the same end. Only whole events are applied.
- `prev` of each event must not be greater than the last number held: else something is missing, and it is asked for again.
- A kill removes the text before anything else is done, and is acknowledged until the server has taken the acknowledgement.
- A correction may come as a notice without text, when the contract no longer gives the right to it. The text held is then
  known to be wrong and the right one is not to be had: the text goes to held/, where nobody prints it unseen, and the
  notice to notices/. Leaving it in stories/ would print an error; deleting it would hide from the desk what it has printed.
- After a reset the wire is read again from the oldest into .again/, while the folder keeps what it has (but kills act at
  once). When that has caught up, what the new timeline did not bring again goes to lost/, and .again/ takes its place.
"""
import argparse
import base64
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import ssl
import sys
import time
import urllib.parse

SILENCE = 45  # seconds without a byte until the line counts as dead: three heartbeats
FOLDERS = ("stories", "held", "killed", "notices")


class Cut(Exception):
    """The line is gone or not to be had now: come back, after `wait` seconds when the server said so."""

    def __init__(self, why, wait=None):
        super().__init__(why)
        self.wait = wait


class Stop(Exception):
    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


def say(text):
    print("tellal: " + text, file=sys.stderr, flush=True)


def to_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# ---------------------------------------------------------------- the folder

class Folder:
    """Stories, log and cursor. Whatever moment the machine stops at, the next start goes on from a true state."""

    def __init__(self, top, start):
        self.top = top
        self.state = {"seq": start, "prev": None, "epoch": None, "log": 0, "acks": [], "reset": None}
        for name in FOLDERS + ("lost",):
            os.makedirs(os.path.join(top, name), exist_ok=True)
        if os.path.exists(self.path(".cursor")):
            with open(self.path(".cursor"), encoding="utf-8") as f:
                self.state = json.load(f)
        self.log = open(self.path("log.jsonl"), "ab")
        if self.log.tell() < self.state["log"]:
            raise Stop(1, "log.jsonl is shorter than .cursor says: the folder was changed by somebody else")
        self.log.truncate(self.state["log"])  # lines whose cursor was not written: their events come again
        if self.state["reset"] and self.state["reset"]["step"] != "read":
            self.merge()

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def settle(self, path):
        """Makes a rename or removal in the folder of `path` last."""
        fd = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)

    def put(self, path, text):
        with open(self.path(".tmp"), "w", encoding="utf-8", newline="") as f:
            f.write(text + "\n")
            f.flush()
            os.fsync(f.fileno())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.rename(self.path(".tmp"), path)
        self.settle(path)

    def move(self, path, to):
        if os.path.exists(path):
            os.makedirs(os.path.dirname(to), exist_ok=True)
            os.rename(path, to)
            self.settle(to)
            self.settle(path)

    def remove(self, path):
        if os.path.exists(path):
            os.remove(path)
            self.settle(path)

    def save(self, **changes):
        self.state.update(changes)
        self.put(self.path(".cursor"), to_json(self.state))

    def commit(self, event, **changes):
        """Its line in the log, then the cursor: after this the event is taken."""
        line = to_json({k: event.get(k) for k in ("seq", "prev", "event", "id", "version")}) + "\n"
        self.log.write(line.encode())
        self.log.flush()
        os.fsync(self.log.fileno())
        self.save(log=self.state["log"] + len(line.encode()), **changes)

    def apply(self, event, text, root):
        """What an event does to the stories under `root`. Twice does the same as once."""
        name = re.sub(r"[^A-Za-z0-9.-]", "_", event["id"]) + ".json"
        stories, held, killed, notices = (os.path.join(root, folder, name) for folder in FOLDERS)
        kind, story = event["event"], event.get("story")
        story = story if isinstance(story, dict) else {}  # other formats and format=head: known by the event alone
        status, is_notice = story.get("pubStatus"), story.get("representationType") == "partial"
        if kind == "kill" or status == "canceled":
            for path in (stories, held, notices):
                self.remove(path)
            self.put(killed, text)
        elif kind == "hold" or status == "withheld" or kind == "correction" and is_notice:
            self.move(stories, held)
            self.put(notices, text)
        elif kind == "release" and is_notice:
            self.move(held, stories)
            self.remove(notices)
        elif kind in ("story", "update", "correction", "release", "advisory"):
            self.put(stories, text)
            for path in (held, notices, killed):
                self.remove(path)

    def take(self, event, text):
        reset = self.state["reset"]
        is_kill = event["event"] == "kill"
        if event.get("id"):
            if is_kill or not reset:
                self.apply(event, text, self.top)
            if reset:
                self.apply(event, text, self.path(".again"))
        acks = self.state["acks"]
        if is_kill and [event["id"], event["version"]] not in acks:
            acks = acks + [[event["id"], event["version"]]]
        self.commit(event, seq=event["seq"], prev=event.get("prev"), acks=acks)

    # -- a reset

    def begin_again(self, reset):
        for folder in FOLDERS:
            if os.path.isdir(self.path(".again", folder)):
                for name in os.listdir(self.path(".again", folder)):
                    os.remove(self.path(".again", folder, name))
        self.commit({"event": "reset"}, seq=0, prev=None, epoch=reset.get("epoch"),
                    reset={"why": reset.get("why"), "oldest": reset.get("oldest", 0), "head": None, "step": "read"})

    def brought(self):
        """The events taken since the reset."""
        events = set()
        with open(self.path("log.jsonl"), encoding="utf-8") as f:
            for row in map(json.loads, f):
                if row["event"] == "reset":
                    events.clear()
                events.add((row["seq"], row["id"]))
        return events

    def merge(self):
        """Two steps, each of which can be done again from its beginning."""
        reset, lost = self.state["reset"], 0
        if reset["step"] != "move":
            self.save(reset=dict(reset, step="sort"))
            brought = self.brought()
            for folder in FOLDERS:
                for name in os.listdir(self.path(folder)):
                    path = self.path(folder, name)
                    with open(path, encoding="utf-8") as f:
                        event = json.load(f)
                    seq = event["seq"]
                    if reset["why"] == "too-old" and seq < reset["oldest"]:
                        continue  # of this timeline, only no longer to be had
                    if (seq, event["id"]) not in brought:
                        lost += 1
                        self.move(path, self.path("lost", "%s.%d.json" % (name[:-5], seq)))
                    elif not os.path.exists(self.path(".again", folder, name)):
                        self.remove(path)
            self.save(reset=dict(reset, step="move"))
        for folder in FOLDERS:
            if os.path.isdir(self.path(".again", folder)):
                for name in os.listdir(self.path(".again", folder)):
                    self.move(self.path(".again", folder, name), self.path(folder, name))
        self.save(seq=max(self.state["seq"], reset["head"]), reset=None)
        say("read again to %d after the reset; set aside in lost/: %d" % (reset["head"], lost))


# ---------------------------------------------------------------- the wire

class Events:
    """A parser of event streams (WHATWG HTML 9.2.6): feed() bytes, get (name, id, data) and comments as (None, None, text)."""

    def __init__(self):
        self.rest, self.is_first, self.after_cr = b"", True, False
        self.name, self.id, self.data, self.retry = "", None, [], None

    def feed(self, piece):
        if self.after_cr and piece[:1] == b"\n":
            piece = piece[1:]
        at = len(self.rest)
        self.rest += piece
        if self.is_first:
            if len(self.rest) < 3 and b"\xef\xbb\xbf".startswith(self.rest):
                return
            self.is_first, at = False, 0
            if self.rest.startswith(b"\xef\xbb\xbf"):
                self.rest = self.rest[3:]
        begin = 0
        for end in re.compile(rb"\r\n|\r|\n").finditer(self.rest, at):
            line = self.rest[begin:end.start()].decode("utf-8", "replace")
            begin = end.end()
            yield from self.line(line)
        self.after_cr = begin > 0 and begin == len(self.rest) and self.rest.endswith(b"\r")
        self.rest = self.rest[begin:]

    def line(self, line):
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if not line:
            if self.data:
                yield self.name or "message", self.id, "\n".join(self.data)
            self.name, self.data = "", []
        elif not field:
            yield None, None, value
        elif field == "event":
            self.name = value
        elif field == "data":
            self.data.append(value)
        elif field == "id" and "\0" not in value:
            self.id = value
        elif field == "retry" and re.match(r"[0-9]+\Z", value):
            self.retry = int(value) / 1000


class Wire:
    """The server. stream() and poll() give the same: ("hello", {...}), ("event", event, text), ("beat", seq): all that is due
    up to seq has come, ("reset", {...})."""

    def __init__(self, options):
        self.url = urllib.parse.urlsplit(options.url)
        self.options = options
        self.retry = 3.0  # seconds, until the server gives its own
        self.given = 0
        if options.token_file:
            self.credential = "Bearer " + read_secret(options.token_file)
        else:
            pair = options.user + ":" + read_secret(options.password_file)
            self.credential = "Basic " + base64.b64encode(pair.encode()).decode()

    def call(self, method, path, body=None, accept="application/json", patience=SILENCE):
        """(answer, socket), the answer's body unread. Cut when the line is bad."""
        if self.url.scheme == "https":
            link = http.client.HTTPSConnection(self.url.netloc, timeout=10, context=ssl.create_default_context())
        else:
            link = http.client.HTTPConnection(self.url.netloc, timeout=10)
        head = {"Authorization": self.credential, "Accept": accept}
        if body is not None:
            head["Content-Type"] = "application/json"
        link.connect()
        sock = link.sock
        sock.settimeout(patience)
        link.request(method, self.url.path.rstrip("/") + path, body, head)
        return link.getresponse(), sock

    def ask(self, after, accept, patience, **more):
        """The wire from `after` on: (answer, socket) when that is 200 or 410."""
        self.given = after or 0  # a poll's cursor runs ahead of what was due: the next `prev` may name it
        query = urllib.parse.parse_qsl(self.options.filter, keep_blank_values=True) + [("format", self.options.format)]
        query += ([] if after is None else [("after", after)]) + list(more.items())
        answer, sock = self.call("GET", "/v1/wire?" + urllib.parse.urlencode(query), None, accept, patience)
        if answer.status in (200, 410):
            return answer, sock
        why = "%d %s" % (answer.status, problem(answer))
        wait = answer.getheader("Retry-After", "")
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise Cut(why, float(wait) if wait.isdigit() else None)
        raise Stop(2, "the server refuses: " + why)

    def stream(self, after, patience):
        sock = None
        try:
            answer, sock = self.ask(after, "text/event-stream", SILENCE)
            if answer.status == 410:
                yield "reset", json.loads(answer.read())
                return
            events = Events()
            while True:
                sock.settimeout(patience())
                piece = answer.read1(65536)
                if not piece:
                    raise Cut("the line has ended")
                for name, id, data in events.feed(piece):
                    if name is None:
                        beat = re.match(r"head=([0-9]+) ", data)
                        if beat:
                            yield "beat", int(beat.group(1))
                        continue
                    value = json.loads(data)
                    if name == "reset":
                        yield "reset", value  # its retry is for clients that would come with the same cursor
                        return
                    self.retry = events.retry or self.retry
                    if name == "line":
                        yield value["line"], value
                    elif "seq" in value or (id or "").isdigit():
                        yield "event", dict({"seq": int(id or 0), "event": name}, **value), data
        except socket.timeout:
            raise Cut("nothing came for too long")
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as e:
            raise Cut("%s: %s" % (type(e).__name__, e))
        finally:
            if sock:
                answer.close()
                sock.close()

    def poll(self, after, patience):
        try:
            is_first = True
            while True:
                began, wait = time.monotonic(), 0 if is_first else max(1, min(30, int(patience())))
                answer, _ = self.ask(after, "application/json", wait + 15, wait=wait)
                page = json.loads(answer.read())
                if answer.status == 410:
                    yield "reset", page
                    return
                events = page["events"]
                if is_first and after is None:  # from now on: what came with the first answer is new as well
                    page["head"] = events[0]["seq"] - 1 if events else page["next"]
                if is_first:
                    yield "hello", page
                for event in events:
                    yield "event", event, to_json(event)
                if not (is_first or events) and after == page["next"] and time.monotonic() - began < 0.5:
                    raise Cut("the server hangs up")  # it may be stopping: no reason to ask without pause
                after, is_first = page["next"], False
                yield "beat", after
        except socket.timeout:
            raise Cut("nothing came for too long")
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as e:
            raise Cut("%s: %s" % (type(e).__name__, e))

    def acknowledge(self, id, version):
        """True when there is nothing more to do about it."""
        try:
            path = "/v1/stories/" + urllib.parse.quote(id) + "/ack"
            answer, _ = self.call("POST", path, to_json({"version": version}), patience=10)
            if answer.status == 204:
                return True
            say("ack of %s version %d: %d %s" % (id, version, answer.status, problem(answer)))
            return 400 <= answer.status < 500 and answer.status not in (401, 408, 429)
        except (OSError, http.client.HTTPException) as e:
            say("ack of %s version %d: %s, later again" % (id, version, e))
            return False


def problem(answer):
    """The sentence of an error answer (RFC 9457)."""
    text = answer.read(65536).decode("utf-8", "replace")
    try:
        value = json.loads(text)
        faults = ["%s: %s" % (e.get("pointer"), e.get("message")) for e in value.get("errors", [])
                  if e.get("message") != value.get("detail")]
        return " ".join([value.get("detail") or value.get("title") or ""] + faults)
    except (ValueError, AttributeError):
        return text[:200]


def read_secret(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read().strip()
    except OSError as e:
        raise Stop(2, "%s: %s" % (path, e.strerror))


# ---------------------------------------------------------------- the client

class Client:
    def __init__(self, options):
        self.options = options
        self.wire = Wire(options)
        self.folder = Folder(options.into, 0 if options.start == "start" else None)
        self.idle_since = None  # while connected: when the last event came
        self.head = None  # of hello: what was there when we came
        self.holes = 0

    def idle_left(self):
        if self.options.until_idle is None or self.idle_since is None:
            return float("inf")
        return self.idle_since + self.options.until_idle - time.monotonic()

    def patience(self):
        return max(0.01, min(SILENCE, self.idle_left()))

    def acknowledge(self):
        for ack in list(self.folder.state["acks"]):
            if not self.wire.acknowledge(*ack):
                return
            self.folder.save(acks=[a for a in self.folder.state["acks"] if a != ack])

    def on_hello(self, hello):
        state = self.folder.state
        say("connected: head=%d held=%s" % (hello["head"], "nothing" if state["seq"] is None else state["seq"]))
        self.head, self.idle_since = hello["head"], time.monotonic()
        if state["seq"] is None:
            self.folder.save(seq=hello["head"])
        if state["epoch"] != hello["epoch"]:
            self.folder.save(epoch=hello["epoch"])
        if state["reset"] and state["reset"]["head"] is None:
            self.folder.save(reset=dict(state["reset"], head=hello["head"]))
        self.acknowledge()
        self.reached(state["seq"])

    def on_event(self, event, text):
        if event["seq"] <= self.folder.state["seq"]:
            return  # at least once: this is the second time
        self.must_hold(event.get("prev"))
        self.folder.take(event, text)
        self.holes, self.idle_since = 0, time.monotonic()
        if event["event"] == "kill":
            self.acknowledge()
        self.reached(event["seq"])

    def must_hold(self, prev):
        held = self.folder.state["seq"]
        if (prev or 0) > max(held, self.wire.given):
            self.holes += 1
            why = "something is missing: %d was sent, %d is held" % (prev, held)
            if self.holes == 3:
                raise Stop(3, why + "; three times the same. Keep this folder and ask the agency")
            raise Cut(why)

    def reached(self, seq):
        """All that is due up to `seq` is in the folder."""
        reset = self.folder.state["reset"]
        if reset and reset["head"] is not None and seq >= reset["head"]:
            self.folder.merge()
        if self.options.once and seq >= self.head:
            raise Stop(0, "all up to %d is here" % self.head)

    def session(self):
        read = self.wire.poll if self.options.transport == "poll" else self.wire.stream
        with contextlib.closing(read(self.folder.state["seq"], self.patience)) as items:
            self.serve(items)

    def serve(self, items):
        for kind, *rest in items:
            if kind == "event":
                self.on_event(*rest)
            elif kind == "hello":
                self.on_hello(*rest)
            elif kind == "beat":
                self.acknowledge()
                self.reached(*rest)
            elif kind == "reset":
                say("reset: " + to_json(rest[0]))
                self.folder.begin_again(rest[0])
            else:
                say(kind + ": " + to_json(rest[0]))
                self.must_hold(rest[0].get("prev"))  # of the daily line check
            if self.idle_left() <= 0:
                raise Stop(0, "nothing new")

    def run(self):
        fails = 0
        while True:
            wait = None
            try:
                self.session()
            except Cut as cut:
                if self.idle_left() <= 0:
                    raise Stop(0, "nothing new")
                say(str(cut))
                wait = cut.wait
            fails = 0 if self.idle_since else min(fails + 1, 5)  # nobody there: wait longer each time
            self.idle_since = None
            if wait is None:
                wait = self.wire.retry * 2 ** max(0, fails - 1)
            time.sleep(wait * random.uniform(1, 1.25))


def main():
    p = argparse.ArgumentParser(description="Keeps a folder equal to what the tellal wire says (clients/README.md).")
    p.add_argument("--url", required=True, help="http://host:port or https://host")
    p.add_argument("--token-file", help="file that holds the token")
    p.add_argument("--user", help="with --password-file, instead of a token")
    p.add_argument("--password-file", help="file that holds the password of --user")
    p.add_argument("--into", required=True, metavar="DIR", help="the folder; one client each")
    p.add_argument("--filter", default="", help="category=1,3&language=tr …")
    p.add_argument("--format", default="ninjs", help="ninjs (default), newsml29, text or head")
    p.add_argument("--from", dest="start", choices=("start", "now"), default="start", help="where a new folder begins")
    p.add_argument("--until-idle", type=float, metavar="SECONDS", help="stop when nothing new came for so long")
    p.add_argument("--once", action="store_true", help="stop when all is here that was there on connecting")
    p.add_argument("--transport", choices=("sse", "poll"), default="sse", help="a stream (default), or long polls")
    options = p.parse_args()
    if not options.token_file and not (options.user and options.password_file):
        p.error("--token-file, or --user and --password-file")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # at any moment: see Folder
    try:
        Client(options).run()
    except Stop as stop:
        say(str(stop))
        return stop.code
    except (OSError, ValueError) as e:  # of the line they are Cuts
        say("the folder cannot be kept: %s" % e)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
