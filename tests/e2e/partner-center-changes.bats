# The Partner Center route when registrations change behind its back: between plan and apply, while an
# answer is lost, after a deletion.
bats_require_minimum_version 1.5.0
load helpers
load center

# rebuild SED: starts the service again over a changed inventory; ledger and configuration stay.
rebuild() {
	kill "$SERVICE"; wait "$SERVICE" || true
	sed -i "$1" "$I"
	cp "$D/ledger.db" "$BATS_TEST_TMPDIR/kept.db"
	rm -rf "$D"
	center
	rm -f "$D"/ledger.db*
	cp "$BATS_TEST_TMPDIR/kept.db" "$D/ledger.db"
}

# row SERIAL: its line of --json.
row() { jq -c "select(.type==\"device\" and .serial==\"$1\")" <<< "$output"; }

@test "apply deletes what plan showed: a changed, an appeared and a doubled registration are held" {
	center
	awk -F, -v OFS=, 'NR>1 {$3="id-" NR} {print}' "$I" > "$I.ids" && mv "$I.ids" "$I"
	rebuild ''
	{ sed -n 1,4p "$L"; sed -n 3p "$L" | sed 's/^PC-[0-9]*,[^,]*/PC-NEW,/'; } > "$BATS_TEST_TMPDIR/some.csv"
	a=$(sed -n 2p "$L" | cut -d, -f1) b=$(sed -n 3p "$L" | cut -d, -f1) c=$(sed -n 4p "$L" | cut -d, -f1)
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	plan=$(tail -1 <<< "$output" | jq -r .run)
	digest=$(sqlite3 "$D/ledger.db" 'SELECT digest FROM run')
	line=$(grep ",$b," "$I")
	rebuild "/,$a,/s/^\([^,]*\),\([^,]*\),[^,]*,/\1,\2,other-id,/; /,$b,/{p;s/,33051[0-9]*,/,,/;s/^\([^,]*\),\([^,]*\),[^,]*,/\1,\2,double,/}"
	echo "$line" | sed "s/,$b,[^,]*,/,PC-NEW,,/; s/^\([^,]*\),\([^,]*\),[^,]*,/\1,\2,appeared,/" >> "$I"
	rebuild ''
	run --separate-stderr unpilot apply --json --all-matches "$plan"
	[ "$(row "$a" | jq -r .outcome)" = held ]
	[ "$(row "$b" | jq -r .outcome)" = held ]
	[ "$(row PC-NEW | jq -r .outcome)" = held ]
	[ "$(row "$c" | jq -r .outcome)" = deregistered ]
	[[ "$(row "$a")" == *"the registration changed since the plan"* ]]
	[ "$status" -eq 1 ]
	[ "$(deletes)" -eq 1 ]
}

@test "a registration that plan found and that is gone at apply is held; what plan did not find stays not-found" {
	center
	{ sed -n 1,3p "$L"; sed -n 4p "$L" | sed 's/^PC-[0-9]*/PC-NONE/'; } > "$BATS_TEST_TMPDIR/some.csv"
	a=$(sed -n 2p "$L" | cut -d, -f1) b=$(sed -n 3p "$L" | cut -d, -f1)
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	plan=$(tail -1 <<< "$output" | jq -r .run)
	rebuild "/,$a,/s/,$a,\([0-9]*\),/,PC-ELSE,,/"
	run --separate-stderr unpilot apply --json "$plan"
	[ "$status" -eq 1 ]
	[ "$(row "$a" | jq -r '"\(.outcome): \(.reason)"')" = "held: the registration changed since the plan" ]
	[ "$(row "$b" | jq -r .outcome)" = deregistered ]
	[ "$(row PC-NONE | jq -r .outcome)" = not-found ]
	[ "$(deletes)" -eq 1 ]
}

@test "the digest of a plan covers the registrations" {
	center
	some 3 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	plan=$(tail -1 <<< "$output" | jq -r .run)
	sqlite3 "$D/ledger.db" "UPDATE batch SET planned='0' WHERE id=1"
	run unpilot apply "$plan"
	[ "$status" -eq 4 ]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 0 ]
}

@test "what the plan could not look up is held by apply" {
	scenario "devices 1-11,with=$C2 as 206"
	run --separate-stderr unpilot plan --json "$L"
	[ "$status" -eq 6 ]
	run --separate-stderr unpilot apply --json "$(tail -1 <<< "$output" | jq -r .run)"
	[ "$(count held)" -gt 10 ]
	[ "$(count deregistered)" -gt 100 ]
	[ "$(jq -r 'select(.outcome=="held").reason' <<< "$output" | sort -u)" = "the plan could not look it up" ]
}

@test "a plan that was killed before its look-ups: apply deletes nothing" {
	scenario 'token 1 hang'
	some 2 "$BATS_TEST_TMPDIR/some.csv"
	"$UNPILOT" -c "$CONF" plan -q "$BATS_TEST_TMPDIR/some.csv" &
	until grep -q '^fault token' "$LOG"; do sleep 0.02; done
	kill -9 $!
	wait $! || true
	run --separate-stderr unpilot apply --json "$(sqlite3 "$D/ledger.db" 'SELECT name FROM run')"
	[ "$status" -eq 1 ]
	[ "$(count held)" -eq 2 ]
	[ "$(deletes)" -eq 0 ]
}

@test "a pack goes when nothing of it was asked: unknown at apply, held by resume" {
	scenario 'devices 1-4 less'
	some 2 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	plan=$(tail -1 <<< "$output" | jq -r .run)
	run --separate-stderr unpilot apply --json "$plan"
	[ "$status" -eq 6 ]
	[ "$(count unknown)" -eq 2 ]
	pack=$(dirname "$D/handoff/$plan"/*/handoff.json)
	[ "$(jq -r '.devices[].outcome' "$pack/handoff.json" | sort -u)" = unknown ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 1 ]
	[ "$(count held)" -eq 2 ]
	[ "$(jq .counts.held "$D/handoff/$plan/summary.json")" -eq 2 ]
	refute test -e "$pack"
	[ "$(deletes)" -eq 0 ]
	unpilot ledger check
}

@test "a device that was only looked up is held by the skip list, and its pack goes" {
	scenario 'devices 1 less'
	some 1 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	[ "$(count unknown)" -eq 1 ]
	pack=$(dirname "$D"/handoff/*/*/handoff.json)
	sed -n 2p "$BATS_TEST_TMPDIR/some.csv" | cut -d, -f1 > "$BATS_TEST_TMPDIR/skip"
	run --separate-stderr unpilot resume --json --skip-list "$BATS_TEST_TMPDIR/skip"
	[ "$status" -eq 1 ]
	[ "$(count held)" -eq 1 ]
	refute test -e "$pack"
	[ "$(deletes)" -eq 0 ]
	run unpilot resume
	[ "$status" -eq 0 ]
}

@test "a device whose deletion had no answer stays unknown under the skip list, and keeps its pack" {
	scenario 'delete 1 reset'
	configure partner-center retries 0
	some 1 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	[ "$(count unknown)" -eq 1 ]
	sed -n 2p "$BATS_TEST_TMPDIR/some.csv" | cut -d, -f1 > "$BATS_TEST_TMPDIR/skip"
	run --separate-stderr unpilot resume --json --skip-list "$BATS_TEST_TMPDIR/skip"
	[ "$status" -eq 6 ]
	[ "$(count unknown)" -eq 1 ]
	[[ "$output" == *"; not asked again: on the skip list"* ]]
	[ "$(jq -r '.devices[].outcome' "$D"/handoff/*/*/handoff.json)" = unknown ]
}

@test "registered anew under another id while the answer was lost: unknown, and nothing more is deleted" {
	scenario 'delete 1 anew'
	configure limits canary 0
	configure partner-center timeout 500ms
	some 1 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	[ "$(count unknown)" -eq 1 ]
	[[ "$output" == *"registered again since"* ]]
	before=$(deletes)
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 6 ]
	[[ "$output" == *"registered again since"* ]]
	[ "$(deletes)" -eq "$before" ]
}

@test "registered again under the same id while the answer was lost: resume deletes nothing" {
	scenario 'delete 1 again'
	configure partner-center timeout 500ms
	configure partner-center retries 0
	some 1 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	before=$(grep -c '^partner DELETE' "$LOG")
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 6 ]
	[[ "$output" == *"registered again since"* ]]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq "$before" ]
}

@test "an answer lost with the work done: resume lists first and finds it gone" {
	scenario 'delete 1 hang'
	configure partner-center retries 0
	configure partner-center timeout 500ms
	some 1 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 1 ]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 1 ]
}

@test "still listed after poll-deadline: deleted once more, then reported" {
	center --disappear-after 1000000
	configure partner-center poll-deadline 300ms
	some 3 "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 6 ]
	[ "$(count pending)" -eq 3 ]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 6 ]
	[ "$(jq -r 'select(.type=="device").reason' <<< "$output" | sort -u)" = "still listed after two deletions" ]
	run --separate-stderr unpilot resume --json
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 6 ]
	[ "$(count pending)" -eq 3 ]
}

@test "a skip list holds a device by its PKID, although the list has only the serial" {
	center
	pkid=$(sed -n 2p "$I" | cut -d, -f5) serial=$(sed -n 2p "$I" | cut -d, -f4)
	printf 'Serial Number,Manufacturer,Model,Customer Tenant ID\n%s,Fabrikam,Book 14,%s\n' "$serial" "$C1" > "$BATS_TEST_TMPDIR/one.csv"
	echo "$pkid # stolen" > "$BATS_TEST_TMPDIR/skip"
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/one.csv"
	[[ "$(row "$serial")" == *"held: on the skip list"* ]]
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/one.csv"
	[ "$status" -eq 1 ]
	[ "$(row "$serial" | jq -r .outcome)" = held ]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 0 ]
}

@test "deleting more than half of a customer's registrations is held, the others go on; the option lets it through" {
	center
	configure limits max-inventory-percent 50
	{ head -1 "$L"; grep "$C1" "$L"; grep "$C2" "$L" | head -5; } > "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 4 ]
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 4 ]
	[ "$(count deregistered)" -eq 5 ]
	[ "$(count held)" -eq "$(grep -c "$C1" "$L")" ]
	[ "$(grep -c "guard: customer $C1: .*--max-inventory-percent 100" <<< "$stderr")" -ge 1 ]
	run --separate-stderr unpilot run --json --again --max-inventory-percent 100 "$BATS_TEST_TMPDIR/some.csv"
	[ "$(count held)" -eq 0 ]
}

# by LINE: writes a list of one device.
by() {
	printf 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Tenant ID\n%s\n' "$1" > "$BATS_TEST_TMPDIR/one.csv"
	echo "$BATS_TEST_TMPDIR/one.csv"
}

@test "hold-days and moved hold a device by the identities of its registration, whatever the list names" {
	center
	pkid=$(sed -n 3p "$I" | cut -d, -f5) serial=$(sed -n 3p "$I" | cut -d, -f4)
	# deregistered by its PKID, and registered again since
	run -0 --separate-stderr unpilot run --json "$(by ",$pkid,,,contoso,$C1")"
	rebuild ''
	run --separate-stderr unpilot plan --json "$(by "$serial,,Fabrikam,,contoso,$C1")"
	[[ "$(row "$serial" | jq -r .reason)" == "held: deregistered in run "*": --again sends it once more" ]]
	run -1 --separate-stderr unpilot run --json "$(by "$serial,,Fabrikam,,contoso,$C1")"
	[[ "$(row "$serial" | jq -r '"\(.outcome): \(.reason)"')" == "held: deregistered in run "*": --again sends it once more" ]]
	[ "$(deletes)" -eq 0 ]
	# listed for another customer under the PKID
	run -1 --separate-stderr unpilot run --json --again "$(by "$serial,,Fabrikam,,northwind,$C1")"
	[[ "$(row "$serial" | jq -r '"\(.outcome): \(.reason)"')" == "held: listed for another customer in run "*": --moved sends it" ]]
	[ "$(deletes)" -eq 0 ]
	run -0 --separate-stderr unpilot run --json --again --moved "$(by "$serial,,Fabrikam,,northwind,$C1")"
	[ "$(deletes)" -eq 1 ]
	# the other way round: now by the PKID, after the serial number
	rebuild ''
	run -1 --separate-stderr unpilot run --json "$(by ",$pkid,,,northwind,$C1")"
	[[ "$output" == *'"outcome":"held"'*"listed for another customer in run "* ]]
	# another device with the same serial number is not held
	rebuild "s/,$serial,$pkid,Fabrikam,\([^,]*\),/,$serial,3305199999999,Contoso,Slate,/"
	run -0 --separate-stderr unpilot run --json "$(by "$serial,,Contoso,Slate,northwind,$C1")"
}

reasons() { jq -r 'select(.type=="device" and .outcome=="pending").reason' <<< "$output" | sort -u; }

@test "the reason of a pending row is the latest one that is known" {
	center --disappear-after 1000000
	some 3 "$BATS_TEST_TMPDIR/some.csv"
	run -10 --separate-stderr unpilot run --json --max-duration 3s "$BATS_TEST_TMPDIR/some.csv"
	[ "$(reasons)" = "still listed" ]
	sqlite3 "$D/ledger.db" "UPDATE verdict SET reason='older'"
	run -6 --separate-stderr unpilot resume --json --collect
	[ "$(sqlite3 "$D/ledger.db" 'SELECT DISTINCT reason FROM verdict')" = "still listed" ]
	configure partner-center poll-deadline 200ms
	run -6 --separate-stderr unpilot resume --json
	[ "$(reasons)" = "still listed after two deletions" ]
	again
	scenario 'devices 5- status 429 Retry-After=1'
	configure partner-center busy-deadline 1500ms
	run -5 --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[[ "$(reasons)" == *"the service throttles"* ]]
}

@test "a listing that cannot be completed is no reason to delete once more" {
	scenario "batches 2-,with=$C1 say {\"items\":null}"
	configure partner-center poll-deadline 300ms
	some 2 "$BATS_TEST_TMPDIR/some.csv"
	run -6 --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[[ "$(reasons)" == "the listing is incomplete: "* ]]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 2 ]
}

@test "max-inventory-percent counts devices that were looked up in vain" {
	scenario 'devices 1-100 less'
	{ echo 'Serial Number,Manufacturer,Model,Customer,Customer Tenant ID'
	grep "$C3" "$I" | head -10 | awk -F, '{print $4 ",,,northwind," $1}'; } > "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$(count unknown)" -eq 10 ] || { echo "$output"; return 1; }
	kill "$SERVICE"; wait "$SERVICE" || true
	rm "$D/port"
	scenario 'devices 1000 less'
	configure limits max-inventory-percent 49
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 4 ]
	[[ "$stderr" == *"10 of the customer's 20 registrations would be deleted (50 %)"* ]]
	[ "$(count held) $(deletes)" = "10 0" ]
}

@test "max-inventory-percent: what a command held before it was killed still counts in resume" {
	center
	{ echo 'Serial Number,Manufacturer,Model,Customer,Customer Tenant ID'
	grep "$C3" "$I" | head -10 | awk -F, '{print $4 ",,,northwind," $1}'; } > "$BATS_TEST_TMPDIR/some.csv"
	configure limits max-inventory-percent 49
	run -4 --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$(count held) $(deletes)" = "10 0" ]
	# as if it had been killed after nine devices
	sqlite3 "$D/ledger.db" "UPDATE run SET state=1, finished=0, exit_code=-1; UPDATE batch SET state=0 WHERE id=(SELECT MAX(id) FROM batch);
		DELETE FROM verdict WHERE row IN (SELECT id FROM list_row WHERE batch=(SELECT MAX(id) FROM batch))"
	run -4 --separate-stderr unpilot resume --json
	[ "$(count held) $(deletes)" = "10 0" ]
}

@test "max-inventory-percent counts a device once that two rows name" {
	center
	{ echo 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Tenant ID'
	grep "$C3" "$I" | head -10 | awk -F, '{print $4 ",,,,northwind," $1; print "," $5 ",,,northwind," $1}'; } > "$BATS_TEST_TMPDIR/some.csv"
	configure limits max-inventory-percent 49
	run -4 --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[[ "$stderr" == *"10 of the customer's 20 registrations would be deleted (50 %)"* ]]
	run -0 --separate-stderr unpilot run --json --again --max-inventory-percent 50 "$BATS_TEST_TMPDIR/some.csv"
	[ "$(count deregistered)" -eq 20 ]
}
