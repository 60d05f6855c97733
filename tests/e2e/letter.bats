bats_require_minimum_version 1.5.0
load helpers
load letters

@test "letter: a pack for each customer, recorded, and written again" {
	start_service samples/registry.csv
	sign
	run -0 --separate-stderr unpilot letter "$(fleet)"
	[[ "${lines[0]}" =~ ^letter\ (letter-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4})$ ]]
	letter=${BASH_REMATCH[1]}
	[ "${lines[1]}" = "letters: $D/handoff/$letter" ]
	for customer in contoso fabrikam; do
		pack=$D/handoff/$letter/$customer
		[ "$(ls "$pack" | tr '\n' ' ')" = "cleanup.ps1 devices.csv handoff.json handoff.xml index.html mail.txt manifest.p7s manifest.sha256 " ]
		run -0 unpilot verify "$pack"
	done
	# the page and the script are for the part up to Intune, and nothing is said that has not happened
	[ "$(jq -r '[.devices[].steps[]] | unique | join(" ")' "$pack/handoff.json")" = "B1 B2 F1 I2 I3 R1 T1?" ]
	grep -q 'data-run="'"$letter"'"' "$pack/index.html"
	grep -q 'id="receipt"' "$pack/index.html"
	grep -q 'Still registered' "$pack/index.html"
	refute grep -q 'deregistered' "$pack/devices.csv"
	refute grep -q 'CT-1' "$pack/index.html"
	grep -q "Autopilot = 'look'" "$pack/cleanup.ps1"
	refute grep -q "Autopilot = 'if-left'\|Autopilot = 'delete' " "$pack/cleanup.ps1"
	tr -d '\r' < "$pack/mail.txt" | tr '\n' ' ' | grep -q 'We deregister these devices soon'
	rm -r "$D/handoff/$letter"
	run -0 unpilot report "$letter"
	run -0 unpilot verify "$pack"
	# a letter is no run
	run -0 unpilot status
	[[ "$output" != *letter-* ]]
	run -2 --separate-stderr unpilot resume "$letter"
	[[ "$stderr" == *"is a letter, which is never sent"* ]]
	run -2 --separate-stderr unpilot apply "$letter"
	nothing_sent
}

@test "letter: the packs are written after the record; without them, exit code 7 and report writes them" {
	start_service samples/registry.csv
	rm -r "$D/handoff"
	: > "$D/handoff"
	run -7 --separate-stderr unpilot letter "$(fleet)"
	[[ "$stderr" =~ report\ (letter-[^ ]*) ]]
	letter=${BASH_REMATCH[1]}
	rm "$D/handoff"
	unpilot report -q "$letter"
	[ -s "$D/handoff/$letter/contoso/index.html" ]
}

@test "close takes receipts of letters, of page and script, and refuses what the letter does not ask" {
	start_service samples/registry.csv
	unpilot letter -q "$(fleet)"
	pack=$(echo "$D"/handoff/letter-*/contoso)
	receipt "$pack" Ann 'B1 B2' > "$BATS_TEST_TMPDIR/r1.json"
	run -0 unpilot close "$BATS_TEST_TMPDIR/r1.json"
	[[ "$output" == *"run letter-"*"by Ann: 3 steps recorded, 0 known already"* ]]
	run -0 unpilot close "$BATS_TEST_TMPDIR/r1.json"
	[[ "$output" == *"0 steps recorded, 3 known already"* ]]
	# the page that is written again has the answers
	unpilot report -q "$(basename "$(dirname "$pack")")"
	grep -q 'data-done="B1 B2"' "$pack/index.html"
	receipt "$pack" Bob '' script > "$BATS_TEST_TMPDIR/r2.json"
	run -0 unpilot close "$BATS_TEST_TMPDIR/r2.json"
	[ "$(sql 'SELECT COUNT(*) FROM letter_device WHERE answered=steps')" -eq 2 ]
	for change in '.done[0].step="A1"' '.done[0].step="H1"' '.done[0].device="999"' '.run="letter-x"' '.customer="fabrikam"' \
		'.done[0].at="2020-01-01T00:00:00Z"' '.generated="2020-01-01T00:00:00Z"' '.source="mail"' \
		'.done[0].state="not-applicable"' '.done[1]=.done[0]'; do
		jq ".by=\"Eve\" | $change" "$BATS_TEST_TMPDIR/r1.json" > "$BATS_TEST_TMPDIR/bad.json"
		run -2 unpilot close "$BATS_TEST_TMPDIR/bad.json"
		[[ "$output" == *"nothing of this receipt is recorded"* ]]
	done
	[ "$(sql "SELECT COUNT(*) FROM receipt WHERE said_by='Eve'")" -eq 0 ]
}

@test "forget and keep-days erase letters with their packs and receipts" {
	start_service samples/registry.csv
	unpilot letter -q "$(fleet)"
	pack=$(echo "$D"/handoff/letter-*/contoso)
	receipt "$pack" Ann > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	unpilot forget -q --yes --customer contoso
	[ ! -e "$pack" ]
	[ "$(sql 'SELECT (SELECT COUNT(*) FROM letter_device) || (SELECT COUNT(*) FROM letter_key) || (SELECT COUNT(*) FROM done)')" = 110 ]
	configure limits hold-days 0
	configure handoff keep-days 1
	sql 'UPDATE run SET started=started-200000, finished=finished-200000'
	unpilot run -q "$(list 'FB-1002,,Fabrikam,Book 14,northwind')" || true
	[ "$(sql 'SELECT (SELECT COUNT(*) FROM letter_device) || (SELECT COUNT(*) FROM letter_key) || (SELECT COUNT(*) FROM run WHERE state=3)')" = 000 ]
	[ -z "$(ls "$D/handoff" | grep letter-)" ]
}
