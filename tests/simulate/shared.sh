#!/bin/sh
# Plays worlds in which workers share a ledger on the server of UNPILOT_TEST_SERVER: those of the seeds on standard input, then as many
# as fit into the time. Usage: shared.sh PROGRAM SEED SECONDS
set -eu
while read -r seed; do
	out=$("$1" --server "$UNPILOT_TEST_SERVER" --seed "$seed" --nights 8) || { printf '%s\n' "$out"; exit 1; }
done
"$1" --server "$UNPILOT_TEST_SERVER" --seed "$2" --seconds "$3"
