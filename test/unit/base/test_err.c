#include "base/err.h"
#include "base/str.h"
#include "../tap.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_table(void)
{
    ok_int(err_status(OK), 200, "OK is 200");
    ok_int(err_status(ERR_STALE), 412, "a stale version is 412");
    ok_int(err_status(ERR_COUNT), 500, "a number that is no error is 500");
    ok_str(str_from(err_key(OK)), "ok", "key of OK");
    ok_str(str_from(err_key(ERR_NEED_MATCH)), "need_match", "key of a row");
    ok_str(str_from(err_key((enum err)-1)), "internal", "key of nonsense");
    bool is_full = true;
    for (int e = 0; e < ERR_COUNT; e++)
        is_full = is_full && err_status((enum err)e) >= 200 && err_key((enum err)e)[0];
    ok(is_full, "every error has a status and a key");
}

static void test_why(void)
{
    struct why why;
    ok_int(err_why(NULL, ERR_FIELD, "/headline", "x"), ERR_FIELD, "no why wanted: only the code comes back");
    ok_int(err_why(&why, ERR_PARSE, NULL, "line %d", 3), ERR_PARSE, "returns its code");
    ok_str(str_from(why.text), "line 3", "formatted");
    ok_str(str_from(why.at), "", "no place");
    char many[400];
    memset(many, 'x', sizeof many);
    /* the cut at 255 bytes falls into the middle of the two-byte letter */
    memcpy(many + 254, "\xC4\x9F", 3);
    err_why(&why, ERR_FIELD, "/f", "%s", many);
    ok_int(strlen(why.text), 254, "a torn character is removed at the cut");
    err_why(&why, ERR_FIELD, "/f", "%s", "ağ");
    ok_str(str_from(why.text), "ağ", "a whole one at the end stays");
}

static void test_must(void)
{
    int fds[2], status;
    if (pipe(fds) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[1], STDERR_FILENO);
        must(1 + 1 == 3);
        _exit(0);
    }
    close(fds[1]);
    char text[512] = "";
    ssize_t n = read(fds[0], text, sizeof text - 1);
    waitpid(child, &status, 0);
    close(fds[0]);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a broken claim aborts");
    ok(n > 0 && strstr(text, "1 + 1 == 3") && strstr(text, "test_err.c"), "and says which and where");
    must(true);
}

int main(void)
{
    test_table();
    test_why();
    test_must();
    return tap_end();
}
