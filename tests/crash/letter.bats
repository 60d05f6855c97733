bats_require_minimum_version 1.5.0
load helpers
load ../e2e/letters

run_dir() { echo "$D"/handoff/2*/; } # without the letter

setup_file() { fleet_list; }

# Thirty devices of three customers, with everything that the rule asks for.
fleet_list() {
	fleet_registry=$BATS_FILE_TMPDIR/registry.csv
	printf 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM\n' > "$BATS_FILE_TMPDIR/list.csv"
	printf 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error\n' > "$fleet_registry"
	for i in $(seq 10 39); do
		echo "F-$i,Fabrikam,Book,c$((i % CUSTOMERS)),entra,intune" >> "$BATS_FILE_TMPDIR/list.csv"
		echo "F-$i,Fabrikam,Book,,us,registered," >> "$fleet_registry"
	done
}

# How many devices of these customers were ever sent.
asked() { sql "SELECT COUNT(*) FROM row r JOIN batch b ON b.id=r.batch JOIN customer c ON c.id=r.customer WHERE b.attempts>0 AND c.key IN ($1)"; }

# step N COMMAND...: runs the command, killed at the Kth sync of the ledger or of a pack if it is the one to be killed, and then
# once more as a person would. Sets KILLED.
step() {
	local number=$1
	shift
	if [ "$number" -eq "$VICTIM" ]; then
		traced "fdatasync,fsync:signal=KILL:when=$K" "$@"
		[ "$CODE" -eq 137 ] && KILLED=1
		[ "$KILLED" -eq 1 ] || return 0
	fi
	CODE=0
	if [ "$1" = letter ] && [ "$(sql 'SELECT COUNT(*) FROM run WHERE state=3')" -gt 0 ]; then
		unpilot report -q "$(sql 'SELECT name FROM run WHERE state=3')"
		return 0
	fi
	if [ "$1" = run ] && [ "$number" -eq "$VICTIM" ]; then
		unpilot resume -q latest > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" || CODE=$?
		if [ "$CODE" -eq 2 ]; then # the ledger does not know the run
			grep -q 'no run yet' "$BATS_TEST_TMPDIR/err"
			CODE=0
			unpilot "$@" > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" || CODE=$?
		fi
		return 0
	fi
	unpilot "$@" > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" || CODE=$?
}

life() {
	local letter
	KILLED=0
	fresh
	configure limits letter require
	step 1 letter "$BATS_FILE_TMPDIR/list.csv"
	letter=$D/handoff/$(sql "SELECT name FROM run WHERE state=3 ORDER BY id DESC LIMIT 1")
	step 2 run -q "$BATS_FILE_TMPDIR/list.csv"
	[ "$CODE" -eq 6 ]
	[ "$(asked "'c0','c1','c2'")" -eq 0 ]
	receipt "$letter/c0" Ann > "$BATS_TEST_TMPDIR/1.json"
	step 3 close -q "$BATS_TEST_TMPDIR/1.json"
	[ "$(asked "'c0','c1','c2'")" -eq 0 ]
	step 4 resume -q
	[ "$CODE" -eq 6 ]
	[ "$(asked "'c0'") $(asked "'c1','c2'")" = "10 0" ]
	receipt "$letter/c1" Bob > "$BATS_TEST_TMPDIR/1.json"
	receipt "$letter/c2" Cid '' script > "$BATS_TEST_TMPDIR/2.json"
	step 5 close -q "$BATS_TEST_TMPDIR/1.json" "$BATS_TEST_TMPDIR/2.json"
	[ "$(asked "'c1','c2'")" -eq 0 ]
	step 6 resume -q
	[ "$CODE" -eq 0 ]
	unpilot resume --json latest > "$BATS_TEST_TMPDIR/resumed" 2> /dev/null
	check_end "$BATS_TEST_TMPDIR/resumed"
}

# kill_step NUMBER [EVERY]: kills this step of the life at each of its syncs, or at every third or so.
kill_step() {
	need_strace
	VICTIM=$1 K=$((1 - ${2:-1}))
	while :; do
		K=$((K + ${2:-1}))
		echo "step $VICTIM, sync $K"
		life
		[ "$KILLED" -eq 1 ] || break
	done
	[ "$K" -gt 1 ]
	echo "# step $VICTIM of a life with letters was killed at up to $((K - 1)) syncs; nothing was sent that was not ready" >&3
}

@test "letter is killed at every sync" { kill_step 1; }

@test "a run whose devices wait is killed at every sync" { kill_step 2; }

@test "close is killed at every sync" {
	kill_step 3
	kill_step 5
}

@test "resume, which sends what is ready, is killed at every sync" {
	kill_step 4 3
	kill_step 6 5
}
