#!/bin/bash
# run.sh: measures the libraries alone, the program, and a script, side by side. Writes figures, table and plots to $B/bench. Fails
# only if a result is wrong; the table shows missed targets.
# SIZES: numbers of devices; ROUNDS: the table shows their medians; LARGE_ROUNDS: rounds from a million devices on; PARTS: some of
# cost, latency, resume, instructions and nights; NIGHTS: nights before tonight, for the part nights; CUSTOMERS; B: the build directory;
# KEEP: keeps the scratch folder.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
sizes=${SIZES:-10000 100000 1000000}
rounds=${ROUNDS:-3}
large_rounds=${LARGE_ROUNDS:-1}
parts=${PARTS:-cost latency resume instructions}
. "$here/tests/bench/cost.sh"
. "$here/tests/bench/latency.sh"
. "$here/tests/bench/resume.sh"
. "$here/tests/bench/nights.sh"

rounds_of() { [ "$1" -lt 1000000 ] && echo "$rounds" || echo "$large_rounds"; }

measure_cost() {
	local size round
	for size in $sizes; do
		make_fleet "$size"
		for round in $(seq "$(rounds_of "$size")"); do
			heading "$size devices, round $round"
			cost "$size" "$round"
		done
	done
}

measure_latency() {
	local round
	for round in $(seq "$rounds"); do
		heading "slow service, round $round"
		latency 10000 125 1 "$round"
		latency 10000 125 4 "$round"
		latency 10000 125 16 "$round"
		[ "$largest" -lt 100000 ] || latency 100000 1000 4 "$round"
	done
}

measure_resume() {
	local round
	for round in $(seq "$(rounds_of "$largest")"); do
		heading "resume of $largest devices, round $round"
		resume_killed "$largest" "$round"
	done
}

measure_nights() {
	local round night engine server
	nights_server
	for round in $(seq "$rounds"); do
		for engine in sqlite ${server:+postgresql}; do
			for night in ${NIGHTS:-0 1000}; do
				heading "$engine: tonight after $night nights, round $round"
				tonight "$engine" "$night" "$round"
			done
		done
	done
	nights_server_stop
}

# Only shows growth; "make bench-instructions" fails if there is any.
measure_instructions() {
	heading "instructions"
	bash "$here/tests/bench/instructions.sh" >&2 || [ -e "$out/instructions.txt" ]
	awk '{print "2000,1,instructions," $1 "," $2}' "$out/instructions.txt" >> "$figures"
	awk '{print "2000,1,instructions-noted," $1 "," $2}' "$here/tests/bench/instructions.txt" >> "$figures"
}

begin
machine=$(machine)
rm -f "$out"/*.txt "$out"/*.svg "$out"/*.md
: > "$figures"
largest=$(printf '%s\n' $sizes | sort -n | tail -n 1)
for part in $parts; do
	"measure_$part"
done
awk -f "$here/tests/bench/medians.awk" "$figures" > "$out/medians.csv"
awk -v machine="$machine" -v rounds="$rounds" -v large_rounds="$large_rounds" -v customers="$customers" \
	-f "$here/tests/bench/table.awk" -f "$here/tests/bench/nights.awk" "$out/medians.csv" > "$out/table.md"
awk -f "$here/tests/bench/series.awk" "$out/medians.csv" > "$out/series.dat"
[ ! -s "$out/series.dat" ] || (cd "$out" && gnuplot "$here/tests/bench/plots.gp")
cat "$out/table.md"
heading "$out: table.md, figures.csv, $(cd "$out" && printf '%s ' *.svg)"
