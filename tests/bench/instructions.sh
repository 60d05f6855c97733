#!/bin/bash
# instructions.sh: counts instructions with callgrind: a device for plan, run and report, and a pack for report. The load of the
# machine does not change them. Subtracts two fleets, so that work which is done once does not count. Compares the figures with
# tests/bench/instructions.txt, and exits with 1 if one has grown by more than a tenth. Writes them to $B/bench/instructions.txt;
# copy that file when the growth is intended. The second figure of a line is the part in SHA-256: valgrind has no instructions for
# it, and a processor that has them needs about a tenth. B: the build directory.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
noted=$here/tests/bench/instructions.txt
now=$out/instructions.txt

count() { # NAME COMMAND...
	local name=$1 code=0 counted sha
	shift
	valgrind --quiet --tool=callgrind --callgrind-out-file="$work/callgrind" "$@" > "$work/said" 2>&1 || code=$?
	[ $code -le 1 ] || fail "exit code $code: $*: $(cat "$work/said")"
	counted=$(awk '/^totals:/ {print $2}' "$work/callgrind")
	sha=$(callgrind_annotate --auto=no --inclusive=yes --threshold=100 "$work/callgrind" |
		awk '/:crypto_sha256_add / {gsub(",", "", $1); sha = $1} END {print sha + 0}')
	printf -v "$name" %s "$counted"
	printf -v "${name}_sha" %s "$sha"
}

# line NAME BEFORE AFTER COUNT: what each of COUNT more devices or packs costs
line() {
	local before=$2 after=$3 before_sha=$2_sha after_sha=$3_sha
	echo "$1 $(((${!after} - ${!before}) / $4)) $(((${!after_sha} - ${!before_sha}) / $4))"
}

# All packs have the same situations, whatever the size of the fleet.
start_fleet() { # DEVICES CUSTOMERS
	customers=$2
	rm -f "$work/fleet$1.csv"
	make_fleet "$1"
	start_service "$1"
	configure 'parallel = 1'
}

count_fleet() { # NAME DEVICES: NAME_plan, NAME_run, NAME_report
	start_fleet "$2" 20
	count "$1_plan" $(unpilot) plan -q "$list"
	configure 'parallel = 1'
	count "$1_run" $(unpilot) run -q "$list"
	count "$1_report" $(unpilot) report -q
	stop_service
	check_run "$2"
}

begin
count_fleet small 2000
count_fleet large 4000
start_fleet 2000 40
$(unpilot) run -q "$list" 2> "$work/said" || [ $? -eq 1 ] || fail "$(cat "$work/said")"
stop_service
count packs_report $(unpilot) report -q
{
	line plan small_plan large_plan 2000
	line run small_run large_run 2000
	line report small_report large_report 2000
	line pack small_report packs_report 20
} > "$now"
awk -v file="$noted" '
	BEGIN {while ((getline < file) > 0) noted[$1] = $2}
	{
		growth = noted[$1] > 0 ? ($2 / noted[$1] - 1) * 100 : 0
		printf "%-7s %11d instructions a %-6s %9d of them in SHA-256, noted: %11d %+.1f %%\n", $1, $2,
			$1 == "pack" ? "pack," : "device,", $3, noted[$1], growth
		bad = bad || growth > 10
	}
	END {exit bad}' "$now"
