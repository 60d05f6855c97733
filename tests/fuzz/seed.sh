#!/bin/sh
# seed.sh DIR: the fixtures as inputs of fuzz_intake: two bytes that choose options, then the list.
set -eu
mkdir -p "$1"
for f in samples/lists/dialects/*.csv samples/lists/returns.csv; do
	{ printf '\007\000'; cat "$f"; } > "$1/$(basename "$f" .csv)"
done
{ printf '\007\001'; cat samples/lists/dialects/headerless_make_model_serial.csv; } > "$1/columns_given"
