#!/usr/bin/env python3
"""Runs protocol plays (docs/testing.md): each *.play in a process of its own, several at once.

play.py --binary B [--release B] [--fault B] [--tsan B] [--jobs N] [--long] [--folder DIR] [PREFIX…]
Prints one line a play, the whole of those that failed, and "N passed, N failed, N skipped" (claims) at the end.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TIME = 180  # seconds for a play that does not say "# time: N"


def run_one(path, options):
    """In the child: the play is Python, with the names of actors.py as its own."""
    sys.path[:0] = [HERE, os.path.dirname(os.path.abspath(path))]
    import actors
    actors.BINARY = {k: v for k, v in options.items() if k in ("any", "release", "fault", "tsan") and v}
    actors.LONG = options["long"]
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(AssertionError("the play took too long")))
    names = {k: v for k, v in vars(actors).items() if not k.startswith("_")}
    try:
        exec(compile(open(path, encoding="utf-8").read(), os.path.abspath(path), "exec"), names)
    except actors.Skip as e:
        actors._count["skipped"] += 1
        print(f"# skip: {e}")
    except BaseException as e:  # a play that breaks off has failed, whatever broke it
        actors._count["failed"] += 1
        print(f"not ok - broke off: {type(e).__name__}: {e}")
        print("".join("# " + l + "\n" for l in traceback.format_exc().splitlines() if l.strip()))
    logs = actors.close_all()
    if actors._count["failed"]:
        for text in logs:
            print("# --- the server's log ends so:")
            print("".join("#   " + l + "\n" for l in text.splitlines()[-60:]))
    c = actors._count
    if not any(c.values()):
        c["failed"] = 1
        print("not ok - the play claimed nothing")
    print(f"{c['passed']} passed, {c['failed']} failed, {c['skipped']} skipped")
    sys.stdout.flush()
    os._exit(c["failed"] > 0)


def header(path, word):
    m = re.search(rf"^# {word}: *(.*)$", open(path, encoding="utf-8").read(), re.M)
    return m.group(1).strip() if m else None


def run(path, line, is_long):
    began = time.monotonic()
    limit = int(header(path, "long time" if is_long and header(path, "long time") else "time") or TIME)
    child = subprocess.Popen(line + ["--one", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        out, _ = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        child.terminate()
        try:
            out, _ = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            child.kill()
            out, _ = child.communicate()
    last = (out.strip().splitlines() or [""])[-1]
    m = re.match(r"(\d+) passed, (\d+) failed, (\d+) skipped$", last)
    counts = tuple(map(int, m.groups())) if m else (0, 1, 0)
    return path, counts, out, time.monotonic() - began


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--binary", required=True)
    p.add_argument("--release")
    p.add_argument("--fault")
    p.add_argument("--tsan")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--long", action="store_true")
    p.add_argument("--folder", default=HERE)
    p.add_argument("--one")
    p.add_argument("prefix", nargs="*")
    a = p.parse_args()
    options = {"any": a.binary, "release": a.release, "fault": a.fault, "tsan": a.tsan, "long": a.long}
    if a.one:
        run_one(a.one, options)
    line = [sys.executable, os.path.abspath(__file__), "--binary", a.binary]
    for word in ("release", "fault", "tsan"):
        if getattr(a, word):
            line += [f"--{word}", getattr(a, word)]
    if a.long:
        line.append("--long")
    paths = [f for f in sorted(glob.glob(os.path.join(a.folder, "*.play")))
             if not a.prefix or any(os.path.basename(f).startswith(x) for x in a.prefix)]
    # the long ones first, so that no worker sits with one of them at the end
    paths.sort(key=lambda f: -int(header(f, "time") or TIME))
    total = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, f, line, a.long) for f in paths]):
            path, counts, out, seconds = done.result()
            total = [x + y for x, y in zip(total, counts)]
            name = os.path.basename(path)[:-5]
            print(f"{'not ok' if counts[1] else 'ok'} - {name}: {counts[0]} claims, {seconds:.1f} s")
            for l in out.splitlines():
                if counts[1] and not l.startswith("ok ") or l.startswith("# skip"):
                    print(f"    {l}")
            sys.stdout.flush()
    if not paths:
        print("no play of that name")
        total[1] = 1
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    sys.exit(total[1] > 0)


main()
