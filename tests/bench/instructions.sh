#!/bin/bash
# instructions.sh: counts instructions with callgrind: a device for plan, run and report, and a pack for report. The load of the
# machine does not change them. Subtracts two fleets, so that work which is done once does not count. Compares the figures with
# tests/bench/instructions.txt, and exits with 1 if one has grown by more than a tenth. Writes them to $B/bench/instructions.txt;
# copy that file when the growth is intended. B: the build directory.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
noted=$here/tests/bench/instructions.txt
now=$out/instructions.txt

count() { # NAME COMMAND...
	local name=$1 code=0 counted
	shift
	valgrind --quiet --tool=callgrind --callgrind-out-file="$work/callgrind" "$@" > "$work/said" 2>&1 || code=$?
	[ $code -le 1 ] || fail "exit code $code: $*: $(cat "$work/said")"
	counted=$(awk '/^totals:/ {print $2}' "$work/callgrind")
	printf -v "$name" %s "$counted"
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
cat > "$now" << END
plan $(((large_plan - small_plan) / 2000))
run $(((large_run - small_run) / 2000))
report $(((large_report - small_report) / 2000))
pack $(((packs_report - small_report) / 20))
END
awk -v file="$noted" '
	BEGIN {while ((getline < file) > 0) noted[$1] = $2}
	{
		growth = noted[$1] > 0 ? ($2 / noted[$1] - 1) * 100 : 0
		printf "%-7s %11d instructions a %-6s noted: %11d %+.1f %%\n", $1, $2, $1 == "pack" ? "pack," : "device,", noted[$1], growth
		bad = bad || growth > 10
	}
	END {exit bad}' "$now"
