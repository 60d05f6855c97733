# Kills the program at a system call, or makes that call fail, with strace.
load ../e2e/helpers

DEVICES=30 CUSTOMERS=3

# Thirty registered devices of three customers: an undisturbed run ends with 0.
fleet() {
	local i
	printf 'Serial Number,Product Key ID,Manufacturer,Model,Customer\n' > "$BATS_FILE_TMPDIR/list.csv"
	printf 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error\n' > "$BATS_FILE_TMPDIR/registry.csv"
	for i in $(seq 10 39); do
		echo "F-$i,33050000000$i,Fabrikam,Book,c$((i % CUSTOMERS))" >> "$BATS_FILE_TMPDIR/list.csv"
		echo "F-$i,Fabrikam,Book,33050000000$i,us,registered," >> "$BATS_FILE_TMPDIR/registry.csv"
	done
}

need_strace() {
	if ! strace -f -e trace=fsync true > /dev/null 2>&1; then
		echo "# SKIPPED: the crash tests need ptrace, which is not allowed here" >&3
		skip "ptrace is not allowed"
	fi
}

# Starts a fresh service, and removes ledger and packs. Batches of ten, so that a run has three.
fresh() {
	teardown
	rm -rf "$BATS_TEST_TMPDIR"/sb/{ledger.db*,handoff,port}
	start_service "$BATS_FILE_TMPDIR/registry.csv" --pending-polls 1
	configure oem-direct batch-size 10
	configure oem-direct parallel 2
}

# traced INJECTION COMMAND...: sets CODE.
traced() {
	local what=$1
	shift
	CODE=0
	strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace="${what%%:*}" -e inject="$what" \
		"$UNPILOT" -c "$CONF" "$@" > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- || CODE=$?
}

# Checks the end of every test: each row has its outcome, packs are complete, and no batch with a known answer was sent again.
check_end() {
	local unanswered again
	grep '"type":"device"' "$1" | jq -r 'if .outcome == "deregistered" or (.outcome == "not-registered" and
		(.reason | contains("may have deregistered"))) then .line else "\(.line) \(.outcome)" end' > "$BATS_TEST_TMPDIR/rows"
	seq 2 $((DEVICES + 1)) | diff - "$BATS_TEST_TMPDIR/rows"
	# One submit for each batch, and one more for each lost answer.
	again=$(grep '^submit' "$LOG" | grep -o 'po=[^ ]*' | sort | uniq -c | awk '$1 > 1' | wc -l)
	unanswered=$(sqlite3 "$D/ledger.db" "SELECT COUNT(*) FROM batch WHERE lost > 0")
	[ "$again" -le "$unanswered" ]
	[ -z "$(sqlite3 "$D/ledger.db" "SELECT a.batch FROM attempt a JOIN attempt b ON b.batch = a.batch AND b.id > a.id WHERE a.what = 'accepted' AND b.what = 'sent'")" ]
	check_packs
}

check_packs() {
	local c dir
	dir=$(run_dir)
	[ "$(find "$D/handoff" -name '.*' -type f | wc -l)" -eq 0 ]
	for c in $(seq -f 'c%.0f' 0 $((CUSTOMERS - 1))); do
		[ "$(jq '.devices | length' "$dir$c/handoff.json")" -eq $((DEVICES / CUSTOMERS)) ]
		[ "$(wc -l < "$dir$c/devices.csv")" -eq $((DEVICES / CUSTOMERS + 1)) ]
		xmllint --noout "$dir$c/handoff.xml"
		grep -q '</html>' "$dir$c/index.html"
	done
	jq -e '.exit_code == 0' "$dir/summary.json" > /dev/null
}

print_state() { find "$D/handoff" -type f -exec sha256sum {} + | sort; grep -c '^submit' "$LOG"; }

# Never call these functions in a condition: bash would not stop at a failing line there.
#
# After a disturbed run: resumes it, or starts it again if the ledger does not know it. Then resumes once more, which must change
# nothing.
recover() {
	local code=0
	unpilot resume --json latest > "$BATS_TEST_TMPDIR/resumed" 2> "$BATS_TEST_TMPDIR/err" || code=$?
	if [ "$code" -eq 2 ] && grep -q 'no run yet' "$BATS_TEST_TMPDIR/err"; then
		NEVER=$((NEVER + 1))
		refute grep -q '^submit' "$LOG"
		code=0
		unpilot run --json "$BATS_FILE_TMPDIR/list.csv" > "$BATS_TEST_TMPDIR/resumed" 2> "$BATS_TEST_TMPDIR/err" || code=$?
	fi
	cat "$BATS_TEST_TMPDIR/err"
	[ "$code" -eq 0 ]
	check_end "$BATS_TEST_TMPDIR/resumed"
	print_state > "$BATS_TEST_TMPDIR/before"
	unpilot resume --json latest > "$BATS_TEST_TMPDIR/third" 2> "$BATS_TEST_TMPDIR/err"
	diff "$BATS_TEST_TMPDIR/resumed" "$BATS_TEST_TMPDIR/third"
	print_state | diff "$BATS_TEST_TMPDIR/before" -
}

# kill_loop SYSCALL MINIMUM [STEP]: kills runs at the 1st, 2nd, ... call until a run ends by itself.
kill_loop() {
	local n=$((1 - ${3:-1})) kills=0 resent=0
	NEVER=0
	need_strace
	while :; do
		n=$((n + ${3:-1}))
		fresh
		traced "$1:signal=KILL:when=$n" run -q "$BATS_FILE_TMPDIR/list.csv"
		[ "$CODE" -eq 137 ] || break
		kills=$((kills + 1))
		echo "killed at $1 number $n" # bats shows it when a check below fails
		recover
		! grep -q 'may have deregistered' "$BATS_TEST_TMPDIR/resumed" || resent=$((resent + 1))
	done
	[ "$CODE" -eq 0 ] # the last run was not killed
	[ "$n" -gt "$2" ]
	echo "# killed at $kills calls of $1 and resumed; $NEVER times the ledger did not know the run, $resent times an answer was lost; no differences" >&3
}

# fail_loop SYSCALL ERROR WHEN MINIMUM [STEP]: makes the call fail, once (WHEN "") or from then on ("+").
fail_loop() {
	local n=$((1 - ${5:-1})) tries=0 failed=0
	NEVER=0
	need_strace
	while :; do
		n=$((n + ${5:-1}))
		fresh
		traced "$1:error=$2:when=$n$3" run -q "$BATS_FILE_TMPDIR/list.csv"
		grep -q INJECTED "$BATS_TEST_TMPDIR/trace" || break
		tries=$((tries + 1))
		[ "$CODE" -ne 137 ]
		if [ "$CODE" -ne 0 ]; then
			failed=$((failed + 1))
			[ -s "$BATS_TEST_TMPDIR/err" ] # it reports the failure
		fi
		echo "$2 at $1 number $n, exit code $CODE"
		recover
	done
	[ "$n" -gt "$4" ]
	echo "# $2 at $tries calls of $1$3: $failed runs failed and reported it, all were resumed; no differences" >&3
}
