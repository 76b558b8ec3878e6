#!/bin/sh
# docs/architecture.md is true: section 2 shows src/LAYERS, and section 3 names every file of src once and no other.
# placed.sh PAGE LAYERS FILES…   A line of section 3: names, two spaces or more, what they are; "src/FOLDER/" before them.
set -eu
page=$1
layers=$2
shift 2
bare() { sed 's/#.*//' | tr -s ' ' | sed 's/ $//' | grep -v '^$'; }
status=0
awk '/^## 2\./ { on = 1 } /^## 3\./ { exit } on && /^```/ { if (inside) exit; inside = 1; next } inside' "$page" | bare |
    { bare <"$layers" | diff - /dev/fd/3 >&2; } 3<&0 || { echo "$page, section 2, is not what $layers says"; status=1; }
awk '
FILENAME == "-" { file = $0; sub(/\.[a-z]+$/, "", file); exists[file] = 1; next }
/^## 3\./ { on = 1 }
/^## 4\./ { on = 0 }
on && /^src\/[a-z]+\// { folder = $1; next }
on && folder && /^```/ { folder = "" }
on && folder && /^  [a-z]/ {
    line = substr($0, 3)
    sub(/  .*/, "", line)
    n = split(line, name, " ")
    for (i = 1; i <= n; i++) {
        if (named[folder name[i]]++) { print "named twice: " folder name[i]; broken = 1 }
    }
}
END {
    for (file in exists) if (!(file in named)) { print "has no place in section 3: " file; broken = 1 }
    for (file in named) if (!(file in exists)) { print "section 3 names what does not exist: " file; broken = 1 }
    exit broken
}' - "$page" <<LIST || status=1
$(printf '%s\n' "$@")
LIST
exit $status
