# Every end other than 0 prints the next step, as a command that can be pasted.
bats_require_minimum_version 1.5.0
load helpers

# next_step: the command of the one line "next: ..." on standard error.
next_step() {
	[ "$(grep -c '^next: ' <<< "$stderr")" -eq 1 ] || { echo "$stderr" >&2; return 1; }
	sed -n 's/^next: //p' <<< "$stderr"
}

# paste: runs the command in a shell whose unpilot is the one under test; sets status and output.
paste() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -sf "$(realpath "$UNPILOT")" "$BATS_TEST_TMPDIR/bin/unpilot"
	local command
	command=$(next_step)
	run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin:$PATH" bash -c "$command"
}

@test "without a ledger: init; then the same command works" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	rm "$D/ledger.db"
	run --separate-stderr unpilot run -q "$L"
	[ "$status" -eq 2 ]
	[ "$(next_step)" = "unpilot init -c $CONF" ]
	paste
	[ "$status" -eq 0 ]
	run -0 --separate-stderr unpilot run -q "$L"
	[ -z "$stderr" ]
}

@test "a run that ends with 1: its status; with -q and --json as well, which stays JSON" {
	start_service samples/registry.csv
	for options in '' -q --json '--json -q'; do
		run --separate-stderr unpilot run $options --again samples/lists/returns.csv
		[ "$status" -eq 1 ]
		run_id=$(sqlite3 "$D/ledger.db" 'SELECT name FROM run ORDER BY id DESC LIMIT 1')
		[ "$(next_step)" = "unpilot status $run_id -c $CONF" ]
		[[ "$options" != *json* ]] || [ "$(tail -1 <<< "$output" | jq -r .run)" = "$run_id" ]
	done
	paste
	[ "$status" -eq 0 ]
	# in the log file, too, and as an object where standard error is JSON
	run --separate-stderr unpilot run -q --again --log-file "$BATS_TEST_TMPDIR/log" samples/lists/returns.csv
	grep -q 'info: next: unpilot status ' "$BATS_TEST_TMPDIR/log"
	run --separate-stderr unpilot run -q --again --log-json samples/lists/returns.csv
	[[ "$(tail -1 <<< "$stderr" | jq -r .message)" == "next: unpilot status "* ]]
}

@test "pending results: resume; pasted it finishes the run" {
	start_service samples/registry.csv --pending-polls 8
	configure oem-direct poll-deadline 50ms
	run --separate-stderr unpilot run -q "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 6 ]
	[ "$(next_step)" = "unpilot resume $(ls "$D/handoff") -c $CONF" ]
	configure oem-direct poll-deadline 1m
	paste
	[ "$status" -eq 0 ]
}

@test "the service is down: resume; packs in the way: resume" {
	start_service samples/registry.csv
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	configure oem-direct retries 0
	run --separate-stderr unpilot run -q "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 5 ]
	[[ "$(next_step)" == "unpilot resume 20"*" -c $CONF" ]]
	# two open runs: all of them
	run --separate-stderr unpilot run -q "$(list ,3305000000003,,,c1)"
	run --separate-stderr unpilot resume -q
	[ "$status" -eq 5 ]
	[[ "$(next_step)" == "unpilot resume"* ]]
}

@test "another run holds the lock: the same command with --lock-wait" {
	start_service samples/registry.csv
	L=$BATS_TEST_TMPDIR/"it's a list.csv"
	cp "$(list ,3305000000001,,,c1)" "$L"
	flock "$D/ledger.db.lock" sleep 60 3>&- &
	holder=$!
	until grep -q ":$(stat -c %i "$D/ledger.db.lock") " /proc/locks; do sleep 0.02; done
	run --separate-stderr unpilot run -q "$L"
	[ "$status" -eq 11 ]
	[ "$(next_step)" = "unpilot -c $CONF run -q '$BATS_TEST_TMPDIR/it'\\''s a list.csv' --lock-wait=1h" ] || { next_step; return 1; }
	run --separate-stderr unpilot run -q -- "$L"
	[[ "$(next_step)" == "unpilot -c $CONF run -q --lock-wait=1h -- "* ]] || { next_step; return 1; }
	# every command that locks the ledger
	for command in "plan $D/../list.csv" 'apply latest' resume 'resume --collect' "letter $D/../list.csv" 'letter --remind 1' 'close x.json' 'forget --customer c1 --yes'; do
		run --separate-stderr unpilot $command
		[ "$status" -eq 11 ]
		run --separate-stderr bash -c "$(next_step | sed "s,^unpilot,$UNPILOT,; s/=1h/=1ms/")"
		[ "$status" -eq 11 ] || { echo "$command: $stderr"; return 1; }
	done
	run --separate-stderr unpilot run -q "$L"
	kill "$holder"
	paste
	[ "$status" -eq 0 ]
}

@test "stopped while it waits for another run: 143, nothing sent, the same command" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	flock "$D/ledger.db.lock" sleep 60 3>&- &
	holder=$!
	until grep -q ":$(stat -c %i "$D/ledger.db.lock") " /proc/locks; do sleep 0.02; done
	for command in run letter; do
		"$UNPILOT" -c "$CONF" $command --lock-wait 1m "$L" > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
		waiter=$!
		until grep -q 'waiting for the run' "$BATS_TEST_TMPDIR/err"; do sleep 0.02; done
		kill -TERM "$waiter"
		status=0
		wait "$waiter" || status=$?
		[ "$status" -eq 143 ]
		stderr=$(cat "$BATS_TEST_TMPDIR/err")
		[[ "$stderr" == *"stopped by a signal while another run held the ledger: nothing sent"* ]]
		[ "$(next_step)" = "unpilot -c $CONF $command --lock-wait 1m $L" ] || { echo "$stderr"; return 1; }
	done
	kill "$holder"
	nothing_sent
	paste
	[ "$status" -eq 0 ]
}

@test "usage: help of the command, and it works" {
	start_service samples/registry.csv
	while read -r want command; do
		run --separate-stderr unpilot $command
		[ "$status" -eq 2 ]
		[[ "$(next_step)" == "unpilot help $want"?(" -c $CONF") ]] || { echo "$command: $stderr"; return 1; }
		paste
		[ "$status" -eq 0 ]
	done <<- END
		run run
		plan plan
		apply apply
		close close
		letter letter
		verify verify
		forget forget
		config config
		ledger ledger
		status status --again
		run run --parallel=0 x
		run run --paralel=2 x
	END
	run --separate-stderr unpilot rnu
	[ "$(next_step)" = "unpilot help run -c $CONF" ]
}

@test "an unusable list: plan says what is wrong; unknown runs and customers: status; a bad configuration: doctor" {
	start_service samples/registry.csv
	printf '%%PDF-1.7\n' > "$BATS_TEST_TMPDIR/l.csv"
	run --separate-stderr unpilot run "$BATS_TEST_TMPDIR/l.csv"
	[ "$(next_step)" = "unpilot plan $BATS_TEST_TMPDIR/l.csv -c $CONF" ]
	run --separate-stderr unpilot apply 2026
	[ "$(next_step)" = "unpilot status -c $CONF" ]
	run --separate-stderr unpilot report --customer nobody
	[ "$(next_step)" = "unpilot status -c $CONF" ]
	run --separate-stderr unpilot status nobody
	[ "$(next_step)" = "unpilot status -c $CONF" ]
	chmod 666 "$CONF"
	run --separate-stderr unpilot status
	[ "$(next_step)" = "chmod go-w $CONF" ]
	paste
	run -0 unpilot status
	configure oem-direct colour red
	run --separate-stderr unpilot run x
	[ "$status" -eq 2 ]
	[ "$(next_step)" = "unpilot doctor -c $CONF" ]
}

@test "a guard: the status of the run; a plan prints its apply command, which works" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1 ,3305000000003,,,c1)
	run --separate-stderr unpilot run --max-devices 1 "$L"
	[ "$status" -eq 4 ]
	[[ "$(next_step)" == "unpilot status 20"* ]]
	run --separate-stderr unpilot plan --again "$L"
	[ "$status" -eq 0 ]
	refute grep -q '^next:' <<< "$stderr"
	command=$(sed -n 's/^send it with: //p' <<< "$output")
	[[ "$command" == "unpilot apply 20"*" --digest "*" -c $CONF" ]]
	stderr="next: $command"
	paste
	[ "$status" -eq 0 ]
	# a plan with rejected rows
	run --separate-stderr unpilot plan samples/lists/returns.csv
	[ "$status" -eq 1 ]
	[[ "$(next_step)" == "unpilot apply 20"*" --digest "* ]]
}

@test "a letter that leaves rows out: plan says why" {
	start_service samples/registry.csv
	for options in '' -q --no-record; do
		run --separate-stderr unpilot letter $options samples/lists/returns.csv
		[ "$status" -eq 1 ]
		[ "$(next_step)" = "unpilot plan samples/lists/returns.csv -c $CONF" ]
	done
	paste
	[[ "$stderr" == *"returns.csv:43: rejected: Serial Number"* ]]
}

@test "plan of a list without a header: the next step names the columns" {
	start_service samples/registry.csv
	printf '%s\n' '3305000000001,c1' ',c1' > "$BATS_TEST_TMPDIR/l.csv"
	run --separate-stderr unpilot letter --columns 'Product Key ID,Customer' "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 1 ]
	[ "$(next_step)" = "unpilot plan --columns='Product Key ID,Customer' $BATS_TEST_TMPDIR/l.csv -c $CONF" ]
	paste
	[[ "$stderr" == *"l.csv:2: rejected: "* ]]
	printf '3305000000001,c1\0\n' > "$BATS_TEST_TMPDIR/l.csv"
	run --separate-stderr unpilot run --columns 'Product Key ID,Customer' "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 2 ]
	[ "$(next_step)" = "unpilot plan --columns='Product Key ID,Customer' $BATS_TEST_TMPDIR/l.csv -c $CONF" ] || { echo "$stderr"; return 1; }
}

@test "doctor: the same again, or what helps; verify: the pack is written again" {
	start_service samples/registry.csv
	cp "$CONF" "$BATS_TEST_TMPDIR/good.conf"
	configure oem-direct url https://localhost:1/x
	run --separate-stderr unpilot doctor
	[ "$status" -eq 5 ]
	[ "$(next_step)" = "unpilot -c $CONF doctor" ]
	run --separate-stderr unpilot verify "$D/none"
	[ "$status" -eq 2 ]
	[ "$(next_step)" = "unpilot help verify -c $CONF" ]
	configure oem-direct url "$(sed -n 's/^url = //p' "$BATS_TEST_TMPDIR/good.conf" | head -1)"
	unpilot run -q "$(list ,3305000000001,,,c1)"
	echo x >> "$(run_dir)c1/mail.txt"
	run -1 --separate-stderr unpilot verify "$(run_dir)c1"
	[ "$(next_step)" = "unpilot report $(basename "$(run_dir)") -c $CONF" ]
	paste
	run -0 unpilot verify "$(run_dir)c1"
	echo x >> "$(run_dir)c1/mail.txt"
	run -1 --separate-stderr unpilot verify --signer "$D/ca.pem" "$(run_dir)c1"
	[ "$(next_step)" = "unpilot help verify -c $CONF" ]
}

@test "the ledger is another program's database: config show, which names the line" {
	start_service samples/registry.csv
	rm "$D"/ledger.db*
	run --separate-stderr unpilot doctor --offline
	[ "$(next_step)" = "unpilot init -c $CONF" ]
	sqlite3 "$D/ledger.db" 'CREATE TABLE t(a)'
	for command in status "run $(list ,3305000000001,,,c1)" resume 'resume --collect' 'ledger check' 'find x' report 'doctor --offline'; do
		run -2 --separate-stderr unpilot $command
		[[ "$output$stderr" == *"$D/ledger.db: not an unpilot ledger"* ]]
		[ "$(next_step)" = "unpilot config show -c $CONF" ] || { echo "$command: $stderr"; return 1; }
	done
	paste
	[[ "$output" == *"url = sqlite:$D/ledger.db ; $CONF:"* ]]
}

# next_after PATH: the next step after plan, run and letter of this list, which is the same for all.
next_after() {
	local command first=
	for command in plan run letter 'letter --no-record'; do
		run --separate-stderr unpilot $command "$1"
		[ "$status" -eq 2 ] || { echo "$command: $status"; return 1; }
		[ "${first:=$(next_step)}" = "$(next_step)" ] || { echo "$command: $(next_step), not $first"; return 1; }
	done
	echo "$first"
}

@test "a list that is missing, empty, a folder or not readable: a command that shows it" {
	start_service samples/registry.csv
	T=$BATS_TEST_TMPDIR
	mkdir "$T/lists"
	: > "$T/lists/empty.csv"
	[ "$(next_after "$T/lists/retrns.csv")" = "ls -l $T/lists" ]
	[ "$(next_after "$T/lsts/returns.csv")" = "ls -l $T" ]
	[ "$(next_after "$T/lists/empty.csv/returns.csv")" = "ls -l $T/lists/empty.csv" ]
	[ "$(next_after "$T/lists/empty.csv")" = "ls -l $T/lists/empty.csv" ]
	[ "$(next_after "$T/lists")" = "ls -l $T/lists" ]
	[ "$(next_after "nosuch list.csv")" = "ls -l ." ]
	run --separate-stderr unpilot plan "$T/lists/retrns.csv"
	paste
	[ "$status" -eq 0 ]
	[[ "$output" == *empty.csv* ]]
	# standard input: the same command with another list
	run --separate-stderr unpilot plan - < /dev/null
	[ "$(next_step)" = "unpilot -c $CONF plan -" ]
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$T" "$T/lists"
	install -d -o nobody "$T/ledger"
	cp "$CONF" "$T/mine.conf"
	chmod 644 "$T/mine.conf"
	CONF=$T/mine.conf
	configure ledger url "sqlite:$T/ledger/l.db"
	setpriv --reuid=nobody --regid=nogroup --clear-groups "$UNPILOT" -c "$CONF" init -q || true
	cp "$(list ,3305000000001,,,c1)" "$T/lists/secret.csv"
	chmod 600 "$T/lists/secret.csv"
	run --separate-stderr setpriv --reuid=nobody --regid=nogroup --clear-groups "$UNPILOT" -c "$CONF" plan "$T/lists/secret.csv"
	[ "$status" -eq 2 ]
	[ "$(next_step)" = "namei -l $T/lists/secret.csv" ] || { echo "$stderr"; return 1; }
	paste
	[ "$status" -eq 0 ]
	[[ "$output" == *"rw-------"*"secret.csv"* ]]
}

@test "a mistyped word: the next step works, and names what was probably meant" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,contoso)
	unpilot run -q "$L"
	run --separate-stderr unpilot rnu "$L"
	[ "$(next_step)" = "unpilot help run -c $CONF" ]
	paste
	[ "$status" -eq 0 ]
	run --separate-stderr unpilot xyzzy
	[ "$(next_step)" = "unpilot help -c $CONF" ]
	# of two mistakes, the option is reported, and no help of a command that does not exist is proposed
	run --separate-stderr unpilot rnu --paralel 2 "$L"
	[ "$status" -eq 2 ]
	[[ "$stderr" == *'did you mean "--parallel"?'* ]]
	[ "$(next_step)" = "unpilot help" ]
	run --separate-stderr unpilot run --route oem "$L"
	[ "$(next_step)" = "unpilot help run -c $CONF" ]
	# words of commands, and of runs
	run --separate-stderr unpilot ledger chek
	[[ "$stderr" == *'did you mean "ledger check"?'* ]]
	run --separate-stderr unpilot config chek
	[[ "$stderr" == *'did you mean "config check"?'* ]]
	run --separate-stderr unpilot report lastest
	[[ "$stderr" == *'did you mean "latest"?'* ]]
	# a customer in the place of a run
	run --separate-stderr unpilot status contoso
	[ "$status" -eq 2 ]
	[[ "$stderr" == *'no run "contoso", but a customer of that name: "unpilot find" shows'* ]]
	[ "$(next_step)" = "unpilot find contoso -c $CONF" ]
	paste
	[ "$status" -eq 0 ]
	[[ "$output" == *contoso* ]]
}

@test "a lost batch that is too old: resume --resend, which ends it; plain resume would change nothing" {
	printf 'submit 1 reset\n' > "$BATS_TEST_TMPDIR/scenario"
	start_service samples/registry.csv --scenario "$BATS_TEST_TMPDIR/scenario"
	configure oem-direct retries 0
	configure oem-direct resend-within 0s
	run --separate-stderr unpilot run -q "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 6 ]
	for options in '' -q; do
		run --separate-stderr unpilot resume $options
		[ "$status" -eq 6 ]
		[ "$(next_step)" = "unpilot resume --resend $(ls "$D/handoff") -c $CONF" ] || { echo "$stderr"; return 1; }
	done
	paste
	[ "$status" -eq 0 ]
}

@test "an answer that still lacks a device after resend-within: resume --resend, which sends it again" {
	printf 'poll 1-9 less\n' > "$BATS_TEST_TMPDIR/scenario"
	start_service samples/registry.csv --scenario "$BATS_TEST_TMPDIR/scenario"
	configure oem-direct poll-deadline 1ms
	run --separate-stderr unpilot run -q "$(list ,3305000000001,,,c1 ,3305000000003,,,c1)"
	[ "$status" -eq 6 ]
	[ "$(next_step)" = "unpilot resume $(ls "$D/handoff") -c $CONF" ] || { echo "$stderr"; return 1; }
	configure oem-direct resend-within 0s
	paste
	[ "$status" -eq 6 ]
	[[ "$stderr" == *"the answer still lacks devices"* ]]
	[ "$(next_step)" = "unpilot resume --resend $(ls "$D/handoff") -c $CONF" ] || { echo "$stderr"; return 1; }
	paste
	[ "$(grep -c '^submit' "$LOG")" -eq 2 ]
}

@test "a complete answer that leaves a device unknown: resume --resend; then its status" {
	printf 'poll * twice\n' > "$BATS_TEST_TMPDIR/scenario"
	start_service samples/registry.csv --scenario "$BATS_TEST_TMPDIR/scenario"
	run --separate-stderr unpilot run -q "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 6 ]
	[ "$(next_step)" = "unpilot resume --resend $(ls "$D/handoff") -c $CONF" ] || { echo "$stderr"; return 1; }
	paste
	[ "$status" -eq 6 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 2 ]
	[ "$(next_step)" = "unpilot status $(ls "$D/handoff") -c $CONF" ] || { echo "$stderr"; return 1; }
}

@test "a configuration that this user cannot read: a command that shows why" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_service samples/registry.csv
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR" "$D"
	chmod 600 "$CONF"
	run --separate-stderr setpriv --reuid=nobody --regid=nogroup --clear-groups "$UNPILOT" -c "$CONF" status
	[ "$status" -eq 2 ]
	[ "$(next_step)" = "namei -l $CONF" ]
}
