#!/usr/bin/env python3
"""Sizes that keep the code readable (architecture.md 8). budgets.py FILES… prints one line per breach and exits 1.

Counts rest on the house's layout: a function's braces stand in column 0, blocks are indented by four.
"""
import re
import sys

LINES = {".c": 600, ".h": 200}
FUNCTION, COMPLEXITY, NESTING, PARAMETERS, FIELDS = 100, 25, 3, 5, 30
# More than five parameters, each with its reason. Nothing else may join without one.
MANY_PARAMETERS = {
    line.split()[0] for line in open("test/lint/parameters", encoding="utf-8") if line.strip() and line[0] != "#"
}
WAIVED = {line.strip() for line in open("test/lint/waivers", encoding="utf-8") if line.strip() and line[0] != "#"}
CONTROL = re.compile(r"\s+(?:\} else )?(?:if|for|while|switch|do|list_each\w*)\b")
BRANCH = re.compile(r"\b(?:if|for|while|case|list_each\w*)\b|&&|\|\||\?")


def bare(text):
    """The text without comments and without what stands in quotes; lines stay where they are."""
    keep_lines = lambda m: "\n" * m.group().count("\n") + ("" if m.group()[0] == "/" else '""')
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', keep_lines, text, flags=re.S)


def parameters(head):
    inner = head[head.index("(") + 1 : head.rindex(")")]
    inner = re.sub(r"\([^()]*\)", "", inner)
    return 0 if inner.strip() in ("", "void") else inner.count(",") + 1


def functions(lines):
    """Yields (name, number of first line, head, body lines)."""
    for i, line in enumerate(lines):
        if line != "{":
            continue
        first = i - 1
        while first > 0 and lines[first - 1].strip() and not re.search(r"[;}]\s*$|^#|^\s*$", lines[first - 1]):
            first -= 1
        head = " ".join(lines[first:i])
        name = re.search(r"(\w+)\s*\(", head)
        last = next((j for j in range(i, len(lines)) if lines[j].startswith("}")), len(lines) - 1)
        if name:
            yield name.group(1), first + 1, head, lines[first : last + 1]


def structs(text):
    for m in re.finditer(r"^struct (\w+) \{\n(.*?)^\}", text, re.S | re.M):
        yield m.group(1), text.count("\n", 0, m.start()) + 1, m.group(2).count(";")


def main():
    breaches, own, others = [], 0, 0

    def breach(path, line, what, name, text):
        if f"{path} {name} {what}" not in WAIVED:
            breaches.append(f"{path}:{line}: {name}: {text}")

    for path in sys.argv[1:]:
        raw = open(path, encoding="utf-8").read()
        limit = LINES[path[-2:]]
        if raw.count("\n") > limit:
            breach(path, 1, "lines", path, f"{raw.count(chr(10))} lines, ceiling {limit}")
        text = bare(raw)
        lines = text.split("\n")
        for name, at, head, body in functions(lines):
            own += path.endswith(".c") and head.startswith("static")
            others += path.endswith(".c") and not head.startswith("static")
            if len(body) > FUNCTION:
                breach(path, at, "function", name, f"{len(body)} lines, ceiling {FUNCTION}")
            paths = 1 + sum(len(BRANCH.findall(line)) for line in body)
            if paths > COMPLEXITY:
                breach(path, at, "complexity", name, f"complexity {paths}, ceiling {COMPLEXITY}")
            deep = max(((len(l) - len(l.lstrip())) // 4 for l in body if CONTROL.match(l)), default=0)
            if deep > NESTING:
                breach(path, at, "nesting", name, f"nesting {deep}, ceiling {NESTING}")
            if parameters(head) > PARAMETERS and name not in MANY_PARAMETERS:
                breach(path, at, "parameters", name, f"{parameters(head)} parameters, ceiling {PARAMETERS}")
        for name, at, count in structs(text):
            if count > FIELDS:
                breach(path, at, "fields", "struct " + name, f"{count} fields, ceiling {FIELDS}")
    if own < others:
        breaches.append(f"{own} of {own + others} functions are static: less than half")
    print("\n".join(breaches) if breaches else "", end="\n" if breaches else "")
    return bool(breaches)


sys.exit(main())
