#!/bin/sh
# A test file that no meson.build names is never run. listed.sh TOP FILES…
set -eu
status=0
shift
for file in "$@"; do
    case $(basename "$file") in test_*.c | fuzz_*.c) ;; *) continue ;; esac
    stem=$(basename "$file" .c)
    short=${stem#*_}
    grep -qE "'($stem|$stem\.c|$short)'" "$(dirname "$file")/meson.build" 2>/dev/null ||
        { echo "$file is not in $(dirname "$file")/meson.build"; status=1; }
done
exit $status
