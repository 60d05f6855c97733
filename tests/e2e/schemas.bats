# samples/schema/ describes everything that programs read: lines of --json, files of packs, receipts, status file and log. The other
# files compare whatever their tests produce (fit_schemas); here each kind is produced once, and changed copies must be refused.
bats_require_minimum_version 1.5.0
load helpers
load center

# keep COMMAND...: runs it, and keeps its lines (which needs a standard error of its own).
keep() { unpilot "$@" > /dev/null 2> "$BATS_TEST_TMPDIR/err" || [ $? -ne 2 ]; }

keep_refusal() { refute keep "$@"; }

# mutate: compares everything kept; sets SEEN to the names of the schemas.
mutate() {
	run -0 /usr/bin/python3 "$TESTS/schemas.py" mutate "$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER.lines" "$BATS_TEST_TMPDIR"
	SEEN=$(sed -n 's/^seen: //p' <<< "$output")
}

# receipt N: a receipt of that schema, for the first device and step of a pack.
receipt() {
	jq -c --arg schema "unpilot-receipt/$1" --arg device "$ID" --arg at "$(moment)" \
		'{schema: $schema, run, customer, by: ("Ann Lee " + $schema), generated: $at, source: "page",
		done: [{device: $device, step: "B1", at: $at, state: "done", record: "9f86d081"}]}
		| if $schema == "unpilot-receipt/1" then del(.source, .done[].state, .done[].record) else . end' \
		"$PACK/handoff.json" > "$BATS_TEST_TMPDIR/receipt-$1.lines"
}

@test "each line and file fits its schema, and no schema takes a copy with a field renamed, removed, added or of another kind" {
	start_service samples/registry.csv
	configure log json yes
	keep plan --json samples/lists/returns.csv
	keep run --json --again --log-file "$BATS_TEST_TMPDIR/log.lines" --status-file "$BATS_TEST_TMPDIR/status" samples/lists/returns.csv
	RUN=$(unpilot status --json | jq -r 'select(.state == "finished").run')
	PACK=$D/handoff/$RUN/contoso
	ID=$(xmllint --xpath "string(//device[@serial='FB-1016']/@id)" "$PACK/handoff.xml")
	receipt 1
	receipt 2
	keep close --json "$BATS_TEST_TMPDIR/receipt-1.lines" "$BATS_TEST_TMPDIR/receipt-2.lines"
	keep status --json "$RUN"
	keep find --json FB-1001 FB-1016 contoso
	keep doctor --json
	keep init --json
	keep config show --json
	keep config check --json
	keep verify --json "$PACK"
	rm "$PACK/mail.txt"
	keep verify --json "$PACK"
	keep ledger check --json
	kill "$SERVICE" && wait "$SERVICE" || true
	SERVICE=
	configure oem-direct retries 0
	keep run --json --again --moved "$(list ,3305000000001,,,c9)"
	keep status --json latest
	unpilot letter -q samples/lists/returns.csv || true
	LETTER=$(basename "$D"/handoff/letter-*)
	keep status --json "$LETTER"
	keep find --json fabrikam FB-1001
	keep verify --json "$D/handoff/$LETTER/fabrikam"
	keep ledger check --json
	keep forget --json --yes --customer fabrikam
	grep -q "\"forgotten\",\"run\":\"$LETTER\"" "$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER.lines"
	mutate
	diff <(tr ' ' '\n' <<< "$SEEN") <(cd samples/schema && ls *.json | sed 's/\.json$//' | grep -vx look | LC_ALL=C sort)
}

@test "what a plan for Partner Center found fits its schema" {
	center
	keep plan --json "$L"
	mutate
	[[ " $SEEN " == *' look '* ]]
}

@test "a summary without a run, and the summaries of every command, fit" {
	start_service samples/registry.csv
	keep_refusal run --json "$BATS_TEST_TMPDIR/none.csv"
	keep_refusal close --json "$BATS_TEST_TMPDIR/none.json"
	keep_refusal forget --json --yes --customer nobody
	keep config check --json
	mutate
	[ "$SEEN" = "receipt summary" ]
}

@test "a schema says what it refuses: an unknown outcome, a time without a zone, a line of no known type" {
	refuses() { # TEXT LINE
		echo "$2" > "$BATS_TEST_TMPDIR/one.lines"
		run -1 /usr/bin/python3 "$TESTS/schemas.py" check "$BATS_TEST_TMPDIR/one.lines"
		[[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
	}
	refuses "'gone'" '{"type":"look","found":1,"other":{"gone":1},"customers":[]}'
	refuses 'open_since' '{"type":"open","customer":null,"pending":1,"unknown":0,"not-sent":0,"open_since":"2026-11-24 03:15"}'
	refuses 'no schema' '{"type":"novelty"}'
	refuses 'no schema' '[]'
	refuses "'by' is a required property" '{"schema":"unpilot-receipt/1","run":"open","customer":"c1","generated":"2026-11-24T03:15:00Z","done":[]}'
	refuses "'state' is a required property" '{"schema":"unpilot-receipt/2","run":"open","customer":"c1","by":"","generated":"2026-11-24T03:15:00Z","source":"page","done":[{"device":"1","step":"B1","at":"2026-11-24T03:15:00Z"}]}'
}
