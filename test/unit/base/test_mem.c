#include "base/mem.h"
#include "base/str.h"
#include "../tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_blocks(void)
{
    char *p = mem_zero(64);
    bool is_zero = true;
    for (int i = 0; i < 64; i++)
        is_zero = is_zero && p[i] == 0;
    ok(is_zero, "zeroed");
    memset(p, 'a', 64);
    p = mem_grow(p, 4096);
    ok(p[0] == 'a' && p[63] == 'a', "kept while growing");
    mem_free(p);
    p = mem_zero(0);
    ok(p != NULL, "nothing is something that can be freed");
    mem_free(p);
    mem_free(NULL);
    int *v = mem_array(int, 10);
    ok_int(v[9], 0, "arrays are zeroed");
    mem_free(v);
    char *copy = mem_dup("abc", 2);
    ok_str(str_from(copy), "ab", "a copy ends in zero");
    mem_free(copy);
    copy = mem_dup(NULL, 0);
    ok_str(str_from(copy), "", "a copy of nothing");
    mem_free(copy);
}

static void test_overflow(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        close(STDERR_FILENO);
        volatile size_t n = SIZE_MAX / 2;
        char *p = mem_zeros(n, 8);
        _exit(p ? 0 : 1);
    }
    waitpid(child, &status, 0);
    ok(!WIFEXITED(status) || WEXITSTATUS(status) > 0, "a product that overflows ends the program");
}

static void test_ref(void)
{
    struct ref r;
    ref_init(&r);
    ref_hold(&r);
    ok(!ref_drop(&r), "not the last");
    ok(ref_drop(&r), "the last");
}

static void test_cleanup(void)
{
    int kept = -1;
    {
        CLEANUP(mem_cleanup) char *p = mem_zero(10);
        CLEANUP(mem_close_fd) int fd = open("/dev/null", O_RDONLY);
        CLEANUP(mem_close_fd) int none = -1;
        kept = fd;
        ok(p && fd >= 0 && none < 0, "inside");
    }
    ok(fcntl(kept, F_GETFD) < 0, "the descriptor was closed at the end of the scope");
}

int main(void)
{
    test_blocks();
    test_overflow();
    test_ref();
    test_cleanup();
    return tap_end();
}
