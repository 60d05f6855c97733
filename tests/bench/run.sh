#!/bin/bash
# run.sh: what the work costs, side by side in one run: the libraries alone, the program, a script.
# Figures, table and plots go to $B/bench. Ends with another code than 0 only where a result is wrong:
# a target that is missed is told, not failed.
# SIZES: how many devices; ROUNDS: of which the medians are shown, LARGE_ROUNDS of them from a million
# on; PARTS: which of cost, latency, resume and instructions; CUSTOMERS; B: the build directory; KEEP:
# leaves the scratch folder.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
sizes=${SIZES:-10000 100000 1000000}
rounds=${ROUNDS:-3}
large_rounds=${LARGE_ROUNDS:-1}
parts=${PARTS:-cost latency resume instructions}
. "$here/tests/bench/cost.sh"
. "$here/tests/bench/latency.sh"
. "$here/tests/bench/resume.sh"

rounds_of() { [ "$1" -lt 1000000 ] && echo "$rounds" || echo "$large_rounds"; }

measure_cost() {
	local size round
	for size in $sizes; do
		make_fleet "$size"
		for round in $(seq "$(rounds_of "$size")"); do
			say "$size devices, round $round"
			cost "$size" "$round"
		done
	done
}

measure_latency() {
	local round
	for round in $(seq "$rounds"); do
		say "a service that answers late, round $round"
		latency 10000 125 1 "$round"
		latency 10000 125 4 "$round"
		latency 10000 125 16 "$round"
		[ "$largest" -lt 100000 ] || latency 100000 1000 4 "$round"
	done
}

measure_resume() {
	local round
	for round in $(seq "$(rounds_of "$largest")"); do
		say "resume of $largest devices, round $round"
		resume_killed "$largest" "$round"
	done
}

# Growth is told here; "make bench-instructions" fails for it.
measure_instructions() {
	say "instructions"
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
	-f "$here/tests/bench/table.awk" "$out/medians.csv" > "$out/table.md"
awk -f "$here/tests/bench/series.awk" "$out/medians.csv" > "$out/series.dat"
[ ! -s "$out/series.dat" ] || (cd "$out" && gnuplot "$here/tests/bench/plots.gp")
cat "$out/table.md"
say "$out: table.md, figures.csv, $(cd "$out" && printf '%s ' *.svg)"
