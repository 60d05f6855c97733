/*
 * Messages for people, on standard error. One process-wide state (level, colour,
 * error count and the last errors), because a log has one end.
 * Control bytes are masked, so a serial cannot move the cursor. Texts have no newline.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/base.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT
};

#define LOG_REPEAT_MAX 20 /* errors kept for the last block */

void log_set_level(enum log_level level);                 /* -q: ERROR; default INFO; -v: DEBUG */
void log_error(const char *format, ...) PRINTFLIKE(1, 2); /* counted and repeated at the end */
void log_warn(const char *format, ...) PRINTFLIKE(1, 2);
void log_info(const char *format, ...) PRINTFLIKE(1, 2);
void log_debug(const char *format, ...) PRINTFLIKE(1, 2);
/* Repeats the kept errors in one block where other lines came after them. */
void log_repeat_errors(void);

#endif
