# Exit code 7: the outcomes are in the ledger, but something could not be written; "resume" writes it.
bats_require_minimum_version 1.5.0
load helpers

setup() { MOUNTED=(); }

teardown() {
	local m
	for m in "${MOUNTED[@]}"; do umount "$m"; done
	[ -z "${SERVICE:-}" ] || { kill "$SERVICE" && wait "$SERVICE" || true; }
}

# small FOLDER: a full file system of 64 KiB.
small() {
	mkdir -p "$1"
	mount -t tmpfs -o size=64k none "$1" 2> /dev/null || skip "cannot mount"
	MOUNTED+=("$1")
	head -c 60K /dev/zero > "$1/filler"
	cat /dev/zero > "$1/rest" 2> /dev/null || true
}

# night: a service, a spool with one settled list of a registered device, and a metrics file of a good run.
night() {
	start_service samples/registry.csv
	S=$D/spool M=$D/metrics/m.prom
	configure spool directory "$S"
	configure metrics metrics-file "$M"
	unpilot init -q
	printf '# HELP\nunpilot_last_success_timestamp_seconds 1700000000\n' > "$M"
	cp "$(list ,3305000000001,,,c1)" "$S/incoming/l.csv"
	touch -d '1 hour ago' "$S/incoming/l.csv"
}

metric() { sed -n "s/^$1 //p" "$M"; }

# unfinished: the run ended with 7 and counts as not finished: state, spool, metrics.
unfinished() {
	[ "$status" -eq 7 ]
	[ "$(unpilot status --json | jq -c '[.state, .exit_code, .counts.deregistered]')" = '["open",7,1]' ]
	ls "$S/failed" | grep -q '\.7\.l\.csv$'
	[ "$(metric unpilot_last_exit_code)" -eq 7 ]
	[ "$(metric unpilot_last_success_timestamp_seconds)" -eq 1700000000 ]
}

# finished: the same after resume.
finished() {
	[ "$status" -eq 0 ]
	[ "$(unpilot status --json | jq -c '[.state, .exit_code]')" = '["finished",0]' ]
	ls "$S/done" | grep -q '\.0\.l\.csv$'
	[ -z "$(ls "$S/failed" "$S/work" | grep csv)" ]
	[ "$(metric unpilot_last_success_timestamp_seconds)" -gt 1700000000 ]
	[ -s "$(run_dir)c1/manifest.sha256" ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "the disk under the packs is full: 7, not finished; resume writes them, without the service" {
	night
	small "$D/handoff"
	run --separate-stderr unpilot run --json
	unfinished
	[ "$(tail -1 <<< "$output" | jq .exit_code)" -eq 7 ]
	[[ "$stderr" == *"the outcomes are in the ledger"* ]]
	run unpilot resume -q # the disk is still full
	unfinished
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	mount -o remount,size=8m "$D/handoff"
	run unpilot resume -q
	finished
}

@test "a read-only folder for packs: 7; the next run writes them, too" {
	night
	mkdir "$D/real"
	mount --bind "$D/real" "$D/handoff" 2> /dev/null || skip "cannot mount"
	MOUNTED+=("$D/handoff")
	mount -o remount,ro,bind "$D/handoff"
	run unpilot run -q
	unfinished
	run unpilot run -q # collects, and cannot write either
	unfinished
	mount -o remount,rw,bind "$D/handoff"
	run unpilot run -q
	finished
}

@test "the log's disk is full: 7, not finished; resume goes on with a log that can be written" {
	night
	small "$D/log"
	run unpilot run -q --log-file "$D/log/l.log"
	unfinished
	[[ "$output" == *"log file $D/log/l.log: cannot write"* ]]
	run unpilot resume -q --log-file "$D/log2"
	finished
}

@test "metrics and status file that cannot be written: 7, and resume writes them" {
	night
	rm -r "$D/metrics"
	run --separate-stderr unpilot run -q
	[ "$status" -eq 7 ]
	[[ "$stderr" == *"metrics file: $M: cannot create"* ]]
	mkdir "$D/metrics"
	run -0 unpilot resume -q
	[ "$(metric unpilot_last_exit_code)" -eq 0 ]
	# the printed command writes what was missed
	run -7 --separate-stderr unpilot run -q --again --metrics-file "$D/a b/m.prom" --status-file "$D/c/s.json" --log-file "$D/l" "$(list ,3305000000001,,,c1)"
	next=$(sed -n 's/^next: unpilot/"$UNPILOT"/p' <<< "$stderr")
	mkdir "$D/a b" "$D/c"
	run -0 eval "$next"
	grep -q '^unpilot_last_exit_code 0' "$D/a b/m.prom"
	[ "$(jq -r .state "$D/c/s.json")" = finished ]
	run -7 unpilot resume -q --status-file "$D/none/s.json"
	run -0 unpilot resume -q --status-file "$D/s.json"
	[ "$(jq -r .state "$D/s.json")" = finished ]
}

@test "standard output that cannot be written: 7; report without room for its packs: 7" {
	night
	run --separate-stderr bash -c '"$1" -c "$2" run --json > /dev/full' - "$UNPILOT" "$CONF"
	[ "$status" -eq 7 ]
	[[ "$stderr" == *"cannot write to standard output"* ]]
	run -0 unpilot resume -q
	small "$D/small"
	run -7 unpilot report -q --out "$D/small"
	run -7 unpilot report -q --customer c1 --out "$D/small"
}

@test "a worse end stands before 7, and the packs are still missing" {
	night
	small "$D/handoff"
	configure limits max-devices 1
	cp "$(list ,3305000000001,,,c1 ,3305000000003,,,c1)" "$S/incoming/l.csv"
	touch -d '1 hour ago' "$S/incoming/l.csv"
	run -4 unpilot run -q
	[ "$(unpilot status --json | jq -r .state)" = open ]
	run -7 unpilot run -q # it cannot write them, either
	mount -o remount,size=8m "$D/handoff"
	run -4 unpilot resume -q # as the run would have ended
	[ "$(unpilot status --json | jq -c '[.state, .exit_code]')" = '["finished",4]' ]
	ls "$S/failed" | grep -q '\.4\.l\.csv$'
	[ -z "$(ls "$S/done" "$S/work" | grep csv)" ]
	[ -s "$(run_dir)summary.json" ]
	nothing_sent
}

@test "standard error on a full disk is a log that could not be written: 7; not with a log file; a closed stream takes no file's place" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	code=0
	"$UNPILOT" -c "$CONF" run --again "$L" 2> /dev/full > /dev/null || code=$?
	[ "$code" -eq 7 ]
	code=0
	"$UNPILOT" -c "$CONF" run --again --log-file "$BATS_TEST_TMPDIR/log" "$L" 2> /dev/full > /dev/null || code=$?
	[ "$code" -eq 0 ]
	code=0
	"$UNPILOT" -c "$CONF" run --again "$L" 2>&- > /dev/null || code=$?
	[ "$code" -eq 0 ]
	code=0
	"$UNPILOT" -c "$CONF" run --again "$L" <&- >&- 2> "$BATS_TEST_TMPDIR/err" || code=$?
	[ "$code" -eq 7 ]
	grep -q 'cannot write to standard output' "$BATS_TEST_TMPDIR/err"
	code=0
	"$UNPILOT" -c "$CONF" run --again -q "$L" <&- >&- 2>&- || code=$?
	[ "$code" -eq 0 ]
}

@test "after 7, commands that send nothing are repeated" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	for command in "plan $L" status 'config show' 'help run' 'run --help'; do
		code=0
		"$UNPILOT" -c "$CONF" $command > /dev/full 2> "$BATS_TEST_TMPDIR/err" || code=$?
		[ "$code" -eq 7 ]
		grep -qxF "next: unpilot -c $CONF $command" "$BATS_TEST_TMPDIR/err" || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
	done
	code=0
	"$UNPILOT" -c "$CONF" run "$L" > /dev/full 2> "$BATS_TEST_TMPDIR/err" || code=$?
	[ "$code" -eq 7 ]
	grep -q '^next: unpilot resume 20' "$BATS_TEST_TMPDIR/err"
}

@test "version and help on a full disk: 7, with a message" {
	for arguments in --version -V --help help 'help run' 'run --help' 'status --version'; do
		run --separate-stderr bash -c '"$@" > /dev/full' - "$UNPILOT" $arguments
		[ "$status" -eq 7 ] || { echo "$arguments: $status"; return 1; }
		[[ "$stderr" == "unpilot: error: cannot write to standard output"*$'\n'"next: unpilot "* ]] || { echo "$arguments: $stderr"; return 1; }
	done
	run -0 "$UNPILOT" --version --log-file /proc/none/log # opens no log
	[[ "$output" == "unpilot "* ]]
}
