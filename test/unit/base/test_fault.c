#ifndef TELLAL_FAULTS
#define TELLAL_FAULTS
#endif
#include "base/fault.c"
#include "../tap.h"

#include <sys/wait.h>
#include <unistd.h>

/* The pattern of five passes of the point "commit", as bits; each in a process of its own because the count is. */
static int pattern(const char *wish)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        int bits = 0;
        if (wish)
            setenv("TELLAL_FAULT", wish, 1);
        else
            unsetenv("TELLAL_FAULT");
        for (int i = 0; i < 5; i++)
            bits |= (fault_hit("other"), fault_hit("commit")) << i;
        _exit(bits);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

int main(void)
{
    ok_int(pattern(NULL), 0, "no wish, no fault");
    ok_int(pattern("commit:3"), 4, "the third time only");
    ok_int(pattern("commit:3+"), 4 + 8 + 16, "from the third on");
    ok_int(pattern("commi:1"), 0, "another name");
    ok_int(pattern("commit"), 0, "no count");
    ok_int(pattern("commit:x"), 0, "a count that is none");
    return tap_end();
}
