# Confinement of the program while it works. test_confine.c tests what the rules mean.
bats_require_minimum_version 1.5.0
load helpers

# confined PID: the kernel shows the process as confined.
confined() {
	grep -q '^NoNewPrivs:	1$' "/proc/$1/status" && grep -q '^Seccomp:	2$' "/proc/$1/status" &&
		grep -q '^Max core file size *0 *0 ' "/proc/$1/limits"
}

@test "a run is confined before the first byte leaves" {
	start_service samples/registry.csv --pending-polls 1000
	configure oem-direct poll-interval 10s
	"$UNPILOT" -c "$CONF" run -q "$(list ,3305000000001,,,contoso)" 3>&- &
	pid=$!
	until grep -q '^submit' "$LOG"; do sleep 0.02; done
	confined $pid
	kill -TERM $pid
	wait $pid || [ $? -eq 143 ]
}

@test "every command that writes confines itself and still does its work" {
	[ -z "${NO_VALGRIND:-}" ] || skip "LeakSanitizer does not work under strace"
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso ,3305000000003,,,northwind)
	traced() {
		local name=$1
		shift
		strace -f -o "$BATS_TEST_TMPDIR/$name" "$UNPILOT" -c "$CONF" "$@" > /dev/null 2>&1 || CODE=$?
		grep -q 'PR_SET_SECCOMP' "$BATS_TEST_TMPDIR/$name" && grep -q 'PR_SET_NO_NEW_PRIVS' "$BATS_TEST_TMPDIR/$name"
		# if this kernel supports it
		refute grep -qE 'landlock_create_ruleset\(NULL.* = [2-9]' "$BATS_TEST_TMPDIR/$name" ||
			grep -qE 'landlock_restrict_self\(.* = 0' "$BATS_TEST_TMPDIR/$name"
		# no call of a library was refused; a container may refuse to say whether there is Landlock
		refute grep -E '(EACCES|EPERM)' <(grep -v 'landlock_create_ruleset(NULL' "$BATS_TEST_TMPDIR/$name")
	}
	CODE=0
	traced letter letter "$l"
	traced plan plan -q "$l"
	traced apply apply -q "$(unpilot status --json | jq -r .run | head -1)"
	traced run run -q "$(list ,3305000000005,,,contoso)"
	traced resume resume -q
	traced report report -q
	traced report-open report -q --customer contoso
	traced forget forget -q --yes --customer northwind
	[ "$CODE" -le 1 ]
	ls "$D"/handoff/*/contoso/index.html
}

@test "resume writes the packs of an open run into the directory of that run" {
	start_service samples/registry.csv
	other=$BATS_TEST_TMPDIR/other/place
	unpilot run -q --out "$other" "$(list ,3305000000001,,,contoso)"
	rm -r "$BATS_TEST_TMPDIR/other"
	sqlite3 "$D/ledger.db" 'UPDATE run SET state=1'
	run unpilot resume -q
	[ "$status" -eq 0 ]
	[ -e "$other"/*/contoso/index.html ]
}

@test "a list can be read from a pipe" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso)
	run unpilot run -q <(cat "$l")
	[ "$status" -eq 0 ]
	run --separate-stderr bash -c "'$UNPILOT' -c '$CONF' run --again --json /dev/stdin < '$l'"
	[ "$status" -eq 0 ]
}

@test "plan writes its page into a folder that does not exist yet, away from the ledger" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso)
	for options in "plan --out $BATS_TEST_TMPDIR/one/deep" "run --dry-run --out $BATS_TEST_TMPDIR/two/deep"; do
		run -0 unpilot $options "$l"
		[[ "$output" != *"is not written"* ]] || { echo "$output"; return 1; }
	done
	configure handoff directory "$BATS_TEST_TMPDIR/three/deep"
	run -0 unpilot plan "$l"
	for place in one two three; do
		grep -q 'Nothing was sent' "$BATS_TEST_TMPDIR/$place"/deep/*/index.html
	done
	# nothing is created for a page that nobody wants
	configure handoff run-page no
	run -0 unpilot plan --out "$BATS_TEST_TMPDIR/four" "$l"
	[ ! -e "$BATS_TEST_TMPDIR/four" ]
}
