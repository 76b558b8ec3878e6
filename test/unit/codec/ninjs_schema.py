"""Validates what the program named first prints, one ninjs document per line, against the IPTC schema.

The schema is not part of the repository: it is looked for in $TELLAL_SHARED (default ../shared beside the source
folder, which is the second argument)."""
import json
import os
import subprocess
import sys

SCHEMA = "formats/ninjs/ninjs-schema_3.1.json"


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def main():
    program, source = sys.argv[1:3]
    path = os.path.join(os.environ.get("TELLAL_SHARED") or os.path.join(source, "..", "shared"), SCHEMA)
    if not os.path.exists(path):
        skip(f"{os.path.normpath(path)} is not there")
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        skip("python3-jsonschema is not installed")
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
    # geometry is a schema of its own, which we do not write
    schema["$defs"]["ninjsType"]["properties"]["places"]["items"]["properties"].pop("geoJSON", None)
    validator = Draft202012Validator(schema)
    lines = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8").splitlines()
    wrong = 0
    for number, line in enumerate(lines, 1):
        errors = sorted(validator.iter_errors(json.loads(line)), key=str)
        print(f"{'not ok' if errors else 'ok'} {number} - document {number}")
        for e in errors[:3]:
            print(f"# {list(e.absolute_path)}: {e.message[:200]}")
        wrong += bool(errors)
    print(f"1..{len(lines)}")
    sys.exit(1 if wrong else 0)


main()
