# What the poison list of base/banned.h cannot see. FILES by path.
function breach(text) {
    print FILENAME ":" FNR ": " text
    broken = 1
}
FNR == 1 && FILENAME ~ /\/(util|utils|common|helper|helpers|misc|manager)[a-z_]*\.[ch]$/ {
    breach("a file is named by its noun, not " FILENAME)
}
{ code = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", code) }
code ~ /^[ \t]*(\/\*|\*|\/\/)/ { next }
code ~ /typedef[ \t]+(struct|union|enum)[^(]*;/ || code ~ /typedef[ \t]+(struct|union|enum)[^(;]*{/ { breach("no typedef of structs") }
FILENAME ~ /base\/banned\.h$/ { next }
code ~ /SIG_IGN/ { next } # to ignore a signal is all that signal() is for
code ~ /(^|[^a-z_0-9.>])(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|strtok_r|atoi|atol|atoll|atof|localtime|gmtime|ctime|asctime|rand|srand|alloca|system|popen|setjmp|longjmp|usleep_range|signal|tmpnam|mktemp|vfork|gethostbyname)[ \t]*\(/ {
    breach("banned call: " code)
}
code ~ /(^|[^a-z_0-9.>])(malloc|calloc|realloc|strdup|strndup|asprintf)[ \t]*\(/ && FILENAME !~ /src\/base\/(mem|arena)\.c$/ {
    breach("memory comes from base/mem or an arena: " code)
}
code ~ /^[ \t]*}?[ \t]*goto / && code !~ /goto (fail|again|out|done)[a-z_]*;/ { breach("goto only forward, to fail: " code) }
END { exit broken }
