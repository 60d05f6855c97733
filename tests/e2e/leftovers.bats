# Later runs meet the open batches of earlier ones: nothing is sent twice, no result is lost.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	L=$BATS_TEST_TMPDIR/l.csv SCENARIO=$BATS_TEST_TMPDIR/scenario
	printf '%s\n' 'Serial Number,Product Key ID,Manufacturer,Model,Customer' ,3305000000001,,,c1 ,3305000000003,,,c1 > "$L"
	: > "$SCENARIO"
}

count() { tail -1 <<< "$output" | jq ".counts[\"$1\"]"; }

submits() { grep -c '^submit' "$LOG"; }

# restart: same ledger and port; the new service has no batches and follows $SCENARIO.
restart() {
	local port
	port=$(cat "$D/port")
	kill "$SERVICE" && wait "$SERVICE" || true
	cp "$CONF" "$BATS_TEST_TMPDIR/conf"
	rm "$D/port"
	start_service samples/registry.csv --port "$port" --scenario "$SCENARIO" "$@"
	cp "$BATS_TEST_TMPDIR/conf" "$CONF"
}

@test "another run did the work of a run that could not begin: resume sends nothing" {
	echo 'check 1 status 429 Retry-After=99999' > "$SCENARIO"
	start_service samples/registry.csv --scenario "$SCENARIO"
	run unpilot run -q "$L"
	[ "$status" -eq 5 ]
	run unpilot run -q "$L"
	[ "$status" -eq 0 ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 1 ]
	[ "$(count held)" -eq 2 ]
	[ "$(submits)" -eq 1 ]
}

@test "another run waits for its answers: resume collects them before its guards judge an older run" {
	echo 'check 1 status 429 Retry-After=99999' > "$SCENARIO"
	start_service samples/registry.csv --scenario "$SCENARIO" --pending-polls 2
	run unpilot run -q "$L"
	[ "$status" -eq 5 ]
	configure oem-direct poll-deadline 1ms
	run unpilot run -q "$L"
	[ "$status" -eq 6 ]
	until [ "$(grep -c '^poll' "$LOG")" -ge 2 ]; do unpilot resume -q --collect || true; done # the next poll gets them
	configure oem-direct poll-deadline 1m
	run --separate-stderr unpilot resume --json
	[ "$(submits)" -eq 1 ] || { cat "$LOG"; return 1; }
	[ "$(jq -s '[.[] | select(.outcome == "held")] | length' <<< "$output")" -eq 2 ]
}

@test "resume --resend polls first, and does not send again if the result is available" {
	echo 'poll 1-2 cut' > "$SCENARIO"
	start_service samples/registry.csv --scenario "$SCENARIO" --pending-polls 0
	configure oem-direct retries 1
	run unpilot run -q "$L"
	[ "$status" -eq 6 ]
	run --separate-stderr unpilot resume --json --resend
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 2 ]
	[ "$(submits)" -eq 1 ]
}

@test "resume --resend sends again if the result is no longer available" {
	echo 'poll 1-4 status 404' > "$SCENARIO"
	start_service samples/registry.csv --scenario "$SCENARIO" --pending-polls 0
	configure oem-direct retries 1
	configure oem-direct resend-within 0s
	run unpilot run -q "$L"
	[ "$status" -eq 6 ]
	run unpilot resume -q
	[ "$status" -eq 6 ]
	[ "$(submits)" -eq 1 ]
	run --separate-stderr unpilot resume --json --resend
	[ "$status" -eq 0 ]
	[ "$(count not-registered)" -eq 2 ]
	[ "$(submits)" -eq 2 ]
}

@test "results that a later run collects reach packs, summary and state, also for unknown rows" {
	echo 'poll 1-2 cut' > "$SCENARIO"
	start_service samples/registry.csv --scenario "$SCENARIO" --pending-polls 0
	configure oem-direct retries 1
	unpilot run -q "$L" || [ $? -eq 6 ]
	earlier=$(basename "$(run_dir)")
	run unpilot run -q "$(list ,3305000000007,,,c1)"
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.counts.deregistered, .exit_code]' "$D/handoff/$earlier/summary.json")" = "[2,0]" ]
	[ "$(unpilot status --json "$earlier" | jq -r .state)" = finished ]
}

@test "an answer to an earlier run that cannot be recorded may be an alarm: nothing is sent" {
	start_service samples/registry.csv --pending-polls 9 --scenario "$SCENARIO"
	configure oem-direct poll-deadline 1ms
	unpilot run -q "$L" || [ $? -eq 6 ]
	echo 'poll * say {"Devices":[{"ProductKey":"3305000000001","DeviceStatusName":"Error","DeviceErrorCode":808}]}' > "$SCENARIO"
	restart
	sqlite3 "$D/ledger.db" "CREATE TRIGGER no_room BEFORE INSERT ON verdict BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
	next=$(list ,3305000000007,,,c1)
	run --separate-stderr unpilot run "$next"
	[ "$status" -eq 2 ]
	[[ "$stderr" == *"could not be collected: ledger: "*"database or disk is full: nothing is sent"*"next: unpilot "* ]]
	run -2 unpilot apply latest
	run -6 unpilot resume
	[ "$(submits)" -eq 0 ]
	sqlite3 "$D/ledger.db" "DROP TRIGGER no_room"
	run -4 unpilot run "$next"
	[ "$(submits)" -eq 0 ]
}

@test "an alarm or refused credentials during collection end with 4 or 3" {
	start_service samples/registry.csv --pending-polls 9
	configure oem-direct poll-deadline 1ms
	unpilot run -q "$L" || [ $? -eq 6 ]
	unpilot run -q "$(list ,3305000000007,,,c1)" || [ $? -eq 6 ]
	configure oem-direct poll-deadline 1m
	echo 'poll 1 status 401' > "$SCENARIO"
	restart
	run --separate-stderr unpilot run --json "$(list ,3305000000011,,,c1)"
	[ "$status" -eq 3 ]
	[ "$(tail -1 <<< "$output" | jq .exit_code)" -eq 3 ]
	[ "$(grep -c '^fault poll' "$LOG")" -eq 1 ] # no poll after the refusal
	echo 'poll * say {"Devices":[{"ProductKey":"3305000000001","DeviceStatusName":"Error","DeviceErrorCode":808}]}' > "$SCENARIO"
	restart
	echo 'poll 2- say {"Devices":[{"ProductKey":"3305000000001","DeviceStatusName":"Error","DeviceErrorCode":808}]}' > "$SCENARIO"
	restart --pending-polls 0
	run --separate-stderr unpilot run --json "$(list ,3305000000015,,,c1)"
	[ "$status" -eq 4 ]
	[[ "$stderr" == *ALARM* ]]
	nothing_sent
}

@test "a run keeps the batch of an earlier run when the service does not find it" {
	start_service samples/registry.csv --pending-polls 3
	configure oem-direct poll-deadline 1ms
	unpilot run -q "$L" || [ $? -eq 6 ]
	earlier=$(basename "$(run_dir)")
	configure oem-direct poll-deadline 1m
	echo 'poll 1 status 404' > "$SCENARIO"
	restart --pending-polls 0
	run unpilot run -q "$(list ,3305000000007,,,c1)"
	[ "$status" -eq 0 ]
	[ "$(unpilot status --json "$earlier" | jq -c .counts.pending | head -1)" -eq 2 ]
}

@test "part of an answer is pending: the rest is polled, and no device counts as unexpected" {
	cat > "$SCENARIO" <<- 'END'
		poll 1 say {"Devices":[{"ProductKey":"3305000000001","DeviceStatusName":"Complete"},{"ProductKey":"3305000000003","DeviceStatusName":"Pending"}]}
		poll 2 say {"Devices":[{"ProductKey":"3305000000001","DeviceStatusName":"Complete"},{"ProductKey":"3305000000003","DeviceStatusName":"Complete"}]}
	END
	start_service samples/registry.csv --scenario "$SCENARIO" --latency 20 # the first answer comes after the deadline
	configure oem-direct poll-deadline 1ms
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count deregistered) $(count pending)" = "1 1" ]
	configure oem-direct poll-deadline 1m
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[[ "$stderr" != *"not asked for"* ]]
}

@test "missing results are not failures: no guard stops the run for them" {
	echo Product Key ID > "$L"
	echo 'Serial Number,Product Key ID' > "$BATS_TEST_TMPDIR/r.csv"
	for i in $(seq 10 39); do
		echo "33050000000$i" >> "$L"
		echo ",33050000000$i" >> "$BATS_TEST_TMPDIR/r.csv"
	done
	printf 'poll 1-2 cut\nsubmit 2-3 status 429 Retry-After=1\n' > "$SCENARIO"
	start_service "$BATS_TEST_TMPDIR/r.csv" --scenario "$SCENARIO" --pending-polls 0
	configure oem-direct retries 1
	configure oem-direct busy-deadline 2s
	configure oem-direct batch-size 25
	configure oem-direct parallel 1
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 5 ]
	[ "$(count unknown) $(count not-sent)" = "25 5" ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 30 ]
}

@test "two open runs, and the ledger fails during the first: the second is not started" {
	start_service samples/registry.csv --pending-polls 9
	configure oem-direct poll-deadline 1ms
	unpilot run -q "$L" || [ $? -eq 6 ]
	unpilot run -q "$(list ,3305000000007,,,c1)" || [ $? -eq 6 ]
	configure oem-direct poll-deadline 1m
	sqlite3 "$D/ledger.db" "CREATE TRIGGER t BEFORE INSERT ON verdict BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 6 ]
	[[ "$stderr" == *"the disk is gone"* ]]
	[ "$(tail -1 <<< "$output" | jq .exit_code)" -eq 6 ]
	sqlite3 "$D/ledger.db" "DROP TRIGGER t"
	run unpilot resume -q
	[ "$status" -eq 0 ]
}

@test "no 10 if the time was just enough; the summary's code includes an unusable list of the spool" {
	start_service samples/registry.csv --pending-polls 20
	configure oem-direct poll-interval 100ms
	configure oem-direct poll-deadline 1m
	run --separate-stderr unpilot run --json --max-duration 1900ms "$L"
	[ "$status" -eq 0 ] || [ "$(count pending)" -gt 0 ]
	mkdir -p "$BATS_TEST_TMPDIR/spool/incoming"
	configure spool directory "$BATS_TEST_TMPDIR/spool"
	list ,3305000000007,,,c1 > /dev/null
	mv "$BATS_TEST_TMPDIR/list.csv" "$BATS_TEST_TMPDIR/spool/incoming/a.csv"
	echo no > "$BATS_TEST_TMPDIR/spool/incoming/b.csv"
	touch -d '1 hour ago' "$BATS_TEST_TMPDIR"/spool/incoming/*
	run --separate-stderr unpilot run --json
	[ "$status" -eq 1 ]
	[ "$(tail -1 <<< "$output" | jq .exit_code)" -eq 1 ]
}

@test "a leftover of the spool and a new list of the same name are both imported" {
	start_service samples/registry.csv
	S=$BATS_TEST_TMPDIR/spool
	mkdir -p "$S"/{incoming,work}
	configure spool directory "$S"
	cp "$L" "$S/work/20260101T000000Z-dead.list.csv"
	mv "$(list ,3305000000007,,,c1)" "$S/incoming/list.csv"
	touch -d '1 hour ago' "$S"/incoming/*
	run --separate-stderr unpilot run --json
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 3 ]
	[ "$(ls "$S/done" | sed 's/^[^.]*\.//' | tr '\n' ' ')" = "0.2.list.csv 0.list.csv " ]
}

# Waiting batches share a limit for devices in memory; beyond it, devices are read again.
@test "more batches wait for answers than fit into memory with their devices" {
	start_service samples/registry.csv --pending-polls 20
	configure limits max-fail-percent 100
	configure limits max-devices 0
	awk 'BEGIN {
		pad = sprintf("%245s", ""); gsub(" ", "x", pad)
		print "Serial Number,Manufacturer,Model,Customer"
		for (i = 0; i < 10000; i++) print "S" i "-" pad "," pad "," pad ",contoso"
	}' > "$BATS_TEST_TMPDIR/list.csv"
	run -1 unpilot run -q "$BATS_TEST_TMPDIR/list.csv"
	[ "$(sqlite3 "$D/ledger.db" "SELECT outcome, COUNT(*) FROM row GROUP BY outcome")" = "3|10000" ]
	[ "$(grep -c '^submit' "$LOG")" -eq 10 ]
}

@test "devices that were not asked for are one warning, not one a poll" {
	cat > "$SCENARIO" <<- 'END'
		poll 1-3 say {"Devices":[{"ProductKey":"3305000000099","DeviceStatusName":"Complete"}]}
		poll 4 say {"Devices":[{"ProductKey":"3305000000099","DeviceStatusName":"Complete"},{"ProductKey":"3305000000098","DeviceStatusName":"Complete"}]}
	END
	start_service samples/registry.csv --scenario "$SCENARIO"
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^fault poll' "$LOG")" -eq 4 ]
	[ "$(grep -c 'names 1 device not asked for' <<< "$stderr")" -eq 1 ]
	[ "$(grep -c 'names 2 devices not asked for' <<< "$stderr")" -eq 1 ]
}
