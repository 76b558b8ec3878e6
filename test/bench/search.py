"""HAS searches over the archive. Times are round trips over loopback as a client sees them: the server's own are lower."""
import gzip
import json
import random
import re

from rig import Server, basic, request, write_requests


def word_pairs(path, count):
    """Two words that stand in one story, words as they come: frequent ones more often."""
    dice = random.Random(3)
    pairs = []
    with gzip.open(path, "rt") as f:
        lines = dice.sample(f.readlines(), 4 * count)
    for line in lines:
        words = re.findall(r"[a-z]{3,}", json.loads(line)["body"].lower())
        if len(words) > 20 and len(pairs) < count:
            pairs.append(dice.sample(words, 2))
    return pairs


def run(rig):
    archive = rig.archive()
    if not archive:
        return
    head = {"Authorization": basic("bench"), "Content-Type": "application/x-www-form-urlencoded"}

    def ask(fields):
        return request("POST", "/abone/search", head, fields.encode())
    # The lists of category that the archive fills: a search that finds nothing is no measure.
    codes = [ask(f"filter_category={c}&filter_type=1&filter_language=2&limit=100") for c in ("1", "3", "6", "1,6", "3,6", "1,3")]
    pairs = word_pairs(rig.corpus(), 400)
    words = [ask(f"filter_type=1&filter_language=2&limit=100&search_string={a}+{b}") for a, b in pairs]
    days = [ask(f"filter_type=1&filter_language=2&limit=100&start_date=1987-03-{d:02}T00:00:00Z&end_date=1987-04-{d:02}T00:00:00Z")
            for d in range(1, 29)]
    rows = {"by category, type, language, newest 100": (codes, 5), "with two words": (words, 20), "by a month": (days, None)}
    with Server(rig, archive.data) as server:
        for fields in codes:
            found = json.loads(server.raw(fields))["data"]["result"]
            assert len(found) == 100, fields
        for name, (asks, target) in rows.items():
            path = write_requests(rig.path("asks"), asks)
            rig.load(server, 1, 1, path)
            runs = [rig.load(server, 1, 4, path) for _ in range(rig.runs)]
            rig.figure(f"HAS search {name}, p50", [r["took_us"]["p50"] / 1000 for r in runs], "ms")
            rig.figure(f"HAS search {name}, p99", [r["took_us"]["p99"] / 1000 for r in runs], "ms", target)
            if name.startswith("by category"):
                four = [rig.load(server, 4, 4, path) for _ in range(rig.runs)]
                rig.figure(f"  the same, 4 clients at once", [r["per_second"] for r in four], "/s")
