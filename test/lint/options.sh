#!/bin/sh
# Every configuration key has a sentence in its table and none comes twice. options.sh TABLE DOCS
set -eu
awk -F'[(,]' '/^OPTION\(/ {
        name = $2
        if (seen[name]++) { print name " comes twice"; broken = 1 }
        if ($0 !~ /"[^"]+"\)[ \t]*$/) { print name " has no text"; broken = 1 }
        n++
    }
    END { if (!n) { print "no options found"; broken = 1 } exit broken }' "$1"
