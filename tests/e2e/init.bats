# "init" creates what the configuration names; nothing else does.
bats_require_minimum_version 1.5.0
load helpers

# minimal: a configuration W/unpilot.conf with ledger, packs and spool, without credentials.
minimal() {
	W=$BATS_TEST_TMPDIR/w CONF=$BATS_TEST_TMPDIR/unpilot.conf
	printf '[ledger]\nurl = sqlite:%s/state/ledger.db\n[handoff]\ndirectory = %s/packs\n[spool]\ndirectory = %s/spool\n' "$W" "$W" "$W" > "$CONF"
}

tree() { (cd "$BATS_TEST_TMPDIR" && find . -name 'separate*' -o -name service.log -o ! -name . -printf '%p %M %T@\n' | sort); }

@test "init creates ledger and folders, prints each of them and the next step; again it leaves all alone" {
	minimal
	configure log file "$W/log/unpilot.log"
	configure metrics metrics-file "$W/metrics/unpilot.prom"
	run --separate-stderr unpilot init
	[ "$status" -eq 0 ]
	[ "$(sqlite3 "$W/state/ledger.db" 'SELECT COUNT(*) FROM run')" -eq 0 ]
	[ "$(stat -c %a "$W/state/ledger.db")" = 600 ]
	for f in packs spool/incoming spool/work spool/done spool/failed log metrics; do
		[ -d "$W/$f" ]
		grep -q "^created .*$W/$f\$" <<< "$output"
	done
	grep -q "^created  ledger: sqlite:$W/state/ledger.db\$" <<< "$output"
	[ "$(tail -1 <<< "$output")" = "next: unpilot doctor -c $CONF" ]
	[[ "$stderr" == *"[oem-direct] url is not set"* ]]
	before=$(tree)
	run --separate-stderr unpilot init
	[ "$status" -eq 0 ]
	[ "$(grep -c '^exists ' <<< "$output")" -eq 8 ]
	refute grep -q '^created' <<< "$output"
	diff <(echo "$before") <(tree)
	run unpilot init -q
	[ -z "$output" ]
}

@test "init --json: a line for each, the summary last" {
	minimal
	run --separate-stderr unpilot init --json
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type == "init") | "\(.what) \(.result)"' <<< "$output" | head -2 | tr '\n' ';')" = "ledger created;hand-off packs created;" ]
	[ "$(tail -1 <<< "$output" | jq -c '[.type, .exit_code]')" = '["summary",0]' ]
}

@test "without a ledger every command ends with 2, names init, and creates nothing" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	echo '{}' > "$BATS_TEST_TMPDIR/receipt.json"
	mkdir "$BATS_TEST_TMPDIR/empty"
	configure ledger url "sqlite:$BATS_TEST_TMPDIR/mistyped/ledger.db"
	configure handoff directory "$BATS_TEST_TMPDIR/other-packs"
	configure spool directory "$BATS_TEST_TMPDIR/other-spool"
	while read -r command; do
		before=$(tree)
		run --separate-stderr unpilot $command
		echo "$command: $status $stderr"
		[ "$status" -eq 2 ]
		[[ "$stderr" == *"$BATS_TEST_TMPDIR/mistyped/ledger.db: there is no ledger yet: \"unpilot init\" creates it"* ]]
		diff <(echo "$before") <(tree)
	done <<- END
		run $L
		run
		run --dry-run $L
		plan $L
		apply 2026
		resume
		report
		status
		close $BATS_TEST_TMPDIR/receipt.json
		forget --customer c1
		ledger copy sqlite:$BATS_TEST_TMPDIR/mistyped/ledger.db sqlite:$BATS_TEST_TMPDIR/to.db
	END
	run --separate-stderr unpilot run --json "$L"
	[ "$(tail -1 <<< "$output" | jq -c '[.run, .exit_code]')" = '[null,2]' ]
	nothing_sent
	# an empty file is not a ledger either
	configure ledger url "sqlite:$BATS_TEST_TMPDIR/empty.db"
	: > "$BATS_TEST_TMPDIR/empty.db"
	run -2 --separate-stderr unpilot run "$L"
	[[ "$stderr" == *"unpilot init"* ]]
	[ ! -s "$BATS_TEST_TMPDIR/empty.db" ]
	unpilot init -q
	run -0 unpilot run -q "$L"
}

@test "init overwrites nothing: another program's database, a file in the way, an older ledger" {
	minimal
	mkdir "$W" "$W/state"
	sqlite3 "$W/state/ledger.db" 'CREATE TABLE mine (a)'
	sum=$(sha256sum < "$W/state/ledger.db")
	run -2 unpilot init
	[[ "$output" == *"not an unpilot ledger"* ]]
	[ "$(sha256sum < "$W/state/ledger.db")" = "$sum" ]
	rm "$W/state/ledger.db"
	sqlite3 "$W/state/ledger.db" < tests/ledgers/schema3.sql
	sum=$(sha256sum < "$W/state/ledger.db")
	run -0 unpilot init
	[ "$(sha256sum < "$W/state/ledger.db")" = "$sum" ]
	rm -r "$W/packs"
	echo precious > "$W/packs"
	run -2 unpilot init
	[[ "$output" == *"$W/packs"* ]]
	[ "$(cat "$W/packs")" = precious ]
}

# The first transaction wrote its journal, and the pages of the ledger were lost.
interrupted_init() {
	mkdir -p "$W/state"
	head -c 32768 /dev/zero > "$W/state/ledger.db"
	{
		printf '\xd9\xd5\x05\xf9\x20\xa1\x63\xd7'                 # magic
		printf '\0\0\0\0\xe6\xfd\xaf\xd4\0\0\0\0'                 # no page was there before
		printf '\0\0\x10\0\0\0\x80\0' && head -c 4068 /dev/zero # sector and page size
	} > "$W/state/ledger.db-journal"
}

@test "init goes on after a crash within its first transaction; other commands name init" {
	minimal
	interrupted_init
	run -2 unpilot status
	[[ "$output" == *"there is no ledger yet"* && "$output" == *"next: unpilot init"* ]]
	interrupted_init
	run -0 unpilot init
	[[ "$output" == *"created  ledger"* ]]
	run -0 unpilot status
}

@test "init with an unusable configuration creates nothing; with a wrong certificate it says so and ends with 2" {
	minimal
	echo 'colour = red' >> "$CONF"
	run -2 unpilot init
	[ ! -e "$W" ]
	minimal
	configure oem-direct url https://oem.example/royd
	configure oem-direct certificate /nowhere/client.pem
	run -2 unpilot init
	[[ "$output" == *"/nowhere/client.pem"* ]]
	[ -s "$W/state/ledger.db" ]
	run -2 unpilot init here
}

# ---- relative paths ----

# elsewhere COMMAND...: unpilot from another working directory.
elsewhere() {
	mkdir -p "$BATS_TEST_TMPDIR/elsewhere"
	(cd "$BATS_TEST_TMPDIR/elsewhere" && "$PROGRAM" -c "$CONF" "$@")
}

@test "relative paths in the configuration are relative to its file, whatever the working directory" {
	PROGRAM=$(realpath "$UNPILOT")
	start_service samples/registry.csv
	rm -r "$D"/ledger.db "$D/handoff"
	sed -i "s|$D/||" "$CONF"
	cp samples/profiles/oem-direct.conf "$D/profile"
	echo nothing > "$D/skip"
	configure oem-direct profile profile
	configure limits skip-list ./skip
	configure spool directory spool
	configure metrics metrics-file unpilot.prom
	configure metrics status-file ../sb/status.json
	configure log file unpilot.log
	grep -q '^certificate = client.pem' "$CONF"
	grep -q '^url = sqlite:ledger.db' "$CONF"
	elsewhere init -q
	list ,3305000000001,,,c1 > /dev/null
	mv "$BATS_TEST_TMPDIR/list.csv" "$D/spool/incoming/list.csv"
	touch -d '1 hour ago' "$D/spool/incoming/list.csv"
	run -0 elsewhere run -q
	for f in ledger.db unpilot.prom status.json unpilot.log spool/done/*.0.list.csv handoff/*/c1/index.html; do
		[ -s "$D"/$f ]
	done
	[ "$(jq -r .handoff "$D"/handoff/*/summary.json)" = "$(realpath "$(run_dir)")" ]
	[ -z "$(ls "$BATS_TEST_TMPDIR/elsewhere")" ]
	# a relative name of the configuration itself changes nothing
	(cd "$BATS_TEST_TMPDIR" && "$PROGRAM" -c sb/unpilot.conf status) | grep -q finished
	(cd "$D" && "$PROGRAM" -c unpilot.conf config check -q)
	elsewhere config show | grep -q "^directory = $D/spool ;"
}

@test "relative paths on the command line are relative to the working directory, and remembered as absolute" {
	PROGRAM=$(realpath "$UNPILOT")
	start_service samples/registry.csv
	cp "$(list ,3305000000001,,,c1)" "$BATS_TEST_TMPDIR/l.csv"
	run -0 elsewhere run -q --out packs --metrics-file m.prom --log-file l.log ../l.csv
	out=$(echo "$BATS_TEST_TMPDIR"/elsewhere/packs/*)
	[ -s "$out/c1/index.html" ]
	[ -s "$BATS_TEST_TMPDIR/elsewhere/m.prom" ]
	[ -s "$BATS_TEST_TMPDIR/elsewhere/l.log" ]
	[ "$(unpilot status --json | jq -r .handoff)" = "$out" ]
	rm -r "$out"
	unpilot report -q # from here
	[ -s "$out/c1/index.html" ]
}

@test "a bare name is one of systemd's credentials first, then a file beside the configuration" {
	start_service samples/registry.csv
	mkdir "$D/creds"
	mv "$D/client.key" "$D/creds/client.key"
	chmod 440 "$D/creds/client.key"
	sed -i "s|^key = .*|key = client.key|; s|^certificate = .*|certificate = client.pem|" "$CONF"
	run -2 unpilot config check
	[[ "$output" == *"$D/client.key"* ]]
	CREDENTIALS_DIRECTORY=$D/creds run -0 unpilot run -q "$(list ,3305000000001,,,c1)"
	# the same file by its path must be private
	sed -i "s|^key = .*|key = creds/client.key|" "$CONF"
	run -2 unpilot config check
	[[ "$output" == *"chmod 600"* ]]
}
