/*
 * measure FILE COMMAND...: runs the command, writes "wall user sys peak_kib" to FILE and exits
 * with the status of the command. Times have microseconds, because time(1) rounds to hundredths
 * of a second. The program is small, because the memory peak of a child starts at its parent's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds_of(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	double start = now(), end;
	struct rusage used;
	int status;
	pid_t pid;
	FILE *out;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND...\n");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
		perror("measure");
		return 126;
	}
	end = now();
	out = fopen(argv[1], "we");
	if (out == NULL ||
	    fprintf(out, "%.6f %.6f %.6f %ld\n", end - start, seconds_of(&used.ru_utime),
	            seconds_of(&used.ru_stime), used.ru_maxrss) < 0 ||
	    fclose(out) != 0) {
		perror(argv[1]);
		return 126;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
