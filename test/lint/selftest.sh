#!/bin/sh
# Every lint rule must see the breach it is there for: each is planted into a copy, and the rule must fail on it and
# pass without it.
set -u
top=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
passed=0
failed=0
lint=$top/test/lint
ok() { passed=$((passed + 1)); }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }

mkdir -p "$copy/clean/test" "$copy/clean/web"
cp -R "$top/src" "$top/docs" "$copy/clean/"
cp -R "$top/test/unit" "$top/test/fuzz" "$top/test/lint" "$copy/clean/test/"
cp -R "$top/web/msg" "$copy/clean/web/"

# plant WHAT FILE TEXT COMMAND…: COMMAND passes on a clean copy, and fails once TEXT stands at the end of FILE.
plant() {
    what=$1 file=$2 text=$3
    shift 3
    rm -rf "$copy/tree"
    cp -Rl "$copy/clean" "$copy/tree" # links: only the file that gets the breach is made a copy
    cd "$copy/tree" || exit 1
    if "$@" >"$copy/out" 2>&1; then
        mkdir -p "$(dirname "$file")"
        [ ! -e "$file" ] || cp --remove-destination "$copy/clean/$file" "$file"
        printf '%b\n' "$text" >>"$file"
        if "$@" >"$copy/out" 2>&1; then not_ok "$what: not seen"; else ok; fi
    else
        not_ok "$what: fails without a breach: $(head -n 3 "$copy/out")"
    fi
    cd "$top" || exit 1
}
layers() { find src -name '*.[ch]' -exec awk -f "$lint/layers.awk" src/LAYERS {} +; }
calls() { find src -name '*.[ch]' -exec awk -f "$lint/calls.awk" {} +; }
budgets() { find src -name '*.[ch]' -exec python3 "$lint/budgets.py" {} +; }
placed() { find src -name "*.[ch]" -o -name "*.def" | xargs sh "$lint/placed.sh" "${1:-docs/architecture.md}" src/LAYERS; }
cycles() { find src -name '*.h' -exec sh "$lint/cycles.sh" {} +; }
many() { awk -v n="$1" -v t="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s\\n", t }'; }

plant "a lower layer includes a higher one" src/news/story.c '#include "store/store.h"' layers
plant "base includes io" src/base/str.h '#include "io/loop.h"' layers
plant "desk includes the tape" src/desk/submit.c '#include "tape/tape.h"' layers
plant "the public site sees stories" src/view/site_front.c '#include "news/story.h"' layers
plant "the public feeds see stories" src/view/feed.c '#include "news/story.h"' layers
plant "the public site sees codecs" src/view/site.h '#include "codec/native.h"' layers
plant "the public site sees stories by way of a header of all views" src/view/app.h '#include "store/store.h"' layers
plant "the public site sees codecs by way of its reader" src/store/public.h '#include "codec/ninjs.h"' layers
plant "a file that has no place in the architecture" src/news/stray.c 'int x;' placed
plant "layers that the architecture does not show" src/LAYERS 'push: base' placed
sed 's/^  mark  /  mark gone  /' docs/architecture.md >"$copy/page"
if placed "$copy/page" >/dev/null 2>&1; then not_ok "a place without its file: not seen"; else ok; fi
plant "a folder that is no layer" src/extra/thing.c 'int x;' layers
for breach in 'view/page.c <sqlite3.h>' 'news/code.c <jansson.h>' 'view/feed.c <libxml/tree.h>' 'http/req.c <openssl/sha.h>' \
    'view/auth.c <sodium.h>' 'http/server.c <sys/epoll.h>' 'news/query.c <libstemmer.h>' 'news/code.c <utf8proc.h>' \
    'view/has.c <curl/curl.h>'; do
    plant "a second wrapper: $breach" "src/${breach% *}" "#include ${breach#* }" layers
done
plant "a .c that does not include its own header first" src/base/two.h '' sh -c "
    [ -s src/base/two.h ] && printf '#include \"base/str.h\"\n#include \"base/two.h\"\n' >src/base/two.c
    find src -name '*.[ch]' -exec awk -f $lint/layers.awk src/LAYERS {} +"
plant "a circle of headers" src/base/str.h '#include "base/buf.h"' cycles
plant "a file that is too long" src/base/err.c "$(many 650 '/* */')" budgets
plant "a header that is too long" src/base/err.h "$(many 210 '/* */')" budgets
plant "a function that is too long" src/base/err.c "static void f(void)\n{\n$(many 101 '    ;')}" budgets
plant "a function with too many ways" src/base/err.c "static void f(int a)\n{\n$(many 26 '    if (a)\n        a++;')}" budgets
plant "nesting" src/base/err.c "static void f(int a)\n{\n    if (a) {\n        if (a) {\n            if (a) {\n                if (a)\n                    a++;\n            }\n        }\n    }\n}" budgets
plant "six parameters" src/base/err.c "static void f(int a, int b, int c, int d, int e, int g)\n{\n}" budgets
plant "a struct of 31 fields" src/base/err.h "struct wide {\n$(many 31 '    int a;')};" budgets
for call in 'strcpy(a, b)' 'sprintf(a, b)' 'strtok(a, b)' 'atoi(a)' 'localtime(a)' 'system(a)' 'malloc(3)' 'rand()'; do
    plant "the call $call" src/news/code.c "void f(void)\n{\n    $call;\n}" calls
done
plant "a typedef of a struct" src/news/code.h 'typedef struct code code_t;' calls
plant "a file without a noun" src/news/util.c 'int x;' calls
plant "a message that one language lacks" web/msg/en.msg 'only.here = x' sh "$lint/messages.sh" web/msg
plant "a message with other holes" web/msg/en.msg 'date.month.1 = {}' sh "$lint/messages.sh" web/msg
plant "a message that says nothing" web/msg/tr.msg 'empty.one =' sh "$lint/messages.sh" web/msg
plant "an option without text" src/main/options.def 'OPTION(nothing, TEXT, "x", "")' sh "$lint/options.sh" src/main/options.def
plant "an option twice" src/main/options.def 'OPTION(timezone, TEXT, "x", "again")' sh "$lint/options.sh" src/main/options.def
for word in 'TO''DO later' '/tmp/''bash_jobs/7' '/work/''main/src' 'https://registry.''npmjs.org/x' '/ro''ot/.cache'; do
    plant "the word $word" src/news/code.c "/* $word */" sh "$lint/words.sh" src/news/code.c
done
plant "a test that nobody builds" test/unit/base/test_alone.c '#include "../tap.h"' sh -c "
    sh $lint/listed.sh test \$(find test/unit test/fuzz -name '*.c')"

# exported names: a small object of our own, in a folder laid out as meson does
mkdir -p "$copy/o/src/news/libnews.a.p"
printf 'int code_good;\nstatic int own(void) { return 1; }\nint (*code_use)(void) = own;\n' >"$copy/code.c"
gcc -c -o "$copy/o/src/news/libnews.a.p/code.c.o" "$copy/code.c"
if sh "$lint/symbols.sh" "$copy/o" >"$copy/out" 2>&1; then ok; else not_ok "names: $(cat "$copy/out")"; fi
printf 'int story_foreign;\n' >>"$copy/code.c"
gcc -c -o "$copy/o/src/news/libnews.a.p/code.c.o" "$copy/code.c"
if sh "$lint/symbols.sh" "$copy/o" >"$copy/out" 2>&1; then not_ok "a foreign name is not seen"; else ok; fi

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
