#!/usr/bin/env python3
"""Proves a wire from outside: recomputes from contracts and records alone what every subscriber had to get, and compares.

    verify.py EXPORT PLAN

EXPORT is what `tellal export` wrote (docs/protocol/record.md). PLAN is a JSON file: {"clients": [{"org": "org:3", "folder":
DIR, "filter": {"category": [1]} or absent}], "has": [{"org", "folder"}], "receipts": {story id: rows of the kill's
receipts}}. The folders are those of the reference clients (clients/README.md); a HAS folder holds one NewsML-G2 document a
story. Python's standard library alone, and not one line shared with the product. Exit 1 when anything is wrong.
"""
import glob
import hashlib
import json
import os
import re
import sys
import xml.etree.ElementTree as xml

STORY_EVENTS = ("story", "update", "correction", "hold", "release", "kill", "advisory")
RECALLS = ("correction", "kill")


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Findings:
    """What is wrong, by kind, each with its place."""

    def __init__(self):
        self.all, self.lost = [], 0
        self.add = lambda kind, text: self.all.append((kind, text))

    def count(self, kind):
        return sum(1 for k, _ in self.all if k == kind)


def read_export(path, found):
    """The records in order. The chain is checked on the way: form, hash, predecessor, number, commitments."""
    records, killed = [], {}
    with open(path, "rb") as f:
        head = json.loads(next(f))
        starts, prev, seq = {e["first_seq"] for e in head["epoch"]}, head["prev"], head["after"]
        for line in f:
            o = json.loads(line)
            r, raw = o["record"], line[len(b'{"record":'):line.index(b',"hash":"')]
            here = "record %d" % r["seq"]
            if canonical(r) != raw:
                found.add("chain", here + " is not in canonical form")
            if sha(raw) != o["hash"]:
                found.add("chain", here + ": its bytes do not give its hash")
            if r["prev"] != prev:
                found.add("chain", here + " does not follow the record before it")
            if not (r["seq"] == seq + 1 or r["seq"] > seq and r["event"] == "epoch" and r["seq"] in starts):
                found.add("chain", here + " comes after %d: numbers between are gone" % seq)
            if "text" in o and sha(bytes.fromhex(o["salt"]) + canonical(o["text"])) != r["text"]:
                found.add("chain", here + ": the text of %s is not the one that was published" % r["id"])
            prev, seq = o["hash"], r["seq"]
            r["opened"] = o.get("text")
            records.append(r)
            if r["event"] == "kill":
                killed[r["id"]] = r["seq"]
    if seq != head["to"]:
        found.add("chain", "the export ends at %d, not at %d" % (seq, head["to"]))
    for r in records:
        if r.get("opened") and r["seq"] < killed.get(r["id"], 0):
            found.add("chain", "record %d still opens the text of %s, which was killed" % (r["seq"], r["id"]))
    return records


def entitled(terms, codes, at):
    """docs/protocol/record.md, "What a verifier does", 4."""
    if terms is None or at < terms["valid_from_ms"] or terms["valid_to_ms"] and at > terms["valid_to_ms"]:
        return False
    one = lambda name: terms[name] == "*" or codes[name] in terms[name]
    some = lambda name: terms[name] == "*" or bool(set(codes[name]) & set(terms[name]))
    return all(map(one, ("provider", "type", "language", "priority"))) and some("package") and some("category")


def passes(wanted, codes):
    for name, allowed in (wanted or {}).items():
        have = codes[name] if isinstance(codes[name], list) else [codes[name]]
        if not set(have) & set(allowed):
            return False
    return True


def due(records, org, wanted):
    """[(record, is_full)] in order: contract at each record, the stream's filter, and recalls of what was had before."""
    terms, had, out = None, set(), []
    for r in records:
        if r["id"] == org:
            terms = r.get("terms")
        if r["event"] not in STORY_EVENTS:
            continue
        may = entitled(terms, r["codes"], r["at"])
        if r["event"] in RECALLS:
            if may or r["id"] in had:
                out.append((r, may and r["event"] != "kill"))
        elif may and passes(wanted, r["codes"]) and not r["codes"]["archive"]:
            out.append((r, r["event"] != "hold"))
        if may:
            had.add(r["id"])
    return out


def state(events):
    """Which file of the folder stands at the end, and by which record."""
    files = {"stories": {}, "held": {}, "killed": {}, "notices": {}}
    drop = lambda id, *names: [files[name].pop(id, None) for name in names]
    killed = {r["id"] for r, _ in events if r["event"] == "kill"}
    for r, is_full in events:
        id = r["id"]
        if r["event"] == "kill":
            drop(id, "stories", "held", "notices")
            files["killed"][id] = r
        elif id in killed:
            continue  # whatever came of it before, the kill took it away
        elif r["event"] == "hold" or not is_full:
            old = files["stories"].pop(id, None)
            if old:
                files["held"][id] = old
            files["notices"][id] = r
        else:
            drop(id, "held", "killed", "notices")
            files["stories"][id] = r
    return files


def last_timeline(log):
    rows = []
    with open(log, encoding="utf-8") as f:
        for row in map(json.loads, f):
            rows = [] if row["event"] == "reset" else rows + [row]
    return rows


def check_log(folder, events, found):
    expected, held, got = [r["seq"] for r, _ in events], 0, []
    for row in last_timeline(os.path.join(folder, "log.jsonl")):
        if row["seq"] <= held:
            found.add("order", "%s: %d came after %d" % (folder, row["seq"], held))
        elif any(held < seq <= (row["prev"] or 0) for seq in expected):
            found.add("order", "%s: %d says that %d came before it; the last one was %d" % (folder, row["seq"], row["prev"], held))
        held = max(held, row["seq"])
        got.append(row["seq"])
    for seq in sorted(set(expected) - set(got)):
        found.add("missing", "%s: event %d never came" % (folder, seq))
    for seq in sorted(set(got) - set(expected)):
        found.add("extra", "%s: event %d came and was not due" % (folder, seq))
    for seq in sorted(s for s in set(got) if got.count(s) > 1):
        found.add("extra", "%s: event %d is there twice" % (folder, seq))


def check_text(path, event, record, found):
    text, story = record.get("opened"), event.get("story", {})
    if not text:
        return
    bodies = [b["value"] for b in story.get("bodies", ())]
    if story["headlines"][0]["value"] != text["headline"] or bodies != [text["body"]] * ("body" in text):
        found.add("extra", "%s: its text is not that of record %d" % (path, record["seq"]))


def check_files(folder, events, found):
    for name, wanted in state(events).items():
        left = {re.sub(r"[^A-Za-z0-9.-]", "_", id) + ".json": r for id, r in wanted.items()}
        for file in sorted(os.listdir(os.path.join(folder, name))):
            path, record = os.path.join(folder, name, file), left.pop(file, None)
            with open(path, encoding="utf-8") as f:
                event = json.load(f)
            if record is None:
                found.add("extra", path + ": the contract does not give it")
            elif event["seq"] != record["seq"]:
                found.add("missing", "%s is record %d; %d is the newest that was due" % (path, event["seq"], record["seq"]))
            elif name in ("stories", "held"):
                check_text(path, event, record, found)
        for file in left:
            found.add("missing", "%s/%s/%s is not there" % (folder, name, file))
    known = {(r["id"], r["seq"]) for r, _ in events}
    for file in os.listdir(os.path.join(folder, "lost")):
        with open(os.path.join(folder, "lost", file), encoding="utf-8") as f:
            event = json.load(f)
        found.lost += 1
        if (event["id"], event["seq"]) in known:
            found.add("extra", "%s/lost/%s is not lost: the timeline has it" % (folder, file))


def check_has(records, org, folder, found):
    """Each live story in its newest version, nothing that never was due."""
    events = due(records, org, None)
    live, ever = state(events)["stories"], {r["id"] for r, is_full in events if is_full}
    got = {}
    found.lost += len(os.listdir(os.path.join(folder, "lost")))
    for file in glob.glob(os.path.join(folder, "*.xml")):
        item = xml.parse(file).getroot().find(".//{*}newsItem")
        got[item.get("guid")] = item
    for id in sorted(set(live) - set(got)):
        found.add("missing", "%s: %s was never downloaded" % (folder, id))
    for id in sorted(set(got) - ever):
        found.add("extra", "%s: %s was downloaded and never due" % (folder, id))
    for id in sorted(set(live) & set(got)):
        headline = got[id].find(".//{*}headline")
        text = live[id].get("opened")
        if text and headline is not None and (headline.text or "") != text["headline"]:
            found.add("missing", "%s: %s is not its newest version" % (folder, id))


def check_kills(records, plan, found):
    """[(confirmed, due)] of all kills: every organisation that had a version, by its contract then, has said that it heard."""
    sums = []
    for kill in (r for r in records if r["event"] == "kill"):
        orgs = {c["org"] for c in plan["clients"] if any(r is kill for r, _ in due(records, c["org"], c.get("filter")))}
        rows = plan["receipts"].get(kill["id"], [])
        heard = {"org:%d" % row["org"]["id"] for row in rows if row["acked_at"]}
        for org in sorted(orgs - heard):
            found.add("kill", "%s has not confirmed the kill of %s" % (org, kill["id"]))
        sums.append((len(orgs & heard), len(orgs)))
    return sums


def main():
    found, total = Findings(), 0
    with open(sys.argv[2], encoding="utf-8") as f:
        plan = json.load(f)
    records = read_export(sys.argv[1], found)
    for c in plan["clients"]:
        events = due(records, c["org"], c.get("filter"))
        total += len(events)
        check_log(c["folder"], events, found)
        check_files(c["folder"], events, found)
    for h in plan.get("has", ()):
        check_has(records, h["org"], h["folder"], found)
    kills = check_kills(records, plan, found)
    for kind, text in found.all:
        print("%-8s %s" % (kind, text))
    print("records %d, chain %s" % (len(records), "whole" if not found.count("chain") else "BROKEN"))
    print("subscribers %d, deliveries due %d: missing %d, extra %d, out of order %d (set aside in lost/: %d)" % (
        len(plan["clients"]), total, found.count("missing"), found.count("extra"), found.count("order"), found.lost))
    print("kills %d, acknowledgements %d of %d; of the kill that concerned most: %d of %d" % (
        len(kills), sum(k[0] for k in kills), sum(k[1] for k in kills), *max(kills, key=lambda k: k[1], default=(0, 0))))
    return 1 if found.all else 0


if __name__ == "__main__":
    sys.exit(main())
