"""Runs measurements, prints a table, writes JSON. docs/performance.md says what they mean."""
import argparse
import json
import os
import sys
import time

import page
import publish
import rig
import search
import start

PARTS = {"publish": publish.run, "search": search.run, "site": page.run, "start": start.run}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("name", choices=[*PARTS, "all"])
    p.add_argument("binary")
    p.add_argument("--work", required=True, help="folder on the disk to be measured")
    p.add_argument("--shared", default=os.environ.get("TELLAL_SHARED", "../shared"))
    p.add_argument("--runs", type=int, default=int(os.environ.get("TELLAL_RUNS", "3")))
    o = p.parse_args()
    os.makedirs(o.work, exist_ok=True)
    r = rig.Rig(o.binary, os.path.abspath(o.work), o.shared, o.runs)
    busy = os.getloadavg()[0]
    print(f"{len(os.sched_getaffinity(0))} cores, {o.runs} runs each, load before: {busy:.2f}"
          + ("; others are at work here: expect times to be too high" if busy > 0.5 else ""))
    print(f"{'figure':<58} {'median':>9} {'':<8} {'spread':<16} {'target':<9}")
    for name, run in PARTS.items():
        if o.name in (name, "all"):
            run(r)
    missed = [f["name"].strip() for f in r.figures if f["met"] is False]
    kept = os.path.join(r.work, f"{o.name}.json")
    with open(kept, "w") as f:
        json.dump({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": len(os.sched_getaffinity(0)),
                   "load_before": busy, "figures": r.figures}, f, indent=1)
    print(f"figures kept in {os.path.relpath(kept)}")
    if missed:
        print("missed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
