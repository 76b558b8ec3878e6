# Who may include whom: awk -f test/lint/layers.awk src/LAYERS FILES…   (FILES by their path from the top)
# src/LAYERS: "layer: layers it may include"; "!path/prefix: names" forbids those to files whose path begins so, also by way
# of other headers. A name is a folder or a file without its ending. Also: one wrapper per foreign library, and a .c
# includes its own header first.
BEGIN {
    split("sqlite3.h|store/sqlite.c,jansson.h|base/json.c,libxml/|codec/html.c codec/xml.c,openssl/|base/seal.c io/tls.c," \
          "sodium.h|base/id.c,sys/epoll.h|io/loop.c,libstemmer.h|base/stem.c,utf8proc.h|base/text.c,curl/|io/fetch.c," \
          "libpq-fe.h|store/pg.c,nats/|wire/relay.c,zlib.h|main/cmd_import.c", rows, ",")
    for (i in rows) {
        split(rows[i], cell, "|")
        wrapper[cell[1]] = " " cell[2] " "
    }
}
function breach(text) {
    print FILENAME ":" FNR ": " text
    broken = 1
}
FILENAME ~ /LAYERS$/ {
    sub(/#.*/, "")
    if (!NF) next
    name = $1
    sub(/:$/, "", name)
    rest = ""
    for (i = 2; i <= NF; i++) rest = rest " " $i
    if (name ~ /^!/) forbidden[substr(name, 2)] = rest " "
    else allowed[name] = rest " " name " "
    next
}
FNR == 1 {
    path = FILENAME
    sub(/^.*src\//, "", path)
    layer = path
    sub(/\/.*/, "", layer)
    seen_include = 0
    own = path
    is_c = sub(/\.c$/, ".h", own)
    if (!(layer in allowed)) breach("layer '" layer "' is not in src/LAYERS")
}
/^[ \t]*#[ \t]*include/ {
    line = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", line)
    target = line
    gsub(/["<>]/, "", target)
    sub(/[ \t].*/, "", target)
    if (line ~ /^</) {
        for (lib in wrapper)
            if (index(target, lib) == 1 && index(wrapper[lib], " " path " ") == 0)
                breach("<" target "> belongs in" wrapper[lib] "only")
        next
    }
    if (is_c && !seen_include && target != own && (getline other < ("src/" own)) >= 0) {
        breach("includes its own header first: " own)
        close("src/" own)
    }
    seen_include = 1
    if (target ~ /\.def$/) sub(/\.def$/, ".h", target)
    if (target !~ /\//) next # a generated header of its own folder
    up = target
    sub(/\/.*/, "", up)
    if (allowed[layer] !~ / everything / && index(allowed[layer], " " up " ") == 0)
        breach("layer " layer " may not include " target)
    includes[path] = includes[path] " " target
}
# Follows every include of `file`, the way so far in `way`; each file once per start.
function follow(start, rule, file, way,    target, n, i, all, stem, up) {
    n = split(includes[file], all, " ")
    for (i = 1; i <= n; i++) {
        target = all[i]
        if ((start SUBSEP rule SUBSEP target) in been) continue
        been[start SUBSEP rule SUBSEP target] = 1
        stem = up = target
        sub(/\.[a-z]+$/, "", stem)
        sub(/\/.*/, "", up)
        if (index(forbidden[rule], " " stem " ") || index(forbidden[rule], " " up " ")) {
            print "src/" start ": may not see " target " (rule !" rule "), which comes in by" way
            broken = 1
        } else
            follow(start, rule, target, way " " target)
    }
}
END {
    for (rule in forbidden)
        for (path in includes)
            if (index(path, rule) == 1) follow(path, rule, path, " " path)
    exit broken
}
