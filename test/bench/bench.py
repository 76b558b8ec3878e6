"""Runs measurements, prints a table, writes JSON. docs/performance.md says what they mean."""
import argparse
import json
import os
import resource
import sys
import time

import page
import publish
import rig
import search
import start
import wire

PARTS = {"publish": publish.run, "search": search.run, "site": page.run, "start": start.run, "wire": wire.run}


def busy_seconds():
    """Processor seconds that the machine has worked, and those of them that were ours."""
    with open("/proc/stat") as f:
        v = [int(x) for x in f.readline().split()[1:9]]
    ours = sum(sum(resource.getrusage(w)[:2]) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (sum(v) - v[3] - v[4]) / os.sysconf("SC_CLK_TCK"), ours


def watched(run, r):
    """Runs a part; the cores that others kept busy meanwhile. Above 0.2 its times are theirs as well as ours."""
    began, before = time.monotonic(), busy_seconds()
    run(r)
    after = busy_seconds()
    return max(0.0, (after[0] - before[0] - after[1] + before[1]) / (time.monotonic() - began))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("name", choices=[*PARTS, "all"])
    p.add_argument("binary")
    p.add_argument("--work", required=True, help="folder on the disk to be measured")
    p.add_argument("--shared", default=os.environ.get("TELLAL_SHARED", "../shared"))
    p.add_argument("--runs", type=int, default=int(os.environ.get("TELLAL_RUNS", "0")), help="of each; else 3, of the wire 15")
    p.add_argument("--quick", action="store_true", help="the wire in two minutes: whether it works, not how fast it is")
    p.add_argument("--only", default="", metavar="PART,…", help="of the wire: cpu contracts memory paced loops bursts slow replay agreement")
    o = p.parse_args()
    os.makedirs(o.work, exist_ok=True)
    r = rig.Rig(o.binary, os.path.abspath(o.work), o.shared, o.runs, o.quick)
    r.only = o.only
    print(f"{len(os.sched_getaffinity(0))} cores, {f'{o.runs} runs each' if o.runs else '3 runs each, 15 of the wire'}")
    print(f"{'figure':<58} {'median':>9} {'':<8} {'spread':<16} {'target':<9}")
    others = {}
    for name, run in PARTS.items():
        if o.name in (name, "all"):
            others[name] = round(watched(run, r), 2)
            print(f"  {name}: others kept {others[name]:.2f} cores busy meanwhile"
                  + (": its times are too high" if others[name] > 0.2 else ""))
    missed = [f["name"].strip() for f in r.figures if f["met"] is False]
    kept = os.path.join(r.work, f"{o.name}.json")
    with open(kept, "w") as f:
        json.dump({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": len(os.sched_getaffinity(0)),
                   "other_cores": others, "figures": r.figures}, f, indent=1)
    print(f"figures kept in {os.path.relpath(kept)}")
    if missed:
        print("missed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
