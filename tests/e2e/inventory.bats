# "inventory": what Partner Center has registered, as a list for letter, plan and run.
bats_require_minimum_version 1.5.0
load helpers
load center

HEADER='Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Tenant ID'

inventory() { unpilot inventory "$@"; }
nothing_deleted() { refute grep -q '^partner DELETE' "$LOG"; }

@test "a list of every registration of the customer, which plan, letter and run take; nothing is deleted before run" {
	center
	F=$BATS_TEST_TMPDIR/fleet.csv
	rm "$D"/ledger.db # it needs none
	inventory --tenant "$C1" --customer contoso > "$F"
	[ "$(head -1 "$F" | tr -d '\r')" = "$HEADER" ]
	[ "$(grep -c ",contoso,$C1" "$F")" -eq 260 ]
	diff <(grep "^$C1" "$I" | awk -F, '$4 != "" {print $4 "," $5 "," $6 "," $7}' | sort) \
		<(tail -n +2 "$F" | cut -d, -f1-4 | sort)
	nothing_deleted
	unpilot init -q
	run -0 --separate-stderr unpilot plan --json "$F"
	[ "$(jq -r 'select(.type=="look").found' <<< "$output")" -eq 260 ]
	unpilot letter -q --no-record "$F"
	nothing_deleted
	run -0 --separate-stderr unpilot run --json "$F"
	[ "$(count deregistered)" -eq 260 ]
	run -0 --separate-stderr unpilot inventory --tenant "$C1"
	[ "$(tr -d '\r' <<< "$output")" = "$HEADER" ]
}

@test "several tenants, named by the option or after it; without --customer each has its tenant id as its key" {
	center
	inventory -q --tenant "$C1" --tenant "$C3" > "$BATS_TEST_TMPDIR/a"
	inventory -q --tenant "$C1" "$C3" > "$BATS_TEST_TMPDIR/b"
	cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	[ "$(cut -d, -f5,6 "$BATS_TEST_TMPDIR/a" | tr -d '\r' | sort | uniq -c | awk '{print $1 $2}' | grep -v Customer | xargs)" = \
		"260$C1,$C1 20$C3,$C3" ]
}

@test "--not-in prints what a list lacks: by serial number, by PKID, and another device of the same serial" {
	center
	serial() { sed -n "$1p" "$I" | cut -d, -f4; }
	pkid() { sed -n "$1p" "$I" | cut -d, -f5; }
	inventory -q --tenant "$C1" --not-in "$L" > "$BATS_TEST_TMPDIR/none"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/none")" -eq 1 ]
	{ echo 'Serial Number,Product Key ID,Manufacturer,Model,Customer Tenant ID'
	echo "$(serial 3),,,,$C1"
	echo ",$(pkid 4),,,$C1"
	echo "$(serial 5),,Contoso,Slate,$C1"
	echo "$(serial 6),,,,$C2"; } > "$BATS_TEST_TMPDIR/list.csv"
	inventory -q --tenant "$C1" --not-in "$BATS_TEST_TMPDIR/list.csv" > "$BATS_TEST_TMPDIR/rest"
	[ "$(tail -n +2 "$BATS_TEST_TMPDIR/rest" | wc -l)" -eq 258 ]
	refute grep -qE "^($(serial 3)|$(serial 4))," "$BATS_TEST_TMPDIR/rest"
	grep -q "^$(serial 5)," "$BATS_TEST_TMPDIR/rest"
	grep -q "^$(serial 6)," "$BATS_TEST_TMPDIR/rest"
	run -2 --separate-stderr unpilot inventory --tenant "$C1" --not-in /does/not/exist
	[ "$(tail -1 <<< "$stderr")" = "next: ls -l /" ]
	[ -z "$output" ]
}

@test "an inventory that cannot be read completely, of one customer among two: 6 and no list" {
	for fault in less twice 'as 206' html; do
		scenario "devices with=$C3 $fault"
		configure partner-center busy-deadline 30s
		CODE=0
		inventory -q --tenant "$C1" --tenant "$C3" > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" || CODE=$?
		[ "$CODE" -eq 6 ]
		[ ! -s "$BATS_TEST_TMPDIR/out" ]
		grep -q "customer $C3: .*no list is printed" "$BATS_TEST_TMPDIR/err"
		again
	done
	scenario "customer with=$C3 say {\"id\":\"$C3\",\"relationshipToPartner\":\"none\"}"
	run -6 --separate-stderr unpilot inventory --tenant "$C3"
	[ -z "$output" ]
	run -6 --separate-stderr unpilot inventory --tenant 00000000-0000-4000-8000-00000000c009
	[ -z "$output" ]
}

@test "throttled: it goes on where it was; always throttled: 5; refused credentials: 3" {
	scenario 'devices 2 status 429 Retry-After=1'
	run -0 --separate-stderr unpilot inventory --tenant "$C1"
	[ "$(wc -l <<< "$output")" -eq 261 ]
	[ "$(grep -c "^partner GET /v1/customers/$C1 200" "$LOG")" -eq 1 ]
	again
	scenario 'devices * status 429 Retry-After=1'
	configure partner-center busy-deadline 2s
	run -5 --separate-stderr unpilot inventory --tenant "$C1"
	[ -z "$output" ]
	again
	scenario 'devices * status 401'
	run -3 --separate-stderr unpilot inventory --tenant "$C1"
	[ -z "$output" ]
}

@test "a product key is never printed, and a registration without serial number and PKID is counted" {
	center
	sed -i "/,PC-0281,/s/,33051[0-9]*,/,AAAAA-BBBBB-CCCCC-DDDDD-EEEEE,/; /,PC-0282,/s/,PC-0282,[0-9]*,/,,AAAAA-BBBBB-CCCCC-DDDDD-EEEEE,/" "$I"
	again
	center
	run -1 --separate-stderr unpilot inventory --tenant "$C3"
	refute grep -q AAAAA <<< "$output$stderr"
	grep -q '^PC-0281,,Fabrikam,' <<< "$output"
	[[ "$stderr" == *"1 registrations have neither"* ]]
}

@test "mistakes: no tenant, no GUID, twice, one key for two customers" {
	center
	run -2 unpilot inventory
	[[ "$output" == *"--tenant GUID"* ]]
	run -2 unpilot inventory --tenant contoso.example
	[[ "$output" == *'"contoso.example" is not a tenant id'* ]]
	run -2 unpilot inventory --tenant "$C1" --tenant "$(tr a-z A-Z <<< "$C1")"
	[[ "$output" == *"given twice"* ]]
	run -2 unpilot inventory --tenant "$C1" --tenant "$C2" --customer contoso
	[[ "$output" == *"--customer names one customer"* ]]
	refute grep -q '^partner' "$LOG"
}

@test "plan says how many further devices each customer has that no list names" {
	center
	{ head -1 "$L"; grep "$C2" "$L" | head -5; grep "$C3" "$L"; } > "$BATS_TEST_TMPDIR/some.csv"
	grep "$C2" "$L" | sed -n 2p | cut -d, -f1 > "$BATS_TEST_TMPDIR/skip" # a held row names its device, too
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$(jq -c 'select(.type=="look").customers' <<< "$output")" = \
		"[{\"customer\":\"fabrikam\",\"customer_tenant\":\"$C2\",\"registered\":20,\"further\":15},{\"customer\":\"northwind\",\"customer_tenant\":\"$C3\",\"registered\":20,\"further\":0}]" ]
	run --separate-stderr unpilot plan "$BATS_TEST_TMPDIR/some.csv"
	[ "$(grep -c 'registrations are in no list' <<< "$output")" -eq 1 ]
	[[ "$output" == *"customer fabrikam: 15 of its 20 registrations are in no list; \"unpilot inventory --tenant $C2 --not-in LIST\" prints them"* ]]
	# the list of the rest completes the first one
	inventory -q --tenant "$C2" --customer fabrikam --not-in "$BATS_TEST_TMPDIR/some.csv" > "$BATS_TEST_TMPDIR/rest.csv"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv" "$BATS_TEST_TMPDIR/rest.csv"
	[ "$(jq -c 'select(.type=="look").customers | map(.further)' <<< "$output")" = '[0,0]' ]
	again
	scenario "devices with=$C2 less"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$(jq -c 'select(.type=="look").customers | map(.customer)' <<< "$output")" = '["northwind"]' ]
}
