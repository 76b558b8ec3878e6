#!/usr/bin/env python3
"""TAP test of tools/gen_sql.py: what it makes, and what it refuses."""
import pathlib
import subprocess
import sys
import tempfile

TOOL = pathlib.Path(__file__).resolve().parents[3] / "tools" / "gen_sql.py"
SCHEMA = "CREATE TABLE t (a INTEGER, b TEXT);\n"
count = failed = 0


def ok(claim, text):
    global count, failed
    count += 1
    failed += not claim
    print(f"{'' if claim else 'not '}ok {count} - {text}")


def run(files):
    """files: {path below sql/: content}. Returns exit code, stderr, header, text."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, content in files.items():
            path = root / "sql" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        out = [root / "names.h", root / "text.c"]
        done = subprocess.run([sys.executable, str(TOOL), str(root / "sql"), *map(str, out)], capture_output=True, text=True)
        made = [p.read_text() if p.exists() else "" for p in out]
        return done.returncode, done.stderr, *made


def refused(files, word, text):
    code, err, *_ = run(files)
    ok(code != 0 and word in err, f"{text}: {err.strip()[:100]}")


GOOD = {
    "sqlite/001_a.sql": SCHEMA,
    "sqlite/x.sql": "-- prose\n-- name: t_add\nINSERT INTO t (a, b)\n-- why\nVALUES (?1, '\"\\');\n-- name: t_all\nSELECT a FROM t;\n",
}
code, err, header, text = run(GOOD)
ok(code == 0 and not err, f"a good folder is taken {err}")
ok("SQL_T_ADD,\n    SQL_T_ALL,\n    SQL_COUNT" in header, "names become an enum in order")
ok('VALUES (?1, \'\\"\\\\\')"' in text and "why" not in text, "text is quoted, comments and the semicolon are left out")
ok('{1, "001_a.sql",' in text and "migration_count = 1;" in text, "migrations are embedded")
refused({**GOOD, "sqlite/y.sql": "-- name: t_all\nSELECT 1;\n"}, "stands in", "the same name twice")
refused({**GOOD, "sqlite/y.sql": "-- name: u\nSELECT missing FROM t;\n"}, "missing", "a column that the schema lacks")
refused({**GOOD, "sqlite/y.sql": "-- name: u\nSELECT ? FROM t;\n"}, "?1 ?2", "parameters without numbers")
refused({**GOOD, "sqlite/y.sql": "-- name: u\n-- name: v\nSELECT 1;\n"}, "no statement", "a name without a statement")
refused({**GOOD, "sqlite/y.sql": "SELECT 1;\n"}, "without", "a statement without a name")
refused({**GOOD, "sqlite/y.sql": "-- name: Big\nSELECT 1;\n"}, "lower-case", "a name in capitals")
refused({**GOOD, "sqlite/y.sql": "-- name: u\nSELECT 1; SELECT 2;\n"}, "u", "two statements under one name")
refused({**GOOD, "sqlite/003_c.sql": SCHEMA}, "hole", "migrations with a hole")
refused({**GOOD, "sqlite/002_c.sql": "CREATE TABLE t (a);\n"}, "002_c.sql", "a migration that fails")
refused({**GOOD, "pg/x.sql": "-- name: t_add\nSELECT 1;\n"}, "t_all", "a backend that lacks a name")
print(f"1..{count}")
sys.exit(failed != 0)
