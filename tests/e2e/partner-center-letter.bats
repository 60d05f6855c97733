# Partner Center together with [limits] letter = require: a device is deleted only after its customer's answers.
bats_require_minimum_version 1.5.0
load helpers
load center
load letters

# result SERIAL...: the outcomes of these devices in the ledger, in this order.
result() {
	for serial in "$@"; do sql "SELECT outcome FROM row JOIN list ON list.id = row.list JOIN run ON run.id = list.run WHERE serial = '$serial' AND run.state IN (1, 2)"; done | tr '\n' ' '
}

# answer SERIALS: closes complete receipts of these devices, with the pack of their customer's letter.
answer() {
	for pack in "$D"/handoff/letter-*/*/; do
		receipt "$pack" Ann '' page "$1" > "$BATS_TEST_TMPDIR/r.json"
		[ "$(jq '.done | length' "$BATS_TEST_TMPDIR/r.json")" -eq 0 ] || unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	done
}

# registered TENANT: the serial numbers that the service has registered.
registered() { unpilot inventory -q --tenant "$1" | tr -d '\r' | tail -n +2 | cut -d, -f1 | sort; }

@test "held until the letter is answered; the next run deletes what is ready, and nothing else" {
	center
	configure limits letter require
	configure spool directory "$BATS_TEST_TMPDIR/spool"
	mkdir -p "$BATS_TEST_TMPDIR/spool/incoming"
	grep -E '^Serial|^PC-000[123],|^PC-028[12],' "$L" > "$BATS_TEST_TMPDIR/five.csv"
	run -0 unpilot plan "$BATS_TEST_TMPDIR/five.csv"
	[[ "$output" == *"5 devices will wait for the customer's answers"* ]] || { echo "$output"; return 1; }
	# without a letter nothing is deleted
	run -6 unpilot run "$BATS_TEST_TMPDIR/five.csv"
	[[ "$output" == *"5 rows, 5 held; exit code 6"* ]]
	[ "$(sql "SELECT COUNT(*) FROM row WHERE reason LIKE 'waiting for the customer: no letter was sent%'")" -eq 5 ]
	[ "$(deletes)" -eq 0 ]
	run -0 unpilot letter -q "$BATS_TEST_TMPDIR/five.csv"
	run -6 unpilot resume -q
	[ "$(deletes)" -eq 0 ]
	# two devices of two customers become ready, and the nightly run without a list deletes these two
	answer 'PC-0002 PC-0281'
	run -6 unpilot run --json
	[ "$(deletes)" -eq 2 ]
	[ "$(result PC-0001 PC-0002 PC-0003 PC-0281 PC-0282)" = '10 0 10 0 10 ' ]
	[ "$(registered "$C1" | grep -cE '^PC-000[123]$')" -eq 2 ]
	refute grep -qx PC-0002 <(registered "$C1")
	[ "$(registered "$C3" | wc -l)" -eq 19 ]
	refute grep -qx PC-0281 <(registered "$C3")
	# their hand-off has what the letter was answered with; those that wait have no pack
	[ "$(jq -r '[.devices[] | select(.outcome == "deregistered").serial] | join(" ")' "$D"/handoff/2*/contoso/handoff.json)" = PC-0002 ]
	run -0 unpilot status latest
	[[ "$output" == *"waiting for the customer"* ]] || { echo "$output"; return 1; }
	# a run with a list of its own takes up those that became ready meanwhile
	answer 'PC-0003'
	grep -E '^Serial|^PC-0283,' "$L" > "$BATS_TEST_TMPDIR/one.csv"
	run -6 unpilot run "$BATS_TEST_TMPDIR/one.csv"
	[ "$(deletes)" -eq 3 ]
	[ "$(result PC-0001 PC-0003 PC-0282 PC-0283)" = '10 0 10 10 ' ]
	answer 'PC-0001 PC-0282'
	run -6 unpilot resume -q
	[ "$(deletes)" -eq 5 ]
	run -0 unpilot resume -q --not-ready
	[ "$(deletes)" -eq 6 ]
	[ "$(result PC-0001 PC-0002 PC-0003 PC-0281 PC-0282 PC-0283)" = '0 0 0 0 0 0 ' ]
	deleted_once
	no_alarms
	run -0 unpilot ledger check
}

@test "the registration is looked up anew when a device becomes ready: one that is gone is not deleted, nor is another customer's" {
	center
	configure limits letter require
	grep -E '^Serial|^PC-000[12],' "$L" > "$BATS_TEST_TMPDIR/two.csv"
	run -0 unpilot letter -q "$BATS_TEST_TMPDIR/two.csv"
	run -6 unpilot run -q "$BATS_TEST_TMPDIR/two.csv"
	answer 'PC-0001 PC-0002'
	# meanwhile somebody deletes the first, and the second moves to another customer
	kill "$SERVICE"; wait "$SERVICE" || true
	sed -i "/,PC-0001,/d; s/^$C1,Test batch\\(.*,PC-0002,\\)/$C3,testbatch\\1/" "$I"
	grep -q "^$C3,testbatch.*,PC-0002," "$I"
	"$SANDBOX" --quiet --dir "$D" --port "$(cat "$D/port")" --registry /dev/null --log "$LOG" --partner-center "$I" 3>&- &
	SERVICE=$!
	until unpilot inventory -q --tenant "$C1" > /dev/null 2>&1; do sleep 0.1; done
	configure limits letter require # the service wrote its configuration anew
	run -1 unpilot resume -q
	[ "$(result PC-0001 PC-0002)" = '3 3 ' ] # not-found
	[ "$(deletes)" -eq 0 ]
	[ "$(registered "$C3" | grep -cx PC-0002)" -eq 1 ]
	refute grep -q "$C3" <(grep '^partner DELETE' "$LOG")
}
