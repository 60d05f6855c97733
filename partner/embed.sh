#!/bin/sh
# embed.sh FILE: prints C source that defines the file's bytes and a NUL as "embed_<name>".
# <name> is the file name with '_' for every byte that is neither a letter nor a digit.
set -eu
name=$(basename "$1" | sed 's/[^A-Za-z0-9]/_/g')
printf '/* generated from %s: do not edit */\n#include "partner/embed.h"\nconst unsigned char embed_%s[] = {\n' "$1" "$name"
od -An -v -tu1 "$1" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
printf '0};\n'
