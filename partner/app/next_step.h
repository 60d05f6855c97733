/*
 * The next step: the command that a person types after an end other than 0. The table of exit codes has
 * one for each code (exit_code.c); whoever knows better sets another. Like the log, its state is
 * process-wide, because whoever knows better is anywhere, and cli.c prints it at the end.
 */
#ifndef PARTNER_APP_NEXT_STEP_H
#define PARTNER_APP_NEXT_STEP_H

#include "common/base.h"
#include "common/buf.h"

/* At the end of a step: the run, nothing if there is none or more than one; the command line of this process. */
#define NEXT_STEP_RUN "@RUN"
#define NEXT_STEP_SAME "@SAME"

/* The command line, before its options are read. Its texts are borrowed. */
void next_step_start(int argc, char **argv);
/* The configuration that the command line names, or NULL; borrowed. */
void next_step_config(const char *path);
/* A run that the command worked on. */
void next_step_run(const char *name);
bool next_step_has_run(void);
/* A better step than that of the exit code: the words after "unpilot". The last one counts. */
void next_step_set(const char *format, ...) PRINTFLIKE(1, 2);
/* The same for an end with this code. Another end has the step of its own code. */
void next_step_set_for(int code, const char *format, ...) PRINTFLIKE(2, 3);
/* The same with one argument, such as a path, in quotation marks if a shell needs them. */
void next_step_set_with(const char *words, const char *argument);
/* Appends " --OPTION=VALUE" to a step, in quotation marks if a shell needs them. */
void next_step_add_option(struct buf *step, const char *option, const char *value);
/* The same for a command of another program. */
void next_step_set_other(const char *words, const char *argument);
/* "unpilot STEP", with the configuration if the command line names one. The caller frees it. */
char *next_step_command(const char *step);
/* Prints "next: " and that command, or the better step. code: of the end. */
void next_step_print(int code, const char *step);
void next_step_release(void);

#endif
