#!/bin/sh
# seed.sh DIR: writes the sample lists as inputs of fuzz_intake: two bytes of options, then the list.
set -eu
mkdir -p "$1"
for f in samples/lists/dialects/*.csv samples/lists/returns.csv; do
	{ printf '\007\000'; cat "$f"; } > "$1/$(basename "$f" .csv)"
done
{ printf '\007\001'; cat samples/lists/dialects/headerless_make_model_serial.csv; } > "$1/columns_given"
{ printf "\007\001"; cat samples/lists/dialects/unknown_names.csv; } > "$1/columns_and_names"
