#!/bin/sh
# An object exports only names that begin with its file's name, or with a prefix that test/lint/prefixes gives it.
# symbols.sh FOLDER: a meson build folder.
set -eu
find "$1" -path '*src/*' -name '*.o' | sort | while read -r object; do
    # build/release/src/news/libnews.a.p/right.c.o -> news right
    layer=$(basename "$(dirname "$(dirname "$object")")")
    file=$(basename "$object" .o)
    nm --defined-only "$object" 2>/dev/null | awk -v layer="$layer" -v file="$file" '{ print layer, file, $(NF - 1), $NF }'
done | awk -v prefixes="${PREFIXES:-test/lint/prefixes}" '
BEGIN {
    while ((getline line < prefixes) > 0) {
        sub(/#.*/, "", line)
        n = split(line, word, /[: ]+/)
        for (i = 2; i <= n; i++) if (word[i] != "") extra[word[1]] = extra[word[1]] " " word[i]
    }
}
{
    place = $1 "/" $2
    if ($4 ~ /\./ || $4 ~ /^_/) next      # compiler made: clones, string constants
    if ($3 !~ /^[TDBRCGSVW]$/) next
    stem = $2
    sub(/\.c$/, "", stem)
    if ($2 !~ /\.c$/ || $2 ~ /^meson-generated/) next
    # site_story.c may say site_ or story_page…: its own whole name, or the noun before the first underscore
    first = stem
    sub(/_.*/, "", first)
    if ($4 == stem || index($4, stem "_") == 1 || index($4, first "_") == 1 || $4 == "main") next
    n = split(extra[place], word, " ")
    for (i = 1; i <= n; i++) if (index($4, word[i]) == 1) next
    print place ": exports " $4
    broken = 1
}
END {
    if (NR == 0) { print "no objects: build first"; exit 1 }
    exit broken
}'
