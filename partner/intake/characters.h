/*
 * Finds a character that does not belong into a value, and says which one it is and where. Pure.
 */
#ifndef PARTNER_INTAKE_CHARACTERS_H
#define PARTNER_INTAKE_CHARACTERS_H

#include "common/base.h"

#define CHARACTERS_SIZE 256

/* The first character outside ASCII, or control character, whose kind is among the bits of `bad` (1 <<
 * enum unicode_kind). Writes "character 4 is U+200B (a zero-width space): type the value again". false:
 * there is none, or the text is not UTF-8. */
bool characters_find(const char *text, unsigned bad, char out[static CHARACTERS_SIZE]);

#endif
