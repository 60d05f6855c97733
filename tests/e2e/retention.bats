# keep-days and forget: what they remove, what stays, and that no byte is left.
bats_require_minimum_version 1.5.0
load helpers

sql() { sqlite3 "$D/ledger.db" "$1"; }

# age DAYS: moves the end of every run so far into the past.
age() { sql "UPDATE run SET finished=finished-$1*86400, started=started-$1*86400; UPDATE verdict SET decided=decided-$1*86400 WHERE decided>0"; }

two_customers() {
	list FB-1001,3305000000001,,,contoso FB-1002,3305000000003,,,northwind ',,,,contoso'
}

@test "keep-days: a run removes packs and rows of old finished runs at its end, and nothing else" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	old=$(run_dir)
	[ -e "$old/summary.json" ]
	age 100
	configure handoff keep-days 90
	mv "$D/handoff" "$BATS_TEST_TMPDIR/packs"
	ln -s "$BATS_TEST_TMPDIR/packs" "$D/handoff"
	run unpilot run "$(list ,3305000000001,,,northwind)"
	[ "$status" -eq 0 ]
	[[ "$output" == *"keep-days: 1 run is removed"* ]]
	[ ! -e "$old" ]
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 1 ]
	[ "$(sql 'SELECT COUNT(*) FROM row')" -eq 1 ]
	for t in list batch customer; do [ "$(sql "SELECT COUNT(*) FROM $t WHERE run NOT IN (SELECT id FROM run)")" -eq 0 ]; done
	[ "$(sql 'SELECT COUNT(*) FROM attempt WHERE batch NOT IN (SELECT id FROM batch)')" -eq 0 ]
	[ -e "$(run_dir)northwind/index.html" ]
	run unpilot status
	[ "$status" -eq 0 ]
}

@test "keep-days: younger runs, open runs, plans and foreign files stay" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	first=$(run_dir)
	echo mine > "$first/contoso/note.txt"
	ln -s "$BATS_TEST_TMPDIR/precious" "$first/contoso/letter.txt"
	echo precious > "$BATS_TEST_TMPDIR/precious"
	unpilot plan -q "$(list ,3305000000003,,,contoso)"
	unpilot run -q "$(list ,3305000000005,,,contoso)" || true
	sql "UPDATE run SET state=1 WHERE id=3; UPDATE verdict SET outcome=8 WHERE row=(SELECT first_row FROM run WHERE id=3)"
	age 40
	configure handoff keep-days 39
	unpilot run -q "$(list ,3305000000006,,,northwind)" || true
	[ "$(sql 'SELECT group_concat(id) FROM (SELECT id FROM run ORDER BY id)')" = 2,3,4 ]
	[ "$(ls "$first/contoso")" = note.txt ]
	[ "$(cat "$BATS_TEST_TMPDIR/precious")" = precious ]
	configure handoff keep-days 60
	unpilot run -q "$(list ,3305000000007,,,northwind)" || true
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 4 ]
}

@test "a row without a final outcome keeps a finished run" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	sql "UPDATE verdict SET outcome=8"
	age 100
	configure handoff keep-days 30
	unpilot run -q "$(list ,3305000000003,,,contoso)"
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 2 ]
}

@test "a pack that is a link is not followed, and its run stays" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	mkdir "$BATS_TEST_TMPDIR/other"
	touch "$BATS_TEST_TMPDIR/other/index.html"
	rm -r "$(run_dir)contoso"
	ln -s "$BATS_TEST_TMPDIR/other" "$(run_dir)contoso"
	age 100
	configure handoff keep-days 30
	run unpilot run "$(list ,3305000000003,,,northwind)"
	[ "$status" -eq 0 ]
	[[ "$output" == *"a pack stays"* ]]
	[ -e "$BATS_TEST_TMPDIR/other/index.html" ]
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 2 ]
}

@test "keep-days below hold-days is refused; 0 keeps everything" {
	start_service samples/registry.csv
	configure handoff keep-days 29
	run unpilot run "$(list ,3305000000001,,,contoso)"
	[ "$status" -eq 2 ]
	[[ "$output" == *"keep-days = 29 is less than [limits] hold-days = 30"* ]]
	configure handoff keep-days 0
	run unpilot run -q "$(list ,3305000000001,,,contoso)"
	[ "$status" -eq 0 ]
	age 5000
	unpilot run -q "$(list ,3305000000003,,,contoso)"
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 2 ]
}

@test "nothing is removed without the lock" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	age 100
	configure handoff keep-days 30
	flock "$D/ledger.db.lock" sleep 60 3>&- &
	holder=$!
	until grep -q ":$(stat -c %i "$D/ledger.db.lock") " /proc/locks; do sleep 0.02; done
	run unpilot run -q "$(list ,3305000000003,,,contoso)"
	[ "$status" -eq 11 ]
	run unpilot forget -q --yes --customer contoso
	[ "$status" -eq 11 ]
	kill "$holder"
	[ "$(sql 'SELECT COUNT(*) FROM row')" -eq 1 ]
	ls "$D"/handoff/*/contoso/index.html
}

@test "row numbers are never reused, so a receipt of a removed run marks nothing" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso ,3305000000003,,,contoso)"
	highest=$(sql 'SELECT MAX(id) FROM row')
	unpilot forget -q --yes --customer contoso
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 0 ]
	unpilot run -q "$(list ,3305000000005,,,contoso)" || true
	[ "$(sql 'SELECT MIN(id) FROM row WHERE customer>0')" -gt "$highest" ]
	[ "$(sql 'SELECT COUNT(*) FROM row WHERE customer>0')" -eq 1 ]
}

# gone WORD...: the ledger's files do not contain the words.
gone() {
	for w; do
		for f in "$D"/ledger.db "$D"/ledger.db-wal; do
			[ ! -e "$f" ] || refute grep -qa "$w" "$f"
		done
	done
}

@test "forget removes every byte of rows, receipts, raw records and packs of one customer, and only these" {
	start_service samples/registry.csv
	unpilot run -q "$(two_customers)" || true
	unpilot run -q --again "$(list FB-1001,3305000000001,,,contoso)" || true
	cp -r "$D/handoff" "$BATS_TEST_TMPDIR/before"
	mixed=$(ls -d "$D"/handoff/*/northwind | head -1)
	mixed=${mixed%/northwind}
	grep -q contoso "$mixed/rejects.csv"
	unpilot report -q --customer contoso
	[ -d "$D/handoff/open-contoso" ]
	grep -qa FB-1001 "$D/ledger.db"
	sql "INSERT INTO receipt(run, customer, said_by, generated, digest, recorded) VALUES('open', 'contoso', 'Kim of Contoso', 1, 'd', 1)"
	run --separate-stderr unpilot forget --yes --customer contoso --dry-run --json
	[ "$status" -eq 0 ]
	[ "$(tail -1 <<< "$output" | jq -c '[.runs,.rows,.receipts,.dry_run,.exit_code]')" = '[2,3,1,true,0]' ]
	grep -qa FB-1001 "$D/ledger.db"
	[ -d "$mixed/contoso" ]
	run --separate-stderr unpilot forget --yes --customer contoso --json
	[ "$status" -eq 0 ]
	[ "$(grep -c '"type":"forgotten"' <<< "$output")" -eq 2 ]
	[ "$(tail -1 <<< "$output" | jq -c '[.customer,.runs,.rows,.receipts]')" = '["contoso",2,3,1]' ]
	gone FB-1001 3305000000001 contoso Contoso
	refute grep -rq contoso "$D/handoff"
	[ -e "$mixed/northwind/index.html" ]
	diff -r "$mixed/northwind" "$BATS_TEST_TMPDIR/before/${mixed##*/}/northwind"
	[ "$(sql 'SELECT serial FROM row WHERE customer>0')" = FB-1002 ]
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
	[ "$(unpilot status --json | jq -c '.counts.deregistered')" -eq 1 ]
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 2 ]
	# the other device of the list is still held, the forgotten one is not
	run --separate-stderr unpilot run --json "$(list FB-1002,3305000000003,,,northwind ,3305000000001,,,contoso)"
	[ "$(grep '"device"' <<< "$output" | jq -r .outcome | tr '\n' ' ')" = "held not-registered " ]
}

@test "forget that was interrupted after it removed the files of a run writes them when it is repeated" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso ,3305000000003,,,fabrikam)"
	rm "$D"/handoff/*/{summary.json,failed.csv,rejects.csv,index.html}
	unpilot forget -q --yes --customer contoso
	ls "$D"/handoff/*/{summary.json,failed.csv,rejects.csv}
	refute grep -r contoso "$D/handoff"
	# a plan has no such files
	unpilot plan -q "$(list ,3305000000005,,,contoso ,3305000000007,,,fabrikam)"
	unpilot forget -q --yes --customer contoso
	[ "$(find "$D/handoff" -name summary.json | wc -l)" -eq 1 ]
}

@test "forget that could not finish after it erased the rows is finished when it is repeated" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso ,3305000000003,,,fabrikam)"
	# a process that reads the ledger, until the test closes its standard input
	mkfifo "$D/reader"
	sqlite3 "$D/ledger.db" < "$D/reader" > "$D/read" &
	local reader=$!
	exec 9> "$D/reader"
	echo 'BEGIN; SELECT COUNT(*) FROM run;' >&9
	until [ -s "$D/read" ]; do sleep 0.05; done
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 2 ]
	[[ "$output" == *"another process is reading the ledger"* ]]
	[[ "$output" == *"next: unpilot "*" forget --yes --customer contoso"* ]]
	exec 9>&-
	wait "$reader"
	run unpilot forget --yes --customer contoso --dry-run # changes nothing
	[ "$status" -eq 2 ]
	run unpilot forget --yes --customer contos # a typing error finishes nothing
	[ "$status" -eq 2 ]
	rm "$D"/handoff/*/summary.json # as if it had been killed before
	sql "INSERT INTO erasing(run) SELECT id FROM run"
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 0 ]
	[[ "$output" == *"an erasing that was interrupted is finished now"* ]]
	gone contoso 3305000000001
	[ -e "$D"/handoff/*/summary.json ]
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 2 ]
	[[ "$output" == *"has no customer"* ]]
}

@test "a list that a killed command left in the spool is not taken for a new one once its run is erased" {
	start_service samples/registry.csv
	S=$D/spool
	configure spool directory "$S"
	configure handoff keep-days 90
	mkdir -p "$S/incoming"
	for customer in northwind contoso; do
		cp "$(list ",330500000000${#customer},,,$customer")" "$S/incoming/$customer.csv"
		touch -d '1 hour ago' "$S/incoming/$customer.csv"
		unpilot run -q || true
		last=$(basename "$(run_dir)")
		mv "$S"/*/*."$customer.csv" "$S/work/$last.$customer.csv" # as before it was moved there
		[ "$customer" = contoso ] || first=$last
	done
	unpilot forget -q --yes --customer contoso
	mv "$S"/*/*.northwind.csv "$S/work/$first.northwind.csv"
	age 100
	sent=$(grep -c '^submit' "$LOG")
	unpilot run -q "$(list ,3305000000001,,,litware)" # keep-days
	[ "$(sql 'SELECT COUNT(*) FROM run')" -eq 1 ]
	[ "$(ls "$S/done" "$S/failed" | grep -c csv)" -eq 2 ]
	unpilot run -q # the spool is empty
	[ "$(grep -c '^submit' "$LOG")" -eq $((sent + 1)) ]
}

@test "forget waits for resume if the spool still has the list of an open run" {
	start_service samples/registry.csv
	S=$D/spool
	configure spool directory "$S"
	mkdir -p "$S/incoming"
	cp "$(list ,3305000000001,,,contoso)" "$S/incoming/l.csv"
	touch -d '1 hour ago' "$S/incoming/l.csv"
	unpilot run -q
	run=$(basename "$(run_dir)")
	mv "$S"/done/*.l.csv "$S/work/$run.l.csv"
	sql "UPDATE run SET state=1, exit_code=-1" # as if it had been killed before its packs
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 2 ]
	[[ "$output" == *"nothing erased"*"next: unpilot resume $run"* ]]
	unpilot resume -q
	unpilot forget -q --yes --customer contoso
	[ "$(ls "$S/done")" = "$run.0.l.csv" ]
}

# leave_temporary DIR TEXT: what a command leaves that is killed while it writes a pack, here and on another machine.
leave_temporary() {
	for f in handoff.json devices.csv; do
		echo "$2" > "$1/.$f.new-0badcafe-4194304-Ab12Cd"
		echo "$2" > "$1/.$f.new-0badcafe-$$-Ab12Cd"
	done
}

@test "keep-days and forget remove the files that a killed command left half written" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso ,3305000000003,,,fabrikam)"
	old=$(run_dir)
	leave_temporary "$old/contoso" contoso
	leave_temporary "$old/fabrikam" fabrikam
	echo contoso > "$old/.summary.json.new-0badcafe-4194304-Ab12Cd"
	unpilot forget -q --yes --customer contoso
	refute grep -r contoso "$D/handoff"
	[ ! -e "$old/contoso" ]
	[ "$(find "$old/fabrikam" -name '.*.new-*' | wc -l)" -eq 4 ]
	age 100
	configure handoff keep-days 90
	unpilot run -q "$(list ,3305000000005,,,northwind)" || true
	[ ! -e "$old" ]
}

@test "forget is refused with 4 while a run waits for an outcome of this customer, not of another" {
	start_service samples/registry.csv
	unpilot run -q "$(two_customers)" || true
	sql "UPDATE run SET state=1; UPDATE verdict SET outcome=7 WHERE row=(SELECT id FROM row WHERE serial='FB-1001')"
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 4 ]
	[[ "$output" == *"unpilot resume"* ]]
	[ "$(sql "SELECT COUNT(*) FROM row WHERE serial='FB-1001'")" -eq 1 ]
	[ -d "$(run_dir)contoso" ]
	run unpilot forget --yes --customer northwind
	[ "$status" -eq 0 ]
	[ "$(sql "SELECT COUNT(*) FROM row WHERE serial='FB-1002'")" -eq 0 ]
}

@test "forget is refused with 4 while an alarm of the customer holds the ledger" {
	start_service samples/registry.csv
	unpilot run -q "$(list FB-1001,3305000000001,,,contoso)"
	sql "INSERT INTO alarm(run, batch, reason, at) SELECT run, id, 'ZtdDeviceAlreadyAssigned (806)', 1 FROM batch"
	for o in "--dry-run" "--yes"; do
		run unpilot forget "$o" --customer contoso
		[ "$status" -eq 4 ]
		[[ "$output" == *"unpilot resume --clear-alarm $(sql 'SELECT name FROM run')"* ]]
	done
	[ "$(sql 'SELECT COUNT(*) FROM alarm')" -eq 1 ]
	run unpilot run "$(list FB-1002,3305000000003,,,northwind)"
	[ "$status" -eq 4 ]
	unpilot resume -q --clear-alarm "$(sql 'SELECT name FROM run LIMIT 1')" || true
	unpilot forget -q --yes --customer contoso
	[ "$(sql "SELECT COUNT(*) FROM customer WHERE key='contoso'")" -eq 0 ]
}

@test "forget names the customer, and the copies that an upgrade left" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	run unpilot forget
	[ "$status" -eq 2 ]
	run unpilot forget --yes --customer fabrikam
	[ "$status" -eq 2 ]
	[[ "$output" == *'no customer "fabrikam"'* ]]
	touch "$D/ledger.db.schema3"
	run unpilot forget --yes --customer contoso
	[ "$status" -eq 0 ]
	[[ "$output" == *"ledger.db.schema3"* ]]
}

@test "apply refuses a plan that lost rows" {
	start_service samples/registry.csv
	plan=$(unpilot plan --json "$(two_customers)" | tail -1 | jq -r .run)
	unpilot forget -q --yes --customer contoso
	run unpilot apply "$plan"
	[ "$status" -eq 4 ]
	nothing_sent
}
