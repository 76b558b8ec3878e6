#!/usr/bin/env python3
"""Runs fuzz targets: fuzz.py FOLDER SECONDS [NAME…]. What was found before (test/fuzz/found) and the seeds come first.

Prints a line a target, all of a target's words when it fails, and "N passed, N failed, N skipped" at the end. What it
finds lies in FOLDER/found; move it to test/fuzz/found/NAME-… with the fix.
"""
import concurrent.futures
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(target, seconds, folder):
    name = os.path.basename(target)[len("fuzz_"):]
    corpus, found = os.path.join(folder, "corpus", name), os.path.join(folder, "found", name) + "-"
    os.makedirs(corpus, exist_ok=True)
    os.makedirs(os.path.dirname(found), exist_ok=True)
    known = sorted(glob.glob(os.path.join(HERE, "found", name + "-*")))
    flags = ["-rss_limit_mb=2048", "-timeout=10", "-max_len=20000", f"-artifact_prefix={found}"]
    words = os.path.join(HERE, name + ".dict")
    if os.path.exists(words):
        flags.append(f"-dict={words}")
    seeds = [d for d in (os.path.join(HERE, "seeds", "fuzz_" + name), os.path.join(HERE, "seeds", name)) if os.path.isdir(d)]
    out = b""
    if known:
        r = subprocess.run([target, *flags, *known], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out += r.stdout
        if r.returncode:
            return name, False, out
    r = subprocess.run([target, *flags, f"-max_total_time={seconds}", corpus, *seeds], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return name, r.returncode == 0, out + r.stdout


def main():
    folder, seconds, names = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    targets = [t for t in sorted(glob.glob(os.path.join(folder, "fuzz_*"))) if os.access(t, os.X_OK) and os.path.isfile(t)]
    targets = [t for t in targets if not names or os.path.basename(t)[len("fuzz_"):] in names]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for name, good, out in pool.map(lambda t: run(t, seconds, folder), targets):
            passed += good
            failed += not good
            text = out.decode("utf-8", "replace")
            runs = [l.split()[1] for l in text.splitlines() if l.startswith("Done ")]
            print(f"{'ok' if good else 'not ok'} - fuzz {name}: {runs[-1] if runs else 'no'} runs")
            if not good:
                print("\n".join("    " + l for l in text.splitlines()[-80:]))
            sys.stdout.flush()
    if not targets:
        print("no fuzz target was built")
        failed = 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed > 0


sys.exit(main())
