"""Publishing: stories a second that are on disk and searchable, how long one takes, how soon subscribers have it."""
import os
import statistics
import time

from rig import Server, request, stories, write_requests


def flush_ms(folder):
    """What one flush of the disk costs here: without it the figures say nothing."""
    path = os.path.join(folder, "flush")
    took = []
    with open(path, "wb") as f:
        for _ in range(300):
            f.write(b"x" * 8192)
            f.flush()
            began = time.perf_counter()
            os.fdatasync(f.fileno())
            took.append((time.perf_counter() - began) * 1000)
    os.unlink(path)
    return took


def run(rig):
    took = flush_ms(rig.work)
    rig.figure("one flush of 8 KiB on this disk, median", [statistics.median(took)], "ms")
    many, alone50, alone99, heard50, heard99, lost, cpu = [], [], [], [], [], 0, []
    bodies = stories(2000)
    for _ in range(rig.runs):
        data = rig.fresh("publish")
        with Server(rig, data) as server:
            token = server.token("desk", "editor")
            paper = server.token("paper", "subscriber", server.cli("org", "add", "Paper"))
            auth = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
            posts = write_requests(rig.path("posts"), [request("POST", "/v1/stories", auth, b) for b in bodies])
            hello = rig.path("hello")
            with open(hello, "wb") as f:
                f.write(request("GET", "/v1/wire", {"Authorization": "Bearer " + paper, "Accept": "text/event-stream"}))
            one = rig.load(server, 1, 5, posts)
            alone50.append(one["took_us"]["p50"] / 1000)
            alone99.append(one["took_us"]["p99"] / 1000)
            fan = rig.load(server, 1, 6, posts, rate=25, streams=100, hello=hello)
            heard50.append(fan["heard_us"]["p50"] / 1000)
            heard99.append(fan["heard_us"]["p99"] / 1000)
            lost += fan["expected"] - fan["heard_us"]["count"]
            before = server.cpu_seconds()
            eight = rig.load(server, 8, 8, posts)
            cpu.append((server.cpu_seconds() - before) * 1e6 / max(eight["good"], 1))
            many.append(eight["per_second"])
    rig.figure("durable publishes, 8 publishers, 2.5 KB", many, "/s", 1000, "least")
    rig.figure("  server CPU per publish", cpu, "us")
    rig.figure("one publisher, p50", alone50, "ms")
    rig.figure("one publisher, p99", alone99, "ms", 10)
    rig.figure("publish to SSE event, 100 subscribers, 25/s, p50", heard50, "ms")
    rig.figure("publish to SSE event, 100 subscribers, 25/s, p99", heard99, "ms", 8)
    rig.figure("  events lost", [lost], "", 0)
