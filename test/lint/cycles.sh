#!/bin/sh
# No header may include itself by way of others. cycles.sh FILES…
set -eu
for header in "$@"; do
    case $header in *.h) ;; *) continue ;; esac
    sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$header" |
        while read -r other; do echo "${header#*src/} $other"; done
done | tsort 2>&1 >/dev/null | awk '/loop|^tsort/ { print } END { exit NR > 0 }'
