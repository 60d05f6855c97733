#!/bin/sh
# embed.sh FILE: a C source with the file's bytes as "embed_<name>", NUL-terminated.
# Names: every byte of the path's last part that is no letter or digit becomes '_'.
set -eu
name=$(basename "$1" | sed 's/[^A-Za-z0-9]/_/g')
printf '/* made from %s: do not edit */\n#include "partner/embed.h"\nconst unsigned char embed_%s[] = {\n' "$1" "$name"
od -An -v -tu1 "$1" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
printf '0};\n'
