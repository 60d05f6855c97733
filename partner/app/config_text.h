/* Values of the configuration as people read them. The caller frees each result. */
#ifndef PARTNER_APP_CONFIG_TEXT_H
#define PARTNER_APP_CONFIG_TEXT_H

#include "common/base.h"

/* Milliseconds, in the largest unit that gives a whole number: "2h". */
char *config_text_duration(int64_t ms);
/* Thousandths of a request a second: "0.500". */
char *config_text_rate(int64_t thousandths);
/* "https://host/..." without what follows the host, which may be a secret: whoever knows the address of a
 * chat service's hook may write there. */
char *config_text_origin(const char *url);

#endif
