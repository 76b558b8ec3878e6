#include "base/log.h"
#include "base/clock.h"
#include "../tap.h"

#include <unistd.h>

static int kept_stderr;

static struct str read_back(int fd, char *out, size_t size)
{
    ssize_t n = read(fd, out, size);
    return n > 0 ? str_of(out, (size_t)n) : STR_NONE;
}

int main(void)
{
    int fds[2];
    char text[4096];
    if (pipe(fds) != 0)
        return 1;
    kept_stderr = dup(STDERR_FILENO);
    dup2(fds[1], STDERR_FILENO);
    clock_fake(1773480065123);
    log_line(LOG_INFO, "publish", "seq=%d id=%s", 7, "ab");
    ok_str(read_back(fds[0], text, sizeof text), "2026-03-14T09:21:05.123Z info publish seq=7 id=ab\n", "one line");
    log_line(LOG_WARN, "stop", "%s", "");
    ok_str(read_back(fds[0], text, sizeof text), "2026-03-14T09:21:05.123Z warn stop\n", "no pairs, no space");
    log_line(LOG_ERROR, "x", "v=%s", "a\nb\x7F");
    ok_str(read_back(fds[0], text, sizeof text), "2026-03-14T09:21:05.123Z error x v=a\\x0ab\\x7f\n", "never two lines");
    log_line(LOG_DEBUG, "quiet", "a=1");
    log_set_level(LOG_DEBUG);
    log_line(LOG_DEBUG, "loud", "a=1");
    ok_str(read_back(fds[0], text, sizeof text), "2026-03-14T09:21:05.123Z debug loud a=1\n", "the level rules");
    static char many[9000];
    memset(many, '\n', sizeof many - 1);
    log_line(LOG_INFO, "long", "v=%s", many);
    struct str line = read_back(fds[0], text, sizeof text);
    ok(line.n > 1000 && line.n <= 2200 && line.p[line.n - 1] == '\n', "a giant is cut and still ends its line");
    dup2(kept_stderr, STDERR_FILENO);

    ok_str(str_from(log_safe(S("plain-1"))), "plain-1", "a plain value stays");
    ok_str(str_from(log_safe(STR_NONE))  , "\"\"", "none is visible");
    ok_str(str_from(log_safe(S("a b=\"\\\n\x01"))), "\"a b=\\\"\\\\\\n\\x01\"", "quoted and escaped");
    memset(many, 'a', 199);
    memcpy(many + 199, "\xC4\x9F", 2);
    ok_int(strlen(log_safe(str_of(many, 300))), 199, "cut before a letter that would be torn");
    const char *one = log_safe(S("1")), *two = log_safe(S("2")), *three = log_safe(S("3")), *four = log_safe(S("4"));
    ok(*one == '1' && *two == '2' && *three == '3' && *four == '4', "four in turn");
    return tap_end();
}
