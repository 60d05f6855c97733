#!/bin/sh
# make-tests.sh: prints a bats file with one test for each line of faults.txt.
here=$(cd "$(dirname "$0")" && pwd)
printf 'bats_require_minimum_version 1.5.0\nload %s/../e2e/helpers\nload %s/run\n' "$here" "$here"
awk -F' *[|] *' '/^[^#]/ { name = $1; gsub(/"/, "", name); printf "@test \"fault: %s\" { fault %d; }\n", name, NR }' "$here/faults.txt"
