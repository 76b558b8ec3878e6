/* Calls this house does without; included into every file by the build (-include). */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r atoi atol atoll atof localtime gmtime ctime asctime srand alloca system popen
/* OpenSSL's headers have parameters of this name, so it cannot be poisoned. */
extern int rand(void) __attribute__((deprecated("use id_random")));
#endif
