#!/usr/bin/env python3
"""Check every demo file. Usage: check.py [mediatopic.tsv]; exit 1 on any fault."""
import os, re, sys, unicodedata
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
ONCE = set("""headline spot slug byline city country language type kind priority provider package category keywords
subjects places sections ednote usage-terms take source-name source-document public public-summary embargo schedule
expires key act of note reason""".split())
MANY = {"figure", "quote", "link"}
SECTIONS = set("""turkiye world asia-pacific middle-east europe africa americas economy sport science-technology health
culture politics life""".split())
CHOICE = {"language": {"tr", "en", "ar"}, "type": {"text"}, "kind": {"story", "advisory", "repeat"},
          "public": {"auto", "summary", "none"}, "act": {"update", "correct", "hold", "release", "kill"},
          "provider": {"1"}, "priority": set("123456")}
LISTS = {"package": set("123"), "category": set("1234567"), "sections": SECTIONS}
RELS = {"seeAlso", "translationOf", "corrects", "derivedFrom"}
faults, known = [], None
if len(sys.argv) > 1:
    rows = [r.rstrip("\n").split("\t") for r in open(sys.argv[1], encoding="utf-8")][1:]
    known = {r[0] for r in rows if len(r) < 6 or not r[5]}

def bad(path, text):
    faults.append(f"{path}: {text}")

def items(value):
    return [x.strip() for x in value.split(",") if x.strip()]

def words(body):
    return sum(1 for w in body.split() if re.search(r"\w", w))

def read(path):
    raw = open(os.path.join(HERE, path), "rb").read()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as err:
        return bad(path, f"not UTF-8: {err}")
    if unicodedata.normalize("NFC", text) != text: bad(path, "not NFC")
    if "\t" in text or "\r" in text: bad(path, "tab or carriage return")
    odd = {hex(ord(c)) for c in text if unicodedata.category(c) in ("Cf", "Co", "Cn", "Cs", "So")}
    if odd: bad(path, f"invisible or odd characters {odd}")
    if not text.endswith("\n") or text.endswith("\n\n"): bad(path, "must end with one newline")
    head, _, body = text.partition("\n\n")
    h = {k: [] for k in MANY}
    for line in head.strip().split("\n"):
        m = re.match(r"([A-Za-z-]+): (\S.*)$", line)
        k = m and m[1].lower()
        if not m: bad(path, f"not a header line: {line[:50]}")
        elif k in MANY: h[k].append(m[2])
        elif k not in ONCE: bad(path, f"unknown key {m[1]}")
        elif k in h: bad(path, f"{m[1]} given twice")
        else: h[k] = m[2]
    for k, allowed in CHOICE.items():
        if k in h and h[k] not in allowed: bad(path, f"{k} {h[k]} is not one of {sorted(allowed)}")
    for k, allowed in LISTS.items():
        for x in items(h.get(k, "")):
            if x not in allowed: bad(path, f"{k} {x} unknown")
    for s in items(h.get("subjects", "")):
        if not re.fullmatch(r"medtop:\d{8}", s) or (known and s not in known): bad(path, f"subject {s} unknown")
    if "country" in h and not re.fullmatch("[A-Z]{2}", h["country"]): bad(path, "country is not ISO alpha-2")
    if h.get("public") == "summary" and "public-summary" not in h: bad(path, "public summary without a text")
    for f in h["figure"]:
        part = [x.strip() for x in f.split("|")]
        if len(part) != 4 or not all(part): bad(path, f"figure needs four parts: {f}")
        elif part[2] not in body: bad(path, f"figure text is not in the body: {part[2]}")
    for q in h["quote"]:
        part = [x.strip() for x in q.split("|")]
        if len(part) != 2 or not all(part): bad(path, f"quote needs two parts: {q}")
        elif part[0] not in body: bad(path, f"quote is not in the body: {part[0]}")
    for p in body.strip().split("\n\n"):
        if "\n" in p: bad(path, f"paragraph of several lines: {p[:40]}")
        if re.match(r"(#(?!# \S)|>(?! \S))", p): bad(path, f"bad mark: {p[:40]}")
    if re.search(r"\(AA\)", text): bad(path, "agency code in the text")
    if re.match(r"[^a-zçğıöşü.]{3,40} [-–] ", body): bad(path, "body begins with a dateline")
    return h, body

def folder(name):
    names = sorted(os.listdir(os.path.join(HERE, name)))
    if [int(n[:2]) for n in names] != list(range(1, len(names) + 1)): bad(name, "numbers are not 01, 02, 03 …")
    return [(p, r) for p in (f"{name}/{n}" for n in names) for r in [read(p)] if r]

keys, state, seen, full, acts = {}, {}, defaultdict(set), Counter(), Counter()
for kind, low, high in (("stories", 250, 700), ("trickle", 80, 250)):
    for path, (h, body) in folder(kind):
        lang, n = h.get("language"), words(body)
        if not re.fullmatch(rf"{kind}/\d\d-{lang}-[a-z0-9-]+\.txt", path): bad(path, f"file name does not fit language {lang}")
        for k in ("headline", "key", "priority", "category", "city", "country", "slug"):
            if k not in h: bad(path, f"{k} missing")
        if h.get("key") in keys: bad(path, f"key {h['key']} used twice")
        for link in h["link"]:
            rel, _, to = link.partition(" ")
            if rel not in RELS or to not in keys: bad(path, f"link {link} does not lead to an earlier story")
        keys[h.get("key")] = path
        if n == 0 and h.get("priority") != "1": bad(path, "no body, and not a flash")
        if n and not low <= n <= high: bad(path, f"{n} words, not {low}-{high}")
        if n: full[kind, lang] += 1
        for k in ("category", "priority", "package"):
            seen[kind, lang, k] |= set(items(h.get(k, "")))
for path, (h, body) in folder("acts"):
    act, of = h.get("act"), h.get("of")
    acts[act] += 1
    if of not in keys: bad(path, f"Of: {of} is no story")
    need = {"correct": "note", "hold": "reason", "release": "reason", "kill": "reason"}.get(act)
    if need and need not in h: bad(path, f"{act} without {need}")
    if state.get(of) == "kill" or (act == "release") != (state.get(of) == "hold"): bad(path, f"{act} after {state.get(of)}")
    state[of] = act
for lang in ("tr", "en", "ar"):
    for kind, least in (("stories", 15), ("trickle", 8)):
        if full[kind, lang] < least: bad(kind, f"{lang}: {full[kind, lang]} full stories, at least {least}")
        print(f"{kind} {lang}: {full[kind, lang]} with a body", *(f"{k} {','.join(sorted(seen[kind, lang, k]))}" for k in ("category", "priority", "package")), sep=" · ")
    for k, all_of in (("category", "1234567"), ("priority", "123456"), ("package", "123")):
        if seen["stories", lang, k] != set(all_of): bad("stories", f"{lang}: not every {k}")
for act, least in (("update", 3), ("correct", 3), ("hold", 2), ("release", 1), ("kill", 2)):
    if acts[act] < least: bad("acts", f"{acts[act]} of {act}, at least {least}")
print("acts:", *(f"{n} {a}" for a, n in sorted(acts.items())))
print(*faults, sep="\n", end="\n" if faults else "")
print(f"{len(keys) + sum(acts.values())} files checked, {len(faults)} wrong")
sys.exit(bool(faults))
