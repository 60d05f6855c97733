# "ledger check": a sound ledger and its packs pass, and each kind of damage is named.
bats_require_minimum_version 1.5.0
load helpers

sql() { sqlite3 "$D/ledger.db" "$1"; }

# sound: a service, a plan, a run of three customers, and a run that waits.
sound() {
	start_service samples/registry.csv
	unpilot plan -q samples/lists/returns.csv || [ $? -eq 1 ]
	unpilot run -q --again samples/lists/returns.csv || [ $? -eq 1 ]
	RUN=$(basename "$(dirname "$(ls -d "$D"/handoff/*/contoso)")")
	PACK=$D/handoff/$RUN/contoso
}

# finds TEXT NEXT [FINDINGS]: the check ends with 1, names the damage and the next step, and finds nothing else.
finds() {
	run -1 --separate-stderr unpilot ledger check
	[[ "$output" == *"$1"* && "$stderr" == "next: unpilot $2 "* ]] || { echo "$output"; echo "$stderr"; return 1; }
	[[ "${lines[-1]}" == *" checked: "${3:-1 finding} ]] || { echo "$output"; return 1; }
}

@test "a sound ledger passes, and nothing is changed" {
	sound
	before=$(cd "$D" && sha256sum ledger.db && find handoff -type f -exec sha256sum {} + | sort)
	run -0 unpilot ledger check
	[[ "$output" == "2 runs, 88 rows and "*" packs checked: 0 findings" ]]
	[ "$before" = "$(cd "$D" && sha256sum ledger.db && find handoff -type f -exec sha256sum {} + | sort)" ]
	run -0 unpilot ledger check -q
	[ -z "$output" ]
	run -0 unpilot ledger check --json
	[ "$(jq -c '[.type, .runs, .rows, .findings, .exit_code]' <<< "$output")" = '["summary",2,88,0,0]' ]
}

# breaks SQL TEXT NEXT [FINDINGS]: damages the ledger, checks, and puts it back.
breaks() {
	cp "$D/ledger.db" "$D/kept.db"
	sql "PRAGMA foreign_keys=0; $1; PRAGMA wal_checkpoint(TRUNCATE)" > /dev/null
	finds "$2" "$3" "${4:-}"
	rm -f "$D"/ledger.db-*
	mv "$D/kept.db" "$D/ledger.db"
}

@test "each damage of the tables is named" {
	sound
	sql "PRAGMA wal_checkpoint(TRUNCATE)" > /dev/null
	ID="(SELECT id FROM run WHERE name='$RUN')"
	ROW="(SELECT first_row FROM run WHERE id=$ID)"
	OUT="(SELECT last_row+1 FROM run WHERE id=$ID)"
	breaks "UPDATE run SET first_row=first_row-1 WHERE id=$ID; UPDATE run SET last_row=last_row+1 WHERE id<$ID" "runs that share rows with an earlier run: 1, the first: $RUN" doctor '7 findings'
	breaks "INSERT INTO verdict VALUES($OUT, 0, '', 1)" "outcomes that belong to no row: 1, the first: " doctor
	breaks "INSERT INTO list(run, path, header) VALUES(99, 'l.csv', '')" "lists that belong to no run: 1, the first: " doctor
	breaks "INSERT INTO customer(run, key, name, folder) VALUES(99, 'c', '', 'c')" "customers that belong to no run: 1, the first: " doctor
	breaks "INSERT INTO batch(run, state, sold_to, received_from) VALUES(99, 0, '', '')" "batches that belong to no run: 1, the first: " doctor
	breaks "INSERT INTO alarm(run, batch, reason, at) VALUES(99, 1, '', 1)" "alarms that belong to no run: 1, the first: " doctor
	breaks "INSERT INTO attempt(batch, at, what, note) VALUES(99, 1, 'sent', '')" "attempts that belong to no batch: 1, the first: " doctor
	breaks "UPDATE batch SET attempts=0, state=2 WHERE id=(SELECT batch FROM list_row WHERE id=$ROW)" "batches whose state contradicts their attempts: 1, the first: " doctor '2 findings'
	breaks "INSERT INTO batch(run, state, sold_to, received_from, attempts, first_sent) VALUES($ID, 2, '', '', 1, 1)" "batches that the service accepted without a BatchId: 1, " doctor
	breaks "INSERT INTO batch(run, state, sold_to, received_from, attempts, first_sent, service_id) SELECT run, 3, '', '', 1, 1, service_id FROM batch WHERE service_id IS NOT NULL LIMIT 1" \
		"BatchIds that belong to more than one batch: 1, " doctor
	breaks "INSERT INTO receipt(run, customer, said_by, generated, digest, recorded) VALUES('$RUN', 'contoso', '', 1, '', 1);
		INSERT INTO done(row, step, said_at, receipt) SELECT $OUT, 'B1', 1, id FROM receipt" "reported steps that belong to no row: 1, the first: " doctor
	breaks "INSERT INTO done(row, step, said_at, receipt) VALUES($ROW, 'B1', 1, 99)" "reported steps that belong to no receipt: 1, the first: " doctor
}

@test "each damage of rows is named, with its run" {
	sound
	sql "PRAGMA wal_checkpoint(TRUNCATE)" > /dev/null
	ID="(SELECT id FROM run WHERE name='$RUN')"
	# a rejected row, which no other rule looks at
	ROW="(SELECT r.id FROM list_row r JOIN run u ON r.id BETWEEN u.first_row AND u.last_row WHERE u.id=$ID AND r.outcome=11 AND r.batch=0 LIMIT 1)"
	of_run() { breaks "$1" "run $RUN: $2" doctor "${3:-}"; }
	of_run "UPDATE list_row SET list=(SELECT MIN(id) FROM list) WHERE id=$ROW" "rows whose list belongs to another run: 1"
	of_run "UPDATE list_row SET customer=(SELECT MIN(id) FROM customer) WHERE id=$ROW" "rows whose customer belongs to another run: 1"
	of_run "UPDATE list_row SET batch=(SELECT MIN(id) FROM batch) WHERE id=$ROW" "rows whose batch belongs to another run: 1"
	of_run "UPDATE list_row SET same_as=1 WHERE id=$ROW" "rows that share the answer of a row which is not asked itself: 1" '[34] findings'
	of_run "UPDATE verdict SET decided=0 WHERE row=(SELECT MIN(row) FROM verdict WHERE outcome=0)" "rows that were answered at no time: 1"
}

@test "a file that is damaged is named" {
	sound
	sql "PRAGMA wal_checkpoint(TRUNCATE)" > /dev/null
	rm -f "$D"/ledger.db-*
	page=$(sql "SELECT rootpage FROM sqlite_schema WHERE name='row_batch'")
	size=$(sql 'PRAGMA page_size')
	rm -f "$D"/ledger.db-*
	head -c 100 /dev/zero | dd of="$D/ledger.db" bs=1 seek=$(((page - 1) * size)) conv=notrunc status=none
	finds "damaged places in the file: 1, the first: $D/ledger.db: " doctor
}

@test "each damage of a pack is named, with its customer, and report mends it" {
	sound
	breaks_pack() { # COMMAND TEXT
		(cd "$PACK" && eval "$1")
		finds "run $RUN${3-, customer contoso}: $2" "report $RUN"
		unpilot report -q "$RUN"
		run -0 unpilot ledger check
	}
	breaks_pack 'echo >> mail.txt' 'mail.txt differs from the manifest'
	breaks_pack 'rm devices.csv' 'devices.csv is missing'
	breaks_pack 'rm manifest.sha256' "$PACK: not a pack: it has no manifest.sha256"
	breaks_pack 'rm -r ../contoso' "$PACK: the pack is missing"
	breaks_pack 'rm ../summary.json' "$D/handoff/$RUN/summary.json is missing" ''
	breaks_pack 'sed -i "s/\"deregistered\":33/\"deregistered\":34/" ../summary.json' 'the counts of summary.json are not those of the ledger' ''
	breaks_pack 'echo x > ../summary.json' 'summary.json: ' ''
	echo x > "$PACK/extra"
	finds "run $RUN, customer contoso: extra is not in the manifest" "report $RUN"
	run --separate-stderr unpilot ledger check --json
	[ "$(head -1 <<< "$output" | jq -c '[.type, .run, .customer, .text]')" = "[\"finding\",\"$RUN\",\"contoso\",\"extra is not in the manifest\"]" ]
}

@test "signatures: a missing one and a false one are named" {
	sound
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Fabrikam -days 2 -keyout "$D/s.key" -out "$D/s.pem" 2> /dev/null
	chmod 600 "$D/s.key"
	configure handoff sign-certificate "$D/s.pem"
	configure handoff sign-key "$D/s.key"
	run -1 unpilot ledger check
	[ "$(grep -c ': the pack is not signed$' <<< "$output")" -eq "$(ls "$D/handoff/$RUN"/*/manifest.sha256 | wc -l)" ]
	unpilot report -q "$RUN"
	run -0 unpilot ledger check
	printf '%064d  zzz\n' 0 >> "$PACK/manifest.sha256"
	run -1 unpilot ledger check
	[[ "$output" == *"customer contoso: the signature does not hold"* ]]
}

@test "a run that its exit code contradicts, and one that waits" {
	sound
	sql "UPDATE run SET exit_code=0 WHERE name='$RUN'"
	finds "run $RUN: the run ended with exit code 0, but some rows have another outcome" doctor
	sql "UPDATE run SET exit_code=1, state=1 WHERE name='$RUN'"
	rm -r "$PACK" # packs of an open run are not read
	run -0 unpilot ledger check
	run -2 unpilot ledger
	[[ "$output" == *"unpilot ledger check"* ]]
	rm "$D"/ledger.db*
	run -2 unpilot ledger check
	[[ "$output" == *"unpilot init"* ]]
}
