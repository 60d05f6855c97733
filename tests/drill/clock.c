/* Sets the wall clock an hour ahead for a program that loads it with LD_PRELOAD. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define AHEAD_S 3600

int
clock_gettime(clockid_t id, struct timespec *t)
{
	long rc = syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && id == CLOCK_REALTIME)
		t->tv_sec += AHEAD_S;
	return (int)rc;
}
