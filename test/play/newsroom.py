"""A reference client (clients/) in a process and a folder of its own, for plays: `from newsroom import Newsroom`.

    n = Newsroom(port, "tellal.py", token, ["--transport", "poll"])   # starts it
    n.stories() n.held() n.killed() n.notices() n.lost()              # {id: event} of what stands in the folder
    n.log()                                                           # the rows of log.jsonl
    n.wait_seq(1042)                                                  # until its cursor is there
    n.kill() n.start() n.stop() n.ends()                              # SIGKILL; again; SIGTERM and exit code; exit code
"""
import json
import os
import re
import signal
import subprocess
import tempfile
import time

import actors

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients")
RUNNERS = {"py": ["python3"], "mjs": ["node"], "php": ["php", "-n"]}  # -n: no extension beyond those built in


def soon(block):
    """For Relay.edit: streams say to come back at once, so that plays need not wait for seconds."""
    return re.sub(rb"retry: \d+", b"retry: 40", block)


class Newsroom:
    all = []

    def __init__(self, port, client, token, options=(), start=True):
        """`token`: of a Bearer; or (name, password)."""
        self.dir = tempfile.mkdtemp(prefix="newsroom-", dir=actors._servers[0].dir)
        self.into = os.path.join(self.dir, "news")
        self.secret = os.path.join(self.dir, "token")
        who = ["--token-file", self.secret] if isinstance(token, str) else ["--user", token[0], "--password-file", self.secret]
        with open(self.secret, "w") as f:
            f.write((token.replace("Bearer ", "") if isinstance(token, str) else token[1]) + "\n")
        self.line = RUNNERS[client.rpartition(".")[2]] + [os.path.join(CLIENTS, client), "--url", f"http://127.0.0.1:{port}",
                                                         *who, "--into", self.into, *options]
        self.process = None
        Newsroom.all.append(self)
        if start:
            self.start()

    def start(self, *more):
        with open(os.path.join(self.dir, "said"), "ab") as said:
            self.process = subprocess.Popen(self.line + list(more), stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        return self

    def said(self):
        with open(os.path.join(self.dir, "said"), encoding="utf-8") as f:
            return f.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ends()

    def ends(self, seconds=20):
        """The exit code; None when it goes on."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    # -- the folder

    def cursor(self):
        try:
            with open(os.path.join(self.into, ".cursor"), encoding="utf-8") as f:
                return json.load(f)
        except FileNotFoundError:
            return {"seq": None, "acks": [], "reset": None}

    def events(self, folder):
        found = {}
        top = os.path.join(self.into, folder)
        for name in sorted(os.listdir(top) if os.path.isdir(top) else []):
            try:
                with open(os.path.join(top, name), encoding="utf-8") as f:
                    event = json.load(f)
            except FileNotFoundError:
                continue  # moved meanwhile
            assert name.startswith(event["id"].replace(":", "_")), name
            found[event["id"]] = event
        return found

    def stories(self):
        return self.events("stories")

    def held(self):
        return self.events("held")

    def killed(self):
        return self.events("killed")

    def notices(self):
        return self.events("notices")

    def lost(self):
        return self.events("lost")

    def log(self):
        try:
            with open(os.path.join(self.into, "log.jsonl"), encoding="utf-8") as f:
                return [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def wait_seq(self, seq, seconds=None):
        return actors.wait_until(lambda: not self.cursor()["reset"] and (self.cursor()["seq"] or 0) >= seq, seconds)

    def files_with(self, text):
        found = []
        for top, _, names in os.walk(self.into):
            for name in names:
                with open(os.path.join(top, name), "rb") as f:
                    if text.encode() in f.read():
                        found.append(os.path.relpath(os.path.join(top, name), self.into))
        return sorted(found)


def close_all():
    """For the end of a play, also one that breaks off: no client outlives it."""
    for n in Newsroom.all:
        if n.process and n.process.poll() is None:
            n.kill()
