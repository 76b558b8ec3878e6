#!/usr/bin/env python3
"""Runs test_story_match with the stories of the demo and, where they are at hand, a slice of other people's archives, which
are not part of the repository: $TELLAL_SHARED/corpus (default ../shared beside the source)."""
import glob
import gzip
import itertools
import json
import os
import subprocess
import sys
import tempfile



def native(line):
    """A line without a headline of its own as POST JSON: its first words are the headline."""
    row = json.loads(line)
    if row.get("kind"):
        return line
    title = row.get("title") or " ".join(row["body"].split()[:8])
    return json.dumps({"headline": title[:200], "language": row["lang"], "body": row["body"]}).encode() + b"\n"


program, source = sys.argv[1:3]
corpus = os.path.join(os.environ.get("TELLAL_SHARED") or os.path.join(source, "..", "shared"), "corpus")
with tempfile.TemporaryDirectory() as folder:
    files = sorted(glob.glob(os.path.join(source, "demo", "stories", "*.txt")))
    for name, step, most in (("multi", 71, 150), ("newswire", 97, 200)):
        try:
            archive = gzip.open(os.path.join(corpus, name + ".jsonl.gz"), "rb")
        except FileNotFoundError:
            print(f"# {name}.jsonl.gz is not at hand: without it")
            continue
        path = os.path.join(folder, name + ".jsonl")
        with archive, open(path, "wb") as out:
            out.writelines(map(native, itertools.islice(archive, 0, step * most, step)))
        files.append(path)
    sys.exit(subprocess.run([program, *files]).returncode)
