# Runs of the shipped binary that are killed or failed at one system call, by strace.
load ../e2e/helpers

DEVICES=30 CUSTOMERS=3

# Thirty devices of three customers, all of them registered: an undisturbed run ends with 0.
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
		echo "# ptrace is not allowed here: NOTHING of the crash tests was run" >&3
		skip "ptrace is not allowed"
	fi
}

# A service, a ledger and packs as new; batches of ten, so that a run has three of them.
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

# What is there afterwards, whatever happened before: every row its word, packs whole, no batch
# sent again whose answer was known.
check_end() {
	local unanswered again
	grep '"type":"device"' "$1" | jq -r 'if .outcome == "deregistered" or (.outcome == "not-registered" and
		(.reason | contains("may have deregistered"))) then .line else "\(.line) \(.outcome)" end' > "$BATS_TEST_TMPDIR/rows"
	seq 2 $((DEVICES + 1)) | diff - "$BATS_TEST_TMPDIR/rows"
	# the service was asked once for each batch, and once more for each answer that was lost
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
	for c in c0 c1 c2; do
		[ "$(jq '.devices | length' "$dir$c/handoff.json")" -eq $((DEVICES / CUSTOMERS)) ]
		[ "$(wc -l < "$dir$c/devices.csv")" -eq $((DEVICES / CUSTOMERS + 1)) ]
		xmllint --noout "$dir$c/handoff.xml"
		grep -q '</html>' "$dir$c/index.html"
	done
	jq -e '.exit_code == 0' "$dir/summary.json" > /dev/null
}

print_state() { find "$D/handoff" -type f -exec sha256sum {} + | sort; grep -c '^submit' "$LOG"; }

# After a disturbed run: resume, or the run itself where nothing of it ever happened; then once more
# without a change.
mend() {
	local code=0
	unpilot resume --json > "$BATS_TEST_TMPDIR/resumed" 2> "$BATS_TEST_TMPDIR/err" || code=$?
	if [ "$code" -eq 2 ] && grep -q 'no run yet\|no ledger yet' "$BATS_TEST_TMPDIR/err"; then
		NEVER=$((NEVER + 1))
		refute grep -q '^submit' "$LOG"
		code=0
		unpilot run --json "$BATS_FILE_TMPDIR/list.csv" > "$BATS_TEST_TMPDIR/resumed" 2> "$BATS_TEST_TMPDIR/err" || code=$?
	fi
	[ "$code" -eq 0 ] || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
	check_end "$BATS_TEST_TMPDIR/resumed"
	print_state > "$BATS_TEST_TMPDIR/before"
	unpilot resume --json > "$BATS_TEST_TMPDIR/third" 2> "$BATS_TEST_TMPDIR/err"
	diff "$BATS_TEST_TMPDIR/resumed" "$BATS_TEST_TMPDIR/third"
	print_state | diff "$BATS_TEST_TMPDIR/before" -
}

# kill_loop SYSCALL MINIMUM [STEP]: killed at the 1st, 2nd, ... call until a run ends by itself.
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
		mend || { echo "killed at $1 number $n"; return 1; }
		grep -q 'may have deregistered' "$BATS_TEST_TMPDIR/resumed" && resent=$((resent + 1))
	done
	[ "$CODE" -eq 0 ] # it ended by itself, and well
	[ "$n" -gt "$2" ]
	echo "# killed at $kills times $1, as often resumed; $NEVER times the run had not happened, $resent times an answer was lost; differences: none" >&3
}

# fail_loop SYSCALL ERROR WHEN MINIMUM [STEP]: the call fails, once ("") or from then on ("+").
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
			[ -s "$BATS_TEST_TMPDIR/err" ] # and somebody is told
		fi
		mend || { echo "$2 at $1 number $n, exit code $CODE"; return 1; }
	done
	[ "$n" -gt "$4" ]
	echo "# $2 at $tries times $1$3: $failed runs failed and said so, all were resumed; differences: none" >&3
}
