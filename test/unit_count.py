#!/usr/bin/env python3
"""Counts what the unit tests of one meson run said: TAP points, and programs that broke off. Prints failures in full."""
import json
import re
import sys

passed = failed = skipped = 0
for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    out = test.get("stdout", "")
    good = len(re.findall(r"^ok ", out, re.M))
    skips = len(re.findall(r"^ok .*# skip", out, re.M | re.I))
    bad = len(re.findall(r"^not ok ", out, re.M))
    none = re.match(r"1\.\.0 # skip *(.*)", out.strip(), re.I)
    if none:
        print(f"# skip: {test['name']}: {none.group(1)}")
        skips, good = skips + 1, good + 1
    passed += good - skips
    skipped += skips
    if test["result"] not in ("OK", "SKIP") and bad == 0:
        bad = 1
    failed += bad
    if bad:
        print(f"--- {test['name']}: {test['result']}")
        print("\n".join(l for l in out.splitlines() if not l.startswith("ok ")))
        print(test.get("stderr", ""))
if passed + failed == 0:
    print("no unit test ran")
    failed = 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
