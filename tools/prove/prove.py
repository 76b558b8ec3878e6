#!/usr/bin/env python3
"""Shows that the wire holds what it promises: subscribers, a desk, and everything that can go wrong between them; then
verify.py recomputes from the record what each had to get. `./dev prove` builds the server and runs this (three minutes).

    prove.py BINARY [--work DIR] [--orgs 60] [--seconds 100] [--seed N]
"""
import argparse
import glob
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

from cutter import Cutter
from desk import Desk
from poller import Poller

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = os.path.join(HERE, "..", "..", "clients")
PASSWORD = "a passphrase for this demonstration alone"
CATEGORIES, LANGUAGES, PRIORITIES = range(1, 8), ("tr", "en", "ar"), range(1, 6)
BEGAN = time.monotonic()


def say(text):
    print("%5.0f s  %s" % (time.monotonic() - BEGAN, text), flush=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_for(what, is_so, seconds):
    """The thing itself is asked again and again; a demonstration that waits for ever shows nothing."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("waited %d s in vain for %s" % (seconds, what))
        time.sleep(0.05)


class Server:
    """The product as an operator runs it, with its data folder; killed and started again at will."""

    def __init__(self, binary, work):
        self.binary, self.work, self.port, self.kills = binary, work, free_port(), 0
        self.data = os.path.join(work, "data")
        self.log = open(os.path.join(work, "server.log"), "ab")

    def is_up(self):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/readyz" % self.port, timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:%d" % self.port,
             "--set", "connections_per_address=0", "--set", "has_interval_ms=0"], stdout=self.log, stderr=self.log)
        wait_for("the server", self.is_up, 20)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def run(self, *words, given=None, data=None):
        done = subprocess.run([self.binary, *words, "--data", data or self.data], input=given, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit("tellal %s: %s" % (" ".join(words), done.stderr.strip()))
        return done.stdout.strip()


# ---------------------------------------------------------------- who subscribes

def contract(i, rng):
    """Different for each; all of them take category 1 in Turkish of package 1, so that one kill concerns everybody."""
    some = lambda of, keep: ",".join(str(x) for x in of if x == keep or rng.random() < 0.45)
    terms = {"--category": some(CATEGORIES, 1), "--language": some(LANGUAGES, "tr"), "--package": rng.choice(["1", "1,2", "1,3", "*"])}
    if i % 3 == 0:
        terms["--priority"] = some(PRIORITIES, 4)
    if i % 10 == 0:
        terms = {"--category": "*"}
    return [word for pair in terms.items() for word in pair]


def client_words(i):
    """Which of our clients the i-th subscriber runs."""
    node, php = shutil.which("node"), shutil.which("php")
    if i % 6 == 4 and node:
        return [node, os.path.join(CLIENTS, "tellal.mjs")]
    if i % 6 == 5 and php:
        return [php, os.path.join(CLIENTS, "tellal.php")]
    words = [sys.executable, os.path.join(CLIENTS, "tellal.py")]
    return words + (["--transport", "poll"] if i % 6 == 3 else [])


class Subscriber:
    def __init__(self, i, server, rng):
        self.name = "paper%02d" % i
        self.org = server.run("org", "add", "Paper %02d" % i, *contract(i, rng), "--lines", "2", "--contact", "Night desk %02d" % i,
                              "--phone", "+90 000 000 00 %02d" % i, "--mail", "desk%02d@example.org" % i)
        server.run("user", "add", self.name, "--role", "api", "--org", self.org, "--password-stdin", given=PASSWORD)
        self.folder = os.path.join(server.work, self.name)
        self.token = os.path.join(server.work, self.name + ".token")
        with open(self.token, "w") as f:
            f.write(server.run("token", "add", "--user", self.name))
        os.chmod(self.token, 0o600)
        self.filter = {"category": [1, 2]} if i % 7 == 6 else None
        self.words = client_words(i)

    def start(self, port):
        log = open(os.path.join(self.folder + ".log"), "ab")
        words = ["--filter", "category=1,2"] if self.filter else []
        self.process = subprocess.Popen([*self.words, "--url", "http://127.0.0.1:%d" % port, "--token-file", self.token,
                                         "--into", self.folder, *words], stdout=log, stderr=log)

    def cursor(self):
        try:
            with open(os.path.join(self.folder, ".cursor")) as f:
                return json.load(f)
        except (OSError, ValueError):
            return {"seq": 0, "acks": [], "reset": None}


# ---------------------------------------------------------------- the story of three minutes

def narrow(server, subscribers, rng):
    """Contracts change while the wire runs: from that record on, less is due."""
    for s in rng.sample(subscribers, max(1, len(subscribers) // 6)):
        server.run("org", "set", s.org, "--category", "1,%d" % rng.choice(CATEGORIES))


def restart(server, desk, cutter, share):
    server.kill()
    cutter.cut(share)
    server.start()
    say("server killed (SIGKILL) and back; %d stories out, lines cut so far %d" % (desk.published, cutter.cuts))


def lose_the_machine(server, desk, archive):
    """The machine is lost with all that came after the backup."""
    desk.pause()
    server.kill()
    shutil.rmtree(server.data)
    server.run("restore", archive)
    server.start()
    desk.forget_what_is_gone()
    desk.go_on()
    say("machine lost with what came after the backup, restored, new timeline; %d stories out so far" % desk.published)


def drama(server, subscribers, desk, cutter, seconds, rng):
    """Everything at once, while the desk works."""
    archive = os.path.join(server.work, "backup.tar")
    acts = [lambda: cutter.cut(0.3), lambda: restart(server, desk, cutter, 0.5), lambda: narrow(server, subscribers, rng),
            lambda: restart(server, desk, cutter, 0), lambda: (server.run("backup", archive), say("backup taken while stories flow")),
            lambda: cutter.cut(0.5), lambda: lose_the_machine(server, desk, archive), lambda: narrow(server, subscribers, rng),
            lambda: restart(server, desk, cutter, 0.3)]
    for act in acts:
        end = time.monotonic() + seconds / len(acts)
        while time.monotonic() < end:
            time.sleep(min(1.0, seconds / 40))
            cutter.cut(0.03)
        act()


def settle(server, subscribers, desk, poller):
    """The desk goes home; everybody gets what is left. Returns the plan for the verifier."""
    killed, last = desk.end()
    names = (("update", "updates"), ("correct", "corrections"), ("hold", "holds"), ("release", "releases"), ("kill", "kills"))
    say("desk closed: %d stories, %s" % (desk.published, ", ".join("%d %s" % (desk.acts.get(a, 0), name) for a, name in names)))
    def has_all(s):
        c = s.cursor()
        return (c["seq"] or 0) >= last and not c["acks"] and not c["reset"]
    wait_for("every subscriber to have story %d and its acknowledgements taken" % last, lambda: all(map(has_all, subscribers)), 90)
    poller.finish()
    for s in subscribers:
        s.process.terminate()
        s.process.wait()
    export = os.path.join(server.work, "export.jsonl")
    server.run("export", "-o", export)
    with open(export, encoding="utf-8") as f:
        kills = {json.loads(line)["record"]["id"] for line in f if '"event":"kill"' in line}
    receipts = {id: json.loads(server.run("receipts", id, "--json"))["rows"] for id in sorted(kills | {killed})}
    return export, {"clients": [{"org": "org:" + s.org, "folder": s.folder, "filter": s.filter} for s in subscribers],
                    "has": [{"org": poller.org, "folder": poller.folder}], "receipts": receipts}


def verify(export, plan, work):
    path = os.path.join(work, "plan.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(plan, f)
    done = subprocess.run([sys.executable, os.path.join(HERE, "verify.py"), export, path], capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).splitlines()


# ---------------------------------------------------------------- does the verifier see? faults, planted one by one

def copy_of(plan, work, name):
    """The plan with one subscriber alone, whose folder is a copy."""
    client = dict(plan["clients"][1], folder=os.path.join(work, "planted-" + name))
    shutil.copytree(plan["clients"][1]["folder"], client["folder"])
    return {"clients": [client], "has": [], "receipts": plan["receipts"]}, client["folder"]


def rewrite_log(folder, change):
    path = os.path.join(folder, "log.jsonl")
    with open(path, encoding="utf-8") as f:
        rows = f.readlines()
    change(rows)
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(rows)


def plant_dropped(server, export, plan, work, subscriber):
    planted, folder = copy_of(plan, work, "dropped")
    rewrite_log(folder, lambda rows: rows.pop(-3))
    return export, planted


def plant_swapped(server, export, plan, work, subscriber):
    planted, folder = copy_of(plan, work, "swapped")
    def swap(rows):
        rows[-3], rows[-4] = rows[-4], rows[-3]
    rewrite_log(folder, swap)
    return export, planted


def plant_flipped(server, export, plan, work, subscriber):
    """One letter of a story that is live, in the database file itself."""
    data, out = os.path.join(work, "planted-flipped"), os.path.join(work, "planted-flipped.jsonl")
    shutil.copytree(server.data, data)
    with open(export, encoding="utf-8") as f:
        headline = [o["text"]["headline"] for o in map(json.loads, f) if "record" in o and "headline" in o.get("text", ())][-2]
    path = glob.glob(os.path.join(data, "*.db"))[0]
    with open(path, "rb") as f:
        pages = f.read()
    word = b'"headline":' + json.dumps(headline).encode()
    if word not in pages:
        raise SystemExit("the headline to be changed is not in " + path)
    with open(path, "wb") as f:
        f.write(pages.replace(word, word[:-2] + bytes([word[-2] ^ 1]) + b'"'))
    server.run("export", "-o", out, data=data)
    return out, {"clients": [], "has": [], "receipts": {}}


def plant_wrong_right(server, export, plan, work, subscriber):
    """A server that believes in another contract than the record says: all categories for one that bought some."""
    wrong = Server(server.binary, work)
    wrong.data = os.path.join(work, "planted-right")
    shutil.copytree(server.data, wrong.data)
    with sqlite3.connect(glob.glob(os.path.join(wrong.data, "*.db"))[0]) as db:
        for seq, terms in db.execute("SELECT seq, terms FROM org_terms WHERE org = ?", (subscriber.org,)).fetchall():
            wider = json.dumps(dict(json.loads(terms), category="*"), separators=(",", ":"))
            db.execute("UPDATE org_terms SET terms = ? WHERE org = ? AND seq = ?", (wider, subscriber.org, seq))
    db.close()
    wrong.start()
    folder = os.path.join(work, "planted-right-folder")
    subprocess.run([sys.executable, os.path.join(CLIENTS, "tellal.py"), "--url", "http://127.0.0.1:%d" % wrong.port, "--token-file",
                    subscriber.token, "--into", folder, "--once"], stdout=server.log, stderr=server.log, check=True)
    wrong.stop()
    return export, {"clients": [{"org": "org:" + subscriber.org, "folder": folder}], "has": [], "receipts": plan["receipts"]}


def plant_all(server, export, plan, work, subscriber):
    missed = 0
    for what, kind, plant in (("one event dropped", "missing", plant_dropped), ("one pair swapped", "order", plant_swapped),
                              ("one byte of the store flipped", "chain", plant_flipped), ("one wrong right", "extra", plant_wrong_right)):
        code, lines = verify(*plant(server, export, plan, work, subscriber), work)
        named = [line for line in lines if line.startswith(kind)]
        missed += not (code and named)
        print("  planted: %-30s %s" % (what, named[0].replace(work + os.sep, "") if named else "NOT FOUND"))
    return missed


# ---------------------------------------------------------------- the whole

def demonstrate(o, work):
    rng = random.Random(o.seed)
    server = Server(o.binary, work)
    server.start()
    say("server up; %d organisations, each with a contract of its own, are signed up" % o.orgs)
    server.run("user", "add", "editor", "--role", "editor", "--password-stdin", given=PASSWORD)
    subscribers = [Subscriber(i, server, rng) for i in range(o.orgs)]
    has_org = server.run("org", "add", "Evening Post", "--category", "1,2,3")
    server.run("user", "add", "evening", "--role", "api", "--org", has_org, "--password-stdin", given=PASSWORD)
    cutter = Cutter(server.port)
    for s in subscribers:
        s.start(cutter.port)
    poller = Poller(server.port, "evening", PASSWORD, has_org, os.path.join(work, "evening"))
    desk = Desk(server.port, server.run("token", "add", "--user", "editor"), o.seed, o.pace)
    desk.start()
    say("%d clients on the wire (Python, Node, PHP; streams and polls), one HAS client; the desk begins" % o.orgs)
    try:
        drama(server, subscribers, desk, cutter, o.seconds, rng)
        export, plan = settle(server, subscribers, desk, poller)
    finally:
        for s in subscribers:
            s.process.kill()
        server.stop()
    say("server killed %d times, lines cut %d times, restored once: what came between backup and loss is in no record any more,"
        "\n         and set aside in lost/. What had to come, and what came:" % (server.kills, cutter.cuts))
    code, lines = verify(export, plan, work)
    print("\n".join("  " + line for line in lines[-40:]))
    return code or plant_all(server, export, plan, work, subscribers[1])


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("binary")
    p.add_argument("--work", default="", help="folder to work in and to keep; else a new one that goes when all is well")
    p.add_argument("--orgs", type=int, default=60)
    p.add_argument("--seconds", type=float, default=100, help="how long the desk works")
    p.add_argument("--pace", type=float, default=0.05, help="seconds between two acts of the desk")
    p.add_argument("--seed", type=int, default=None)
    o = p.parse_args()
    o.binary, o.seed = os.path.abspath(o.binary), random.randrange(10**6) if o.seed is None else o.seed
    work = os.path.abspath(o.work) if o.work else tempfile.mkdtemp(prefix="tellal-prove-")
    os.makedirs(work, exist_ok=True)
    code = demonstrate(o, work)
    print("proved" if not code else "NOT proved: look into %s (seed %d)" % (work, o.seed))
    if not code and not o.work:
        shutil.rmtree(work)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
