#!/bin/sh
# Every key of web/msg stands in every language, once, and says something. messages.sh FOLDER
set -eu
awk '
function file(path) { sub(/.*\//, "", path); return path }
FNR == 1 { langs[++n] = file(FILENAME) }
/^[ \t]*(#|$)/ { next }
{
    at = index($0, "=")
    if (!at) { print FILENAME ":" FNR ": no \"=\""; broken = 1; next }
    key = substr($0, 1, at - 1)
    gsub(/[ \t]/, "", key)
    text = substr($0, at + 1)
    holes[file(FILENAME) SUBSEP key] = gsub(/\{\}/, "{}", text)
    gsub(/[ \t]/, "", text)
    if (text == "") { print FILENAME ":" FNR ": " key " says nothing"; broken = 1 }
    if (has[file(FILENAME) SUBSEP key]++) { print FILENAME ":" FNR ": " key " comes twice"; broken = 1 }
    keys[key] = 1
}
END {
    if (n < 3) { print "fewer than three languages"; broken = 1 }
    for (key in keys)
        for (i = 1; i <= n; i++)
            if (!((langs[i] SUBSEP key) in has)) { print langs[i] ": misses " key; broken = 1 }
            else if (holes[langs[i] SUBSEP key] != holes[langs[1] SUBSEP key]) {
                print langs[i] ": " key " has another number of {} than in " langs[1]
                broken = 1
            }
    exit broken
}' "$1"/*.msg
