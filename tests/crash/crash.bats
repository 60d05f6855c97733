bats_require_minimum_version 1.5.0
load helpers

setup_file() { fleet; }

@test "killed at every sync of the ledger" { kill_loop fdatasync 10; }

@test "killed at every sync of all packs" { kill_loop syncfs 2; }

@test "killed at every sync of a file of the run" { kill_loop fsync 5; }

@test "killed at every rename" { kill_loop rename 10; }

@test "killed at every write to the network" { kill_loop sendto 15; }

# The run is killed with batches in every state. Then resume is killed at every sync.
@test "resume itself is killed at every sync" {
	need_strace
	local call n kills=0
	NEVER=0
	for call in fdatasync fsync syncfs; do
		n=0
		while :; do
			n=$((n + 1))
			fresh
			traced "sendto:signal=KILL:when=11" run -q "$BATS_FILE_TMPDIR/list.csv"
			[ "$CODE" -eq 137 ]
			traced "$call:signal=KILL:when=$n" resume -q
			recover
			[ "$CODE" -eq 137 ] || break
		done
		[ "$CODE" -eq 0 ]
		[ "$n" -gt 2 ]
		kills=$((kills + n - 1))
	done
	[ "$kills" -gt 10 ]
	echo "# resume was killed at $kills calls of fdatasync, fsync and syncfs; no differences" >&3
}

# Several writes come before each sync, so every third write interrupts each of them.
@test "killed at every third write to the ledger" { kill_loop pwrite64 40 3; }

@test "the disk becomes full at a write to the ledger" { fail_loop pwrite64 ENOSPC + 40 3; }

@test "a sync of the ledger fails once" { fail_loop fdatasync EIO "" 10; }

@test "a sync of all packs fails once" { fail_loop syncfs EIO "" 2; }

@test "a sync of a file of the run fails once" { fail_loop fsync EIO "" 5; }

@test "from some rename on, files of packs cannot be renamed" { fail_loop rename EIO + 10; }

@test "the intent is on disk before the batch leaves" {
	need_strace
	fresh
	configure oem-direct parallel 1
	strace -f -qq -y -o "$BATS_TEST_TMPDIR/trace" -e trace=fdatasync,sendto \
		"$UNPILOT" -c "$CONF" run -q "$BATS_FILE_TMPDIR/list.csv" 3>&-
	# A record of data (23) of more than 400 bytes is a batch of ten devices; every other request is shorter. The ledger is synced
	# after the request before it.
	awk '/fdatasync\(.*ledger.db-wal/ {synced = 1}
		/sendto\(.*"\\27\\3\\3/ {if ($NF > 400) {n++; bad += !synced} synced = 0}
		END {exit n != 3 || bad}' "$BATS_TEST_TMPDIR/trace"
}

@test "a hand-off directory that cannot be written: outcomes are kept, resume writes the packs" {
	fresh
	rmdir "$D/handoff"
	printf 'in the way' > "$D/handoff"
	run unpilot run -q "$BATS_FILE_TMPDIR/list.csv"
	[ "$status" -eq 7 ]
	[[ "$output" == *"$D/handoff"* ]]
	rm "$D/handoff"
	NEVER=0
	recover
}

@test "too little memory ends the program; the resumed run is right" {
	fresh
	NEVER=0
	for kb in 20000 40000 60000 70000 80000 90000; do
		fresh
		(ulimit -v $kb; exec "$UNPILOT" -c "$CONF" run -q "$BATS_FILE_TMPDIR/list.csv" > /dev/null 2>&1) || true
		recover
	done
}

@test "20 kills at random moments of a 5,000-device run give the outcomes of an undisturbed run" {
	sh samples/make-fleet.sh 5000 20 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	sed 's/,not-registered$/,deregistered/' "$BATS_TEST_TMPDIR/e.csv" > "$BATS_TEST_TMPDIR/want"
	kills=0 rounds=0
	while [ $rounds -lt 20 ]; do
		rounds=$((rounds + 1))
		teardown
		rm -rf "$BATS_TEST_TMPDIR"/sb/{ledger.db*,handoff,port}
		start_service "$BATS_TEST_TMPDIR/r.csv" --latency 20
		configure oem-direct batch-size 250
		timeout -s KILL "0.$((RANDOM % 9))$((RANDOM % 10))" "$UNPILOT" -c "$CONF" run -q "$BATS_TEST_TMPDIR/l.csv" > /dev/null 2>&1 3>&- || [ $? -ne 137 ] || kills=$((kills + 1))
		run --separate-stderr unpilot resume --json latest
		if [ "$status" -eq 2 ]; then
			run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/l.csv"
		fi
		[ "$status" -eq 1 ]
		# After a lost answer, not-registered means that the lost request deregistered the device.
		grep '"type":"device"' <<< "$output" | jq -r '"\(.line),\(.outcome)"' | sed 's/,not-registered$/,deregistered/' | diff "$BATS_TEST_TMPDIR/want" -
		[ "$(find "$D/handoff" -mindepth 3 -name index.html | wc -l)" -eq 20 ]
		[ "$(grep '^submit' "$LOG" | grep -o 'po=[^ ]*' | sort | uniq -c | awk '$1 > 2' | wc -l)" -eq 0 ]
	done
	echo "# $rounds rounds, $kills of them killed, all resumed; no differences" >&3
	[ $kills -gt 5 ]
}
