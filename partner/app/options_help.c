/* Prints options for people. */
#include "partner/app/options_help.h"

#include <ctype.h>
#include <stdio.h>

#define NAMES_MAX 40

void
options_print_row(const struct option_row *row)
{
	const char *argument = row->argument != NULL ? row->argument : "";
	const char *equals = row->argument != NULL ? "=" : "";
	char names[NAMES_MAX], letter[] = "    ";

	if (isalpha((unsigned char)row->letter))
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(names, sizeof(names), "%s--%s%s%s", letter, row->name, equals, argument);
	printf("  %-24s %s\n", names, row->help);
}
