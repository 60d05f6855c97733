# What version 0.1 left behind (tests/upgrade) goes on in this version.
bats_require_minimum_version 1.5.0
load helpers

FINISHED=20251120T031500Z-e1a6 PLANNED=20251120T031500Z-d2e1 OPEN=20251120T031500Z-31cf
BATCH=1df9dd21-a43e-de83-2329-68c6547eafca:e95d61cd-1182-e96f-debf-49f1a3bb78de

# The workplace of 0.1, beside a service of today that still knows the batch of 0.1.
setup() {
	{ echo 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error'
		for i in 04 05 06 07 08 09 10 11; do echo "OLD-00$i,Contoso,Book 14,,us,registered,"; done; } > "$BATS_TEST_TMPDIR/registry.csv"
	echo "poll with=$BATCH say {\"Devices\":[$(known OLD-0004),$(known OLD-0005)]}" > "$BATS_TEST_TMPDIR/scenario"
	start_service "$BATS_TEST_TMPDIR/registry.csv" --scenario "$BATS_TEST_TMPDIR/scenario"
	service=$(sed -n 's,^url = \(https://[^/]*\).*,\1,p' "$CONF" | head -1)
	rm -rf "$D"/ledger.db* "$D/handoff"
	sed "s,@DIR@,$D,g; s,@SERVICE@,$service," tests/upgrade/unpilot-0.1.conf > "$CONF"
	sed "s,@DIR@,$D,g" tests/upgrade/ledger-0.1.sql | sqlite3 "$D/ledger.db"
	sqlite3 "$D/ledger.db" 'PRAGMA journal_mode=WAL' > /dev/null
	chmod 600 "$D/ledger.db"
	mkdir -p "$D/handoff" "$D"/spool/{incoming,work,done,failed}
	tar -xzf tests/upgrade/packs-0.1.tar.gz -C "$D/handoff"
	cp tests/upgrade/waiting-0.1.csv "$D/spool/incoming/"
}

# Packs of 0.1 have no schema here.
teardown() {
	kill "$SERVICE" && wait "$SERVICE" || true
	[ "$(jq -r .schema "$D/handoff/$FINISHED/contoso/handoff.json")" != unpilot-handoff/1 ] || rm -r "$D/handoff/$FINISHED"
}

known() { echo "{\"SerialNumber\":\"$1\",\"OemManufacturerName\":\"Contoso\",\"ModelName\":\"Book 14\",\"DeviceStatusName\":\"Complete\"}"; }

@test "0.1: the configuration is valid, and runs, devices and packs are found" {
	unpilot config check
	run -2 unpilot status
	[[ "$output" == *'written by an older version (schema 7)'*'next: unpilot resume --collect -c '* ]]
	unpilot resume --collect || true # what the message asks for
	unpilot status --json > "$BATS_TEST_TMPDIR/status"
	[ "$(jq -r 'select(.run) | .run + " " + .state' "$BATS_TEST_TMPDIR/status" | sort | tr '\n' ' ')" = "$OPEN open $PLANNED planned $FINISHED finished " ]
	unpilot status "$FINISHED" | grep -q contoso
	unpilot find RMA-2 | grep -q OLD-0002
	unpilot find OLD-0008 | grep -q "$PLANNED"
	unpilot verify "$D/handoff/$FINISHED/contoso"
	unpilot ledger check
	nothing_sent
}

@test "0.1: resume collects the accepted batch and sends only what was never sent" {
	run -1 unpilot resume
	[[ "$output" == *"5 rows, 4 deregistered, 1 held; exit code 1"* ]]
	[ "$(unpilot find OLD-0004 --json | jq -r .outcome)" = deregistered ]
	[ "$(grep -c '^device' "$LOG")" -eq 2 ]
	grep -q 'serial=OLD-0006 .*Complete' "$LOG"
	grep -q 'serial=OLD-0007 .*Complete' "$LOG"
	unpilot verify "$D/handoff/$OPEN/contoso"
	unpilot ledger check
}

@test "0.1: the waiting list is taken by the next run; an old plan is refused" {
	unpilot run || true
	grep -q 'serial=OLD-0010 .*Complete' "$LOG"
	grep -q 'serial=OLD-0011 .*Complete' "$LOG"
	run -4 unpilot apply "$PLANNED" --digest 5daadd4ec0b62be650e190f232a0ec0e587a9e30a7b0037836b78f77fef16219
	[[ "$output" == *"days old, plan-max-age"* ]]
	refute grep -q 'OLD-000[89]' "$LOG"
}

@test "0.1: a receipt of its page closes steps, and its run is reported in the new form" {
	printf '{"schema":"unpilot-receipt/1","run":"%s","customer":"contoso","by":"Ada","generated":"2025-11-21T10:00:00Z","done":[{"device":"1","step":"I1","at":"2025-11-21T10:00:00Z"}]}' \
		"$FINISHED" > "$BATS_TEST_TMPDIR/receipt.json"
	unpilot close "$BATS_TEST_TMPDIR/receipt.json"
	unpilot report "$FINISHED"
	[ "$(jq -r .schema "$D/handoff/$FINISHED/contoso/handoff.json")" = unpilot-handoff/2 ]
	unpilot verify "$D/handoff/$FINISHED/contoso"
}
