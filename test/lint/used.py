#!/usr/bin/env python3
"""Every message of web/msg is used by a template or by a view, and every key they name exists. used.py WEB SRC

Keys made of data are found by the format in the source: "site.section.%.*s" uses all that begin so.
"""
import pathlib
import re
import sys

web, src = (pathlib.Path(a) for a in sys.argv[1:3])
keys = {line.split("=", 1)[0].strip() for line in (web / "msg/en.msg").read_text().splitlines()
        if "=" in line and not line.lstrip().startswith("#")}
groups = {key.split(".", 1)[0] for key in keys}
named = set()
for path in (web / "tmpl").rglob("*.html"):
    named.update(re.findall(r"\{\{t:([a-z0-9._-]+)", path.read_text()))
literals = set()
for path in [*src.glob("view/*.c"), *src.glob("base/err.c")]:
    literals.update(re.findall(r'"([a-z]+\.[a-z0-9._%*-]+)"', path.read_text()))
literals = {text for text in literals if text.split(".", 1)[0] in groups and not text.endswith((".html", ".c", ".h"))}
patterns = [re.compile(re.sub(r"%(\\\.\\\*)?[sdu]", "[a-z0-9_-]+", re.escape(text))) for text in literals]
stems = tuple(text for text in literals if text.endswith("."))
wrong = [f"{key}: nobody uses it" for key in sorted(keys)
         if key not in named and not key.startswith(stems) and not any(p.fullmatch(key) for p in patterns)]
wrong += [f"{key}: a template names it, but there is no such message" for key in sorted(named - keys)]
wrong += [f"{key}: a view names it, but there is no such message" for key in sorted(literals - keys)
          if "%" not in key and not key.endswith(".")]
print("\n".join(wrong))
sys.exit(bool(wrong))
