#!/usr/bin/env python3
"""Turns src/store/sql/<backend>/*.sql into sql_names.h and sql_text.c.

usage: gen_sql.py SQL_DIR NAMES_H TEXT_C

NNN_*.sql are migrations and are embedded whole. Every other file holds statements, each under `-- name: story_insert`.
All backends must have the same names. The statements of sqlite are compiled against the migrated schema, so that a
misspelt column fails the build and not a reader. Outputs are touched only when they change.
"""
import pathlib
import re
import sqlite3
import sys

MIGRATION = re.compile(r"^(\d{3})_[a-z0-9_]+\.sql$")
NAME = re.compile(r"^--\s*name:\s*(\S+)\s*$")
WORD = re.compile(r"^[a-z][a-z0-9_]*$")


class Wrong(Exception):
    pass


def read_statements(path):
    """Yields (name, text, line) of one file."""
    name, lines, start = None, [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() + ["-- name: end"], 1):
        match = NAME.match(line)
        if not match:
            if name is None and line.strip() and not line.startswith("--"):
                raise Wrong(f"{path}:{number}: a statement without `-- name:` above it")
            if not line.lstrip().startswith("--"):
                lines.append(line.rstrip())
            continue
        if name is not None:
            text = "\n".join(lines).strip().rstrip(";").rstrip()
            if not text:
                raise Wrong(f"{path}:{start}: {name} has no statement")
            yield name, text, start
        name, lines, start = match.group(1), [], number
        if not WORD.match(name):
            raise Wrong(f"{path}:{number}: {name} is no lower-case name")


def read_backend(folder):
    statements, migrations = {}, []
    for path in sorted(folder.glob("*.sql")):
        match = MIGRATION.match(path.name)
        if match:
            migrations.append((int(match.group(1)), path.name, path.read_text(encoding="utf-8")))
            continue
        for name, text, line in read_statements(path):
            if name in statements:
                raise Wrong(f"{path}:{line}: {name} stands in {statements[name][1]} already")
            statements[name] = (text, f"{path}:{line}")
    numbers = [m[0] for m in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise Wrong(f"{folder}: migrations must be numbered 001, 002 … without a hole, found {numbers}")
    return statements, migrations


def compile_sqlite(statements, migrations):
    db = sqlite3.connect(":memory:")
    try:
        db.execute("CREATE VIRTUAL TABLE probe USING fts5(x)")
        db.execute("DROP TABLE probe")
    except sqlite3.OperationalError:
        return  # this Python cannot; the first start of the program will
    for _, name, text in migrations:
        try:
            db.executescript(text)
        except sqlite3.Error as e:
            raise Wrong(f"{name}: {e}") from e
    for name, (text, place) in statements.items():
        if re.search(r"\?(?!\d)|[:@$][a-z]", text):
            raise Wrong(f"{place}: {name}: parameters are written ?1 ?2 …")
        count = max([int(n) for n in re.findall(r"\?(\d+)", text)] or [0])
        try:
            db.execute("EXPLAIN " + text, [None] * count)
        except (sqlite3.Error, sqlite3.Warning) as e:
            raise Wrong(f"{place}: {name}: {e}") from e


def quote(text):
    lines = text.split("\n")
    out = []
    for i, line in enumerate(lines):
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        out.append('    "' + escaped + ("\\n" if i + 1 < len(lines) else "") + '"')
    return "\n".join(out)


def names_header(names):
    rows = "".join(f"    SQL_{n.upper()},\n" for n in names)
    return (
        "/* Made by tools/gen_sql.py from src/store/sql; do not edit. */\n"
        "#ifndef SQL_NAMES_H\n#define SQL_NAMES_H\n\n#include <stddef.h>\n\n"
        f"enum sql {{\n{rows}    SQL_COUNT\n}};\n\n"
        "struct sql_migration {\n    int number;\n    const char *name;\n    const char *text;\n};\n"
        "extern const char *const sql_names[SQL_COUNT + 1];\n"
        "extern const char *const sql_sqlite[SQL_COUNT + 1];\n"
        "extern const struct sql_migration sql_sqlite_migrations[];\n"
        "extern const size_t sql_sqlite_migration_count;\n\n#endif\n"
    )


def text_source(names, backends):
    out = ["/* Made by tools/gen_sql.py from src/store/sql; do not edit. */", '#include "sql_names.h"', ""]
    out.append("const char *const sql_names[SQL_COUNT + 1] = {")
    out += [f'    "{n}",' for n in names] + ["    NULL,", "};", ""]
    for backend, (statements, migrations) in backends.items():
        out.append(f"const char *const sql_{backend}[SQL_COUNT + 1] = {{")
        for n in names:
            out.append(quote(statements[n][0]) + ",")
        out += ["    NULL,", "};", "", f"const struct sql_migration sql_{backend}_migrations[] = {{"]
        for number, name, text in migrations:
            out.append(f'    {{{number}, "{name}",\n{quote(text)}}},')
        out += ["};", f"const size_t sql_{backend}_migration_count = {len(migrations)};", ""]
    return "\n".join(out)


def write_if_changed(path, text):
    path = pathlib.Path(path)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    try:
        backends = {p.name: read_backend(p) for p in sorted(folder.iterdir()) if p.is_dir()}
        if "sqlite" not in backends:
            raise Wrong(f"{folder}: no folder sqlite")
        names = sorted(backends["sqlite"][0])
        for backend, (statements, _) in backends.items():
            odd = set(statements) ^ set(names)
            if odd:
                raise Wrong(f"{folder}/{backend}: has not the same names as sqlite: {', '.join(sorted(odd))}")
        compile_sqlite(*backends["sqlite"])
    except Wrong as e:
        sys.exit(f"gen_sql.py: {e}")
    write_if_changed(sys.argv[2], names_header(names))
    write_if_changed(sys.argv[3], text_source(names, backends))


if __name__ == "__main__":
    main()
