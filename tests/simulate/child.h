/*
 * The process that plays commands of the program. One process plays one command after the other, because a new
 * process costs more than most commands; each begins with the program's variables as they were at first. A
 * command that crashes, or keeps something of the ledger open, ends the process, and the next one gets a new one.
 * Workers on a server and second commands have a process each.
 */
#ifndef TESTS_SIMULATE_CHILD_H
#define TESTS_SIMULATE_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* For all commands until the next call: the directory of the world, which is borrowed. */
void child_in(const char *dir);
/* Call after a change of something that a process inherits from the simulator: the next command gets a new one. */
void child_forget(void);
/* Words that blanks separate, and the file for what the command prints. own: a process of its own. Returns its number. */
pid_t child_start(const char *line, const char *output, bool own);
/* Waits for the end of the command, and returns its status as wait(2) does. Calls this function each time when the
 * command stops itself. */
int child_wait(pid_t pid, void (*on_stop)(void), struct rusage *ret_used);

#endif
