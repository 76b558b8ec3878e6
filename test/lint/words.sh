#!/bin/sh
# Words that do not belong in the repository: notes to self, folders of somebody's machine, hosts of package registries.
# words.sh FILES…; the patterns are written so that they do not find themselves.
set -eu
[ $# -gt 0 ] || exit 0
status=0
grep -nIE '\b(TO[D]O|FIX[M]E)\b|\bX[X]X:' -- "$@" && status=1
grep -nIE '/tmp/bash[_]jobs|/work[/](main|shared)|/home[/][a-z]+/|/root[/]\.|/tmp[/]w/' -- "$@" && status=1
grep -nIE 'registry[.]npmjs|npmjs[.]com|pypi[.]org|pythonhosted[.]org|deb[.]debian[.]org|proxy[.]golang|crates[.]io|rubygems[.]org' -- "$@" && status=1
exit $status
