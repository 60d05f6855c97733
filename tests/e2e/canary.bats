# The canary, the limit of unanswered devices, alarms that hold the ledger, and moved devices.
bats_require_minimum_version 1.5.0
load helpers
load center

# fleet N: a registry R and a list L of N devices.
fleet() {
	R=$BATS_TEST_TMPDIR/r.csv L=$BATS_TEST_TMPDIR/fleet.csv
	echo 'Serial Number,Product Key ID,Manufacturer,Model,Error' > "$R"
	echo 'Serial Number,Product Key ID,Manufacturer,Model,Customer' > "$L"
	for i in $(seq 1 "$1"); do
		printf 'F-%s,,Contoso,Book,%s\n' "$i" "${ERROR:-}" >> "$R"
		printf 'F-%s,,Contoso,Book,contoso\n' "$i" >> "$L"
	done
}

submits() { grep -c '^submit' "$LOG"; }

# canary: as the package has it.
canary() {
	configure limits canary 10
	configure limits canary-trust 12h
}

@test "the first 10 devices are answered before the rest leaves; a later run trusts them" {
	fleet 60
	start_service "$R" --pending-polls 3
	canary
	configure oem-direct batch-size 25
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 60 ]
	# submit, its polls, then the others
	[ "$(grep -E '^(submit|poll)' "$LOG" | cut -d' ' -f1 | uniq -c | head -3 | awk '{ print $1 $2 }' | head -2 | tr '\n' ' ')" = "1submit 4poll " ]
	first=$(submits)
	run --separate-stderr unpilot run --json "$(list ,3305000000007,,,c1 ,3305000000009,,,c1)"
	[ "$(submits)" -eq $((first + 1)) ]
}

@test "every device is an alarm: 10 were sent; the ledger is held until a person clears it" {
	ERROR=806 fleet 500
	start_service "$R" --pending-polls 5
	canary
	configure oem-direct batch-size 100
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 4 ]
	[ "$(count alarm) $(count not-sent)" = "10 490" ]
	[ "$(submits)" -eq 1 ]
	# status shows it, and a resume with nothing to do is not silent about it
	run_id=$(basename "$(run_dir)")
	for command in status "status $run_id"; do
		run -0 unpilot $command
		[[ "$output" == *"ALARM in run $run_id, 20"*": nothing is sent"*"ZtdDeviceAlreadyAssigned (806)"*"unpilot resume --clear-alarm $run_id -c $CONF"* ]] || { echo "$output"; return 1; }
		[ "$(sed 's/ -c .*//' <<< "$output" | awk '{ print length }' | sort -n | tail -1)" -le 80 ]
	done
	[[ "$(unpilot doctor)" == *"FAIL  alarms              run $(basename "$(run_dir)") raised an alarm at "*"--clear-alarm $(basename "$(run_dir)")"* ]]
	run unpilot run -q "$(list ,3305000000007,,,c1)"
	[ "$status" -eq 4 ]
	run unpilot resume -q --collect
	[ "$status" -eq 4 ] # devices of the run are alarms
	[ "$(submits)" -eq 1 ]
	configure limits canary 0
	configure limits max-fail-percent 100
	run unpilot resume -q --clear-alarm "$(basename "$(run_dir)")"
	[ "$status" -eq 4 ]
	[ "$(submits)" -gt 1 ]
}

@test "resume --collect ends with the code of its runs: 5 without the service, 6, then 1; 0 if all is well" {
	fleet 2
	printf 'F-3,,Contoso,Book,802\n' >> "$R"
	start_service "$R" --pending-polls 3
	configure oem-direct poll-deadline 10ms
	configure oem-direct poll-interval 10ms
	run -6 unpilot run -q "$(list F-1,,Contoso,Book,contoso)"
	run -6 unpilot run -q "$(list F-3,,Contoso,Book,contoso)"
	url=$(sed -n 's/^url = \(https.*\)/\1/p' "$CONF")
	configure oem-direct url https://localhost:1/x
	run -5 unpilot resume -q --collect
	configure oem-direct url "$url"
	run -6 unpilot resume -q --collect
	until run unpilot resume -q --collect; [ "$status" -ne 6 ]; do :; done
	[ "$status" -eq 1 ]
	run -0 unpilot resume -q --collect
	[ "$(submits)" -eq 2 ]
}

@test "resume ends with 1 if a run that it only collected has devices that failed" {
	fleet 2
	printf 'F-3,,Contoso,Book,802\n' >> "$R"
	printf 'submit 1 reset\n' > "$BATS_TEST_TMPDIR/scenario"
	start_service "$R" --pending-polls 1 --scenario "$BATS_TEST_TMPDIR/scenario"
	configure oem-direct poll-deadline 1ms
	configure oem-direct poll-interval 10ms
	configure oem-direct retries 0
	run unpilot run -q "$(list F-1,,Contoso,Book,contoso)"
	[ "$status" -eq 5 ] || [ "$status" -eq 6 ]
	run -6 unpilot run -q "$(list F-3,,Contoso,Book,contoso)"
	configure oem-direct poll-deadline 1m
	run unpilot resume
	[ "$status" -eq 1 ] || { echo "$output"; return 1; }
	[[ "$output" == *"1 deregistered"* || "$output" == *"1 not-registered"* ]]
	[ "$(submits)" -eq 3 ]
}

@test "an alarm in an answer that broke off stops at once; collecting says which devices it is" {
	ERROR=806 fleet 30
	printf 'poll 1 cut\n' > "$BATS_TEST_TMPDIR/scenario"
	start_service "$R" --pending-polls 0 --scenario "$BATS_TEST_TMPDIR/scenario"
	canary
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 4 ]
	[ "$(count pending) $(count not-sent)" = "10 20" ]
	[ "$(grep -c '^poll' "$LOG")" -eq 1 ]
	[[ "$stderr" == *"ALARM"*"broke off"* ]]
	run unpilot resume -q --collect
	[ "$(sqlite3 "$D/ledger.db" 'SELECT COUNT(*) FROM row WHERE outcome = 6')" -eq 10 ]
	[ "$(submits)" -eq 1 ]
	# nothing is left to collect: it says what holds the ledger, and the command that it prints works
	alarmed=$(basename "$(run_dir)")
	run -4 --separate-stderr unpilot resume -q --collect
	[ "$(grep -c 'error:' <<< "$stderr")" -eq 1 ]
	[[ "$stderr" == *"guard: run $alarmed raised an alarm"*"next: unpilot resume --clear-alarm $alarmed -c $CONF" ]]
	run unpilot resume -q --clear-alarm "$alarmed"
	[[ "$output" != *"raised an alarm at"* ]]
}

@test "every device is refused: 10 were sent, the run stops with 4" {
	ERROR=802 fleet 500
	start_service "$R" --pending-polls 5
	canary
	configure oem-direct batch-size 100
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 4 ]
	[ "$(count not-sent)" -eq 490 ]
	[ "$(submits)" -eq 1 ]
	[[ "$stderr" == *canary* ]]
}

@test "a canary without an answer by poll-deadline: 6, and nothing else is sent" {
	fleet 30
	start_service "$R" --pending-polls 1000
	canary
	configure oem-direct poll-deadline 300ms
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count pending) $(count not-sent)" = "10 20" ]
	[ "$(submits)" -eq 1 ]
}

@test "the status file and the metrics say that everything waits for the canary, and when it is over" {
	fleet 30
	start_service "$R" --pending-polls 25
	canary
	configure oem-direct poll-deadline 100ms
	S=$BATS_TEST_TMPDIR/s.json M=$BATS_TEST_TMPDIR/m.prom
	awaited() { jq -c '[.stage, .canary_unanswered, .canary_since != null]' "$S"; }
	metric() { sed -n 's/^unpilot_canary_unanswered_devices //p' "$M"; }
	run -6 unpilot run -q --status-file "$S" --metrics-file "$M" "$L"
	[ "$(awaited)" = '[null,10,true]' ]
	[ "$(metric)" -eq 10 ]
	# a command that does not wait itself knows it from the ledger
	run -6 unpilot resume -q --collect --status-file "$S" --metrics-file "$M"
	[ "$(jq .canary_unanswered "$S")" -eq 10 ]
	[ "$(metric)" -eq 10 ]
	configure oem-direct poll-deadline 1m
	configure oem-direct poll-interval 300ms
	"$UNPILOT" -c "$CONF" resume -q --status-file "$S" --metrics-file "$M" 3>&- &
	pid=$!
	until [ "$(awaited)" = '["canary",10,true]' ]; do kill -0 $pid; sleep 0.02; done
	wait $pid
	[ "$(awaited)" = '[null,0,false]' ]
	[ "$(metric)" -eq 0 ]
}

# plan_line: the line of the plan.
plan_line() { unpilot plan --again --json "$L" | jq -c 'select(.type == "plan") | [.devices, .canary, .canary_trusted_until != null, .max_unanswered]'; }

@test "plan, doctor and config show say how many devices go first, and until when a canary is trusted" {
	fleet 30
	start_service "$R"
	canary
	configure limits max-unanswered 1000
	run --separate-stderr unpilot plan "$L"
	[[ "$output" == *"canary: 10 devices first, the others after their answers"*"max-unanswered: 1000 devices"* ]]
	[ "$(plan_line)" = "[30,10,false,1000]" ]
	[[ "$(unpilot doctor)" == *"OK    canary              10 devices, none is trusted now; max-unanswered 1000"* ]]
	[[ "$(unpilot config show)" == *"canary"*"10"* ]]
	unpilot run -q "$(list F-1,,Contoso,Book,contoso)"
	run --separate-stderr unpilot plan "$L"
	[[ "$output" == *"canary: none, an earlier one is trusted until 20"* ]]
	[ "$(plan_line)" = "[30,0,true,1000]" ]
	[[ "$(unpilot doctor --offline)" == *"OK    canary              10 devices, trusted until 20"* ]]
	configure limits canary 0
	run --separate-stderr unpilot plan "$L"
	[[ "$output" == *"canary: off"* ]]
	[ "$(plan_line)" = "[30,0,false,1000]" ]
	[[ "$(unpilot doctor)" == *"WARN  canary              off; max-unanswered 1000; set "* ]]
}

@test "another address, certificate or profile needs another canary; so does a trust that is over, or of the future" {
	fleet 30
	start_service "$R"
	canary
	configure oem-direct profile "$BATS_TEST_TMPDIR/profile"
	cp samples/profiles/oem-direct.conf "$BATS_TEST_TMPDIR/profile"
	unpilot run -q "$(list F-1,,Contoso,Book,contoso)"
	[ "$(plan_line)" = "[30,0,true,10000]" ]
	echo '# a comment' >> "$BATS_TEST_TMPDIR/profile"
	[ "$(plan_line)" = "[30,10,false,10000]" ]
	cp samples/profiles/oem-direct.conf "$BATS_TEST_TMPDIR/profile"
	[ "$(plan_line)" = "[30,0,true,10000]" ]
	sed -i 's|^url = https://localhost|url = https://LOCALHOST|' "$CONF"
	[ "$(plan_line)" = "[30,10,false,10000]" ]
	sed -i 's|^url = https://LOCALHOST|url = https://localhost|' "$CONF"
	cp "$(sed -n 's/^certificate = //p' "$CONF")" "$BATS_TEST_TMPDIR/other.pem"
	echo >> "$BATS_TEST_TMPDIR/other.pem"
	certificate=$(sed -n 's/^certificate = //p' "$CONF")
	configure oem-direct certificate "$BATS_TEST_TMPDIR/other.pem"
	[ "$(plan_line)" = "[30,10,false,10000]" ]
	configure oem-direct certificate "$certificate"
	sqlite3 "$D/ledger.db" 'UPDATE trusted SET at = at - 12 * 3600'
	[ "$(plan_line)" = "[30,10,false,10000]" ]
	sqlite3 "$D/ledger.db" 'UPDATE trusted SET at = at + 13 * 3600'
	[ "$(plan_line)" = "[30,10,false,10000]" ]
}

@test "the progress line says that everything waits for the canary" {
	fleet 30
	start_service "$R" --pending-polls 20
	canary
	run --separate-stderr unpilot run --progress "$L"
	[ "$status" -eq 0 ]
	[[ "$stderr" == *"waiting for the canary: 10 devices, "* ]]
}

@test "a device that was listed for another customer is held; --moved sends it" {
	start_service samples/registry.csv --pending-polls 0
	unpilot run -q "$(list ,3305000000012,,,contoso)" || true
	earlier=$(basename "$(run_dir)")
	run --separate-stderr unpilot run --json --again "$(list ,3305000000012,,,fabrikam)"
	[ "$(count held)" -eq 1 ]
	reason=$(jq -r 'select(.type == "device") | .reason' <<< "$output")
	[[ "$reason" == "listed for another customer in run $earlier on "* ]]
	[[ "$reason" != *contoso* ]]
	run --separate-stderr unpilot run --json --again --moved "$(list ,3305000000012,,,fabrikam)"
	[ "$(count held)" -eq 0 ]
	# from now on the listing with --moved counts
	run --separate-stderr unpilot run --json --again "$(list ,3305000000012,,,fabrikam)"
	[ "$(count held)" -eq 0 ]
}

@test "a device that another customer's run deregistered is no past of its new customer: held as moved, then by hold-days, and in no pack" {
	start_service samples/registry.csv --pending-polls 0
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	earlier=$(basename "$(run_dir)")
	rm -r "$D/handoff/$earlier"
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,fabrikam ,3305000000003,,,fabrikam)"
	reason() { jq -r 'select(.type == "device" and .outcome == "held") | .reason' <<< "$output"; }
	[[ "$(reason)" == "listed for another customer in run $earlier on "*": --moved sends it" ]]
	refute grep -r 3305000000001 "$(run_dir)fabrikam/cleanup.ps1"
	rm -r "$(run_dir)"
	run --separate-stderr unpilot run --json --moved "$(list ,3305000000001,,,fabrikam ,3305000000005,,,fabrikam)"
	[[ "$(reason)" == "deregistered for another customer in run $earlier on "*": --again sends it once more" ]]
	[ "$(jq -c '[.devices[] | select(.product_key_id == "3305000000001") | .outcome, .steps]' "$(run_dir)fabrikam/handoff.json")" = '["held",[]]' ]
	refute grep -rE "contoso|another customer|$earlier" "$(run_dir)fabrikam"
	refute grep 3305000000001 "$(run_dir)fabrikam/cleanup.ps1"
	run --separate-stderr unpilot run --json --moved --again "$(list ,3305000000001,,,fabrikam)"
	[ "$(count held)" -eq 0 ]
}

@test "a plan lists no device for its customer; the command that a plan prints sends what the plan found" {
	start_service samples/registry.csv --pending-polls 0
	unpilot plan -q "$(list ,3305000000001,,,contoso)"
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,fabrikam)"
	[ "$status" -eq 0 ]
	[ "$(count held)" -eq 0 ]
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$(realpath "$UNPILOT")" "$BATS_TEST_TMPDIR/bin/unpilot"
	run --separate-stderr unpilot plan --again --moved --max-devices 5 --out "$BATS_TEST_TMPDIR/a b" "$(list ,3305000000001,,,northwind)"
	command=$(sed -n 's/^send it with: //p' <<< "$output")
	[[ "$command" == *" --again --moved --out='$BATS_TEST_TMPDIR/a b' --max-devices=5 -c "* ]] || { echo "$command"; return 1; }
	run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin:$PATH" bash -c "$command"
	[ "$status" -eq 0 ]
	[[ "$output" == *"1 not-registered"* ]]
	[ -d "$BATS_TEST_TMPDIR/a b" ]
}

@test "Partner Center: the first 10 devices go first, and without an answer nothing else does" {
	center --disappear-after 1000000
	canary
	configure partner-center poll-deadline 300ms
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count pending) $(count not-sent)" = "10 290" ]
}

@test "an alarm in a run that is over: resume without an open run ends with 4, and with 0 when it is cleared" {
	ERROR=806 fleet 1
	start_service "$R"
	run -4 unpilot run -q "$L"
	run --separate-stderr unpilot resume -q
	[ "$status" -eq 4 ]
	[[ "$stderr" == *"raised an alarm at"*"--clear-alarm $(basename "$(run_dir)")"* ]]
	[[ "$(unpilot status)" == *"ALARM in run "* ]]
	run -4 unpilot resume -q --clear-alarm "$(basename "$(run_dir)")" # the outcome of its device stays
	run -0 unpilot resume -q
	[[ "$(unpilot status)" != *"ALARM in run "* ]]
}

@test "max-unanswered with devices of an earlier run without answers: as many as fit beside them leave" {
	fleet 41
	head -2 "$L" > "$BATS_TEST_TMPDIR/one.csv"
	sed -i 2d "$L"
	start_service "$R" --pending-polls 1000
	configure oem-direct poll-deadline 300ms
	run -6 unpilot run -q "$BATS_TEST_TMPDIR/one.csv"
	configure limits max-unanswered 20
	configure oem-direct batch-size 20
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count pending) $(count not-sent)" = "19 21" ]
	[[ "$stderr" == *"20 devices were accepted and have no answer, max-unanswered is 20"* ]]
	configure limits max-unanswered 18
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 6 ]
	[ "$(count pending) $(count not-sent)" = "19 21" ]
}

@test "max-unanswered does not stop a run that has nothing to send" {
	fleet 2
	start_service "$R" --pending-polls 1000
	configure oem-direct poll-deadline 300ms
	configure limits max-unanswered 1
	run -6 unpilot run -q "$(list F-1,,Contoso,Book,contoso)"
	echo F-2 > "$BATS_TEST_TMPDIR/skip"
	run -1 --separate-stderr unpilot run -q --skip-list "$BATS_TEST_TMPDIR/skip" "$(list F-2,,Contoso,Book,contoso)"
	[[ "$stderr" != *max-unanswered* ]]
	[ "$(unpilot status --json | jq -rs '[.[] | select(.type == "run") | .state] | sort | join(" ")')" = "finished open" ]
}
