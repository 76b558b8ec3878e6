"""The kill loop: desks publish with keys, subscribers resume by seq, and the server dies again and again.

What it counts afterwards: answers of 201 whose story is gone (lost), keys that are stored twice, and holes and repeats at
the subscribers. Used by j_kill_loop.play, and by the play that shows that it catches a server that loses what it acknowledged.
"""
import http.client
import random
import threading
import time

import actors
from ws import WebSocket


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
        item = actors.story(f"Story {key}", keywords=[key])
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


def subscribe(paper, opens, stop, tally, got, done):
    """One subscriber, by SSE or WebSocket: holds the last seq, comes back with it."""
    held = 0
    while not stop.is_set() or (done[0] and held < done[0]):
        try:
            line = opens(paper, after=held)
        except OSError:
            time.sleep(0.05)
            continue
        if line.status not in (200, 101):
            line.close()
            if line.status not in (0, 429, 503):
                tally.faults.append(f"stream: {line.status}")
                return
            time.sleep(0.05)
            continue
        tally.resumes += 1
        while not line.closed.is_set() and not (stop.is_set() and done[0] and line.held is not None and line.held >= done[0]):
            time.sleep(0.02)
        line.close()
        line.thread.join(5)
        if any(l.name == "reset" for l in line.lines):
            tally.faults.append(f"reset: {line.lines[-1].data} held {held}")
            return
        got += line.events
        tally.faults += line.faults
        if line.events:
            held = line.events[-1].seq


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
    paper = [server.subscriber(f"paper{i}") for i in range(papers)]
    stop_desks, stop_papers, done = threading.Event(), threading.Event(), [0]
    got = [[] for _ in paper]
    writers = [thread(tally, publish, d, i, stop_desks, tally, lock) for i, d in enumerate(desk)]
    readers = [thread(tally, subscribe, p, (actors.Stream, WebSocket)[i % 2], stop_papers, tally, g, done)
               for i, (p, g) in enumerate(zip(paper, got))]
    [t.start() for t in writers + readers]
    for _ in range(kills):
        before = len(tally.acked)
        actors.wait_until(lambda: len(tally.acked) > before + 5 or not any(t.is_alive() for t in writers), 10)
        time.sleep(r.random() * pause)
        server.kill()
        tally.kills += 1
        began = time.monotonic()
        server.start()
        tally.slowest = max(tally.slowest, time.monotonic() - began)
    actors.wait_until(lambda: len(tally.acked) > before + 30 or not any(t.is_alive() for t in writers), 10)
    stop_desks.set()
    [t.join(30) for t in writers]
    last = desk[0].publish(headline="The last one")
    done[0] = last["seq"] if last.status == 201 else 0
    stop_papers.set()
    [t.join(30) for t in readers]

    line = server.desk("ada", "admin").stream(after=0)
    line.wait_seq(done[0], 30)
    stored = {}
    for e in line.events:
        n = e.data.get("story", {})
        headline = (n.get("headlines") or [{}])[0].get("value", "")
        stored.setdefault(headline, []).append((e.data["id"], e.seq))
    tally.faults += line.faults
    for key, (id, seq) in tally.acked.items():
        have = stored.get(f"Story {key}", [])
        if (id, seq) not in have:
            tally.lost.append((key, id, seq))
        if len(have) > 1:
            tally.twice.append((key, have))
    due = line.seqs()
    for g in got:
        seqs = [e.seq for e in g]
        # accounts are older than the first story, so everything is due to everyone
        if seqs != due:
            missing, more = sorted(set(due) - set(seqs)), [s for s in seqs if s not in set(due)]
            tally.holes.append({"missing": missing[:5], "foreign": more[:5], "repeats": len(seqs) - len(set(seqs))})
    return tally
