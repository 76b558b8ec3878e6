#!/bin/sh
# The house's own rules, one check a line; architecture.md 2, 7 and 8 say why. Run by ./dev lint after a build.
set -u
passed=0
failed=0
check() {
    what=$1
    shift
    if "$@" >build/.lint 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok - $what"
        sed 's/^/    /' build/.lint
    fi
}
sources=$(find src -name '*.[ch]' | LC_ALL=C sort)
tests=$(find test/unit test/fuzz test/fault -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
texts=$(git ls-files -co --exclude-standard | while read -r f; do [ -f "$f" ] && echo "$f"; done |
    grep -vE '^(LICENSE|demo/stories/|demo/acts/|demo/trickle/)' | grep -v ' ')
# shellcheck disable=SC2086
{
    check "layers, wrappers of foreign libraries, own header first" awk -f test/lint/layers.awk src/LAYERS $sources
    # shellcheck disable=SC2046
    check "the architecture's list of files and layers" sh test/lint/placed.sh docs/architecture.md src/LAYERS $sources $(find src -name '*.def')
    check "no header cycles" sh test/lint/cycles.sh $sources
    check "budgets of size, complexity, nesting, parameters" python3 test/lint/budgets.py $sources
    check "banned calls and names" awk -f test/lint/calls.awk $sources
    check "exported names" sh test/lint/symbols.sh build/release
    check "messages in every language" sh test/lint/messages.sh web/msg
    check "every message is used, every key exists" python3 test/lint/used.py web src
    check "words that do not belong here" sh test/lint/words.sh $texts
    check "every test and fuzz target is built" sh test/lint/listed.sh test $tests
    check "every option is documented" sh test/lint/options.sh src/main/options.def docs
    check "the list of waivers does not grow" sh -c '[ "$(grep -vc "^#" test/lint/waivers)" -le 0 ]'
}
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
