"""The actor of plays in a browser: Chromium, driven by Playwright through bridge.js. docs/testing.md says how plays use it.

A page is Playwright's own, its members written the Python way: page.locator("#name").press_sequentially("Ada", delay=20).
"""
import fcntl
import json
import os
import re
import shutil
import subprocess

import actors
from actors import same, skip

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "../../build")
LOOK = open(os.path.join(HERE, "look.js"), encoding="utf-8").read()
LOOK = LOOK[LOOK.index("({"):].strip()
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
RIGHT_TO_LEFT = ("ar",)


def _camel(name):
    return re.sub(r"_([a-z])", lambda m: m.group(1).upper(), name)


class Thing:
    """Something that lives in the driver: a browser, a page, a locator, a keyboard. What is no method is called as one."""

    def __init__(self, bridge, number):
        self._bridge, self._number = bridge, number

    def __getattr__(self, name):
        def call(*words, **options):
            more = [{_camel(k): v for k, v in options.items()}] if options else []
            return self._bridge.ask(self._number, _camel(name), [*words, *more])
        return call

    # -- what every page must be

    def open(self, path, **options):
        return self.goto(self.base + path, **options)

    def look(self, what, *words):
        """One of look.js, or what it finds of the others."""
        given = ", ".join(json.dumps(w) for w in words)
        return self.evaluate(f"{LOOK}.{what}({given})")

    def axe(self, **options):
        return self._bridge.ask(0, "axe", [self, {"resultTypes": ["violations"], **options}])

    def complaints(self, but=()):
        """What the console and the network complained of since the last call; `but` names what is meant."""
        log = self._bridge.ask(0, "take_log", [self])
        return [l for l in log if not any(re.search(b, l) for b in but)]

    def another(self):
        """One more page of the same visitor."""
        return self._bridge.page(self._bridge.ask(0, "another", [self]), self.base)


class Bridge:
    def __init__(self):
        self.last = 0
        self.process = subprocess.Popen(["node", os.path.join(HERE, "bridge.js")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, on, do, words):
        self.last += 1
        pack = lambda v: {"$": v._number}  # noqa: E731
        request = {"id": self.last, "on": on, "do": do, "with": words}
        self.process.stdin.write(json.dumps(request, default=pack) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the driver of the browser has gone")
        reply = json.loads(line)
        if "fault" in reply:
            raise AssertionError(f"{do}: {reply['fault']}")
        return self._unpack(reply.get("is"))

    def _unpack(self, value):
        if isinstance(value, list):
            return [self._unpack(v) for v in value]
        return Thing(self, value["$"]) if isinstance(value, dict) and "$" in value else value

    def page(self, page, base):
        page.base = base
        return page

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


class Browser:
    def __init__(self):
        _prepare()
        self.bridge = Bridge()
        options = {"executablePath": shutil.which("chromium"), "args": FLAGS}
        self.chromium = self.bridge.ask(0, "launch", [options])

    def page(self, server, lang="en", width=1280, height=900, scheme="light", **more):
        """A page of a new visitor (cookies of their own) to this server."""
        options = {"locale": lang, "viewport": {"width": width, "height": height}, "colorScheme": scheme,
                   "reducedMotion": "reduce", **more}
        page = self.bridge.ask(0, "page", [self.chromium, {_camel(k): v for k, v in options.items()}])
        return self.bridge.page(page, f"http://127.0.0.1:{server.port}")

    def close(self):
        self.chromium.close()
        self.bridge.close()


def _prepare():
    """What npm has to give is fetched once; without it there is nothing to try."""
    for program in ("node", "npm", "chromium"):
        if not shutil.which(program):
            skip(f"no {program}: pages are not tried in a browser")
    with open(os.path.join(HERE, "package-lock.json")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = lock.read()
        mark = os.path.join(HERE, "node_modules/.tellal-lock")
        if os.path.exists(mark) and open(mark).read() == wanted:
            return
        try:
            r = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True,
                               text=True, timeout=120)
        except subprocess.TimeoutExpired:
            skip("npm did not come to an end: pages are not tried in a browser")
        if r.returncode:
            why = [l for l in r.stderr.splitlines() if "ERR!" in l or "error" in l]
            skip(f"npm could not fetch the driver ({why[0] if why else r.returncode}): pages are not tried in a browser")
        open(mark, "w").write(wanted)


def browser():
    return Browser()


def demo():
    """A server on a filled demo whose world stands still: without --demo no story trickles in."""
    web = os.environ.get("TELLAL_WEB")  # templates and styles that are not built into the binary yet
    s = actors.server(args=["--demo"], conf={"web_dir": os.path.abspath(web)} if web else {})
    s.stop()
    s.args = []
    return s.start()


def sound(page, lang, what, but=(), axe=True, **options):
    """One claim: nothing is wrong with the page that is open."""
    found = page.complaints(but) + page.look("all", lang) + (page.axe(**options) if axe else [])
    return same(found, [], what)
