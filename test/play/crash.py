"""The kill loop: desks publish with keys, subscribers of all three transports resume by seq while rights change, and the server
dies again and again.

What it counts afterwards: answers of 201 whose story is gone (lost), keys that are stored twice, and holes and repeats at
the subscribers, some of whom have a filter or a smaller contract. Used by j_kill_loop.play, and by the play that shows that it catches a server that loses what it acknowledged.
"""
import http.client
import random
import threading
import time

import actors
from crowd import Crowd, Reader

HOWS = ("sse", "ws", "poll")


class Tally:
    def __init__(self):
        self.acked, self.lost, self.twice, self.changed = {}, [], [], []
        self.holes, self.faults, self.kills, self.resumes, self.retried = [], [], 0, 0, 0
        self.slowest = 0.0

    def bad(self):
        return bool(self.lost or self.twice or self.changed or self.holes or self.faults or not self.acked)

    def __repr__(self):
        return (f"{self.kills} kills, {len(self.acked)} acknowledged, {self.retried} retried, {self.resumes} resumes; "
                f"lost {len(self.lost)}, twice {len(self.twice)}, changed answers {len(self.changed)}, holes {len(self.holes)}, "
                f"faults {self.faults[:3]}, slowest return {self.slowest:.1f} s")


def publish(desk, n, stop, tally, lock):
    """One desk: every story under a key; whatever happens to the answer, it asks again until it has one."""
    i = 0
    while not stop.is_set():
        i += 1
        key = f"desk{n}-{i}"
        item = actors.story(f"Story {key}", keywords=[key], category=[5 if i % 3 == 0 else 1])
        while True:
            try:
                a = desk.publish(item, key=key)
            except (OSError, http.client.HTTPException, ValueError):
                tally.retried += 1
                if stop.is_set():
                    return
                time.sleep(0.05)
                continue
            if a.status == 201:
                with lock:
                    j = a.json()
                    if key in tally.acked and tally.acked[key] != (j["id"], j["seq"]):
                        tally.changed.append(key)
                    tally.acked[key] = (j["id"], j["seq"])
                break
            if a.status not in (429, 503):
                tally.faults.append(f"publish: {a!r:.300}")
                return
            time.sleep(0.05)


class Papers:
    """Subscribers of all three transports, some with a filter, some whose rights change: they hold the last seq and come back
    with it whenever the line has gone."""

    def __init__(self, server, count):
        self.server, self.half = server, server.org("Half", "--category", "5")
        self.moving = server.org("Moving", "--category", "1,5")
        one = server.subscriber("paper-half", self.half)
        two = server.subscriber("paper-moving", self.moving)
        self.full = [Reader(server.subscriber(f"paper{i}"), HOWS[i % 3]) for i in range(count)]
        self.five = [Reader(one, how) for how in HOWS]
        self.wish = [Reader(self.full[0].who, how, query="category=5") for how in HOWS]
        self.moved = [Reader(two, how) for how in HOWS]
        self.crowd = Crowd(self.full + self.five + self.wish + self.moved, again=0.05)

    def move(self, r):
        """Other rights from now on; the server runs."""
        self.server.cli("org", "set", self.moving, "--category", r.choice(("1", "5", "1,5")))

    def read(self, stop, done):
        self.crowd.run(lambda: stop.is_set() and (not done[0] or all(x.held >= done[0] for x in self.crowd.readers)), 1 << 20)

    def holes(self, line):
        """What anybody lacks or has too much, compared with a reading of all by the desk."""
        due = line.seqs()
        five = [e.seq for e in line.events if {"role": "category", "value": "5"} in e.data["story"]["altIds"]]
        again = [Reader(self.moved[0].who, how) for how in HOWS]
        Crowd(again).run(lambda: all(x.held >= due[-1] for x in again), 30)
        found = []
        for group, want in ((self.full, due), (self.five, five), (self.wish, five), (self.moved + again, again[0].seen)):
            for x in group:
                if x.seen != want or x.held != due[-1]:
                    missing, more = sorted(set(want) - set(x.seen)), sorted(set(x.seen) - set(want))
                    found.append({"who": x.who.name, "how": x.how, "missing": missing[:5], "foreign": more[:5],
                                  "repeats": len(x.seen) - len(set(x.seen)), "held": x.held})
        return found


def thread(tally, work, *given):
    """A worker whose own failure is a fault of the run: one that dies quietly would make the loop tamer than it says."""
    def run():
        try:
            work(*given)
        except Exception as e:
            tally.faults.append(f"{work.__name__}: {e!r}")
    return threading.Thread(target=run, daemon=True)


def kill_loop(server, kills, seed=1, desks=3, papers=4, pause=0.25):
    """Runs it; a Tally."""
    r = random.Random(seed)
    tally, lock = Tally(), threading.Lock()
    desk = [server.desk(f"desk{i}") for i in range(desks)]
    paper = Papers(server, papers)
    stop_desks, stop_papers, done = threading.Event(), threading.Event(), [0]
    writers = [thread(tally, publish, d, i, stop_desks, tally, lock) for i, d in enumerate(desk)]
    reader = thread(tally, paper.read, stop_papers, done)
    [t.start() for t in writers + [reader]]
    for _ in range(kills):
        before = len(tally.acked)
        actors.wait_until(lambda: len(tally.acked) > before + 5 or not any(t.is_alive() for t in writers), 10)
        paper.move(r)
        time.sleep(r.random() * pause)
        server.kill()
        tally.kills += 1
        began = time.monotonic()
        server.start()
        tally.slowest = max(tally.slowest, time.monotonic() - began)
    actors.wait_until(lambda: len(tally.acked) > before + 30 or not any(t.is_alive() for t in writers), 10)
    stop_desks.set()
    [t.join(30) for t in writers]
    last = desk[0].publish(headline="The last one", category=[1, 5])
    done[0] = last["seq"] if last.status == 201 else 0
    stop_papers.set()
    reader.join(30)
    tally.faults += ["the subscribers never came to the end"] if reader.is_alive() else []

    line = server.desk("ada", "admin").stream(after=0)
    line.wait_seq(done[0], 30)
    stored = {}
    for e in line.events:
        n = e.data.get("story", {})
        headline = (n.get("headlines") or [{}])[0].get("value", "")
        stored.setdefault(headline, []).append((e.data["id"], e.seq))
    tally.faults += line.faults + [f for x in paper.crowd.readers for f in x.faults]
    tally.resumes = {how: sum(x.opened for x in paper.crowd.readers if x.how == how) for how in HOWS}
    for key, (id, seq) in tally.acked.items():
        have = stored.get(f"Story {key}", [])
        if (id, seq) not in have:
            tally.lost.append((key, id, seq))
        if len(have) > 1:
            tally.twice.append((key, have))
    # accounts are older than the first story, so everything is due to whoever has the whole contract
    tally.holes = paper.holes(line)
    paper.crowd.close()
    return tally
