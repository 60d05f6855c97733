bats_require_minimum_version 1.5.0
load helpers
load letters

# text FILE: a mail or a page as one line.
text() { tr -s '\r\n ' ' ' < "$1"; }

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
	grep -q "Serial = 'FB-1'; Steps = 'I2 I3' }" "$pack/cleanup.ps1"
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
	[[ "$stderr" =~ report\ (letter-[0-9TZa-f-]*) ]]
	letter=${BASH_REMATCH[1]}
	[[ "$stderr" == *"next: unpilot report $letter -c $CONF" ]]
	rm "$D/handoff"
	# nobody can have sent it: letter-wait does not pass, and nobody is reminded
	configure limits letter require
	configure limits letter-wait 7
	age() { sql "UPDATE run SET started=started-8*86400 WHERE state=3"; }
	age
	run -6 unpilot run -q "$(fleet)"
	nothing_sent
	[ "$(outcomes | grep -c 'no letter was sent')" -eq 3 ]
	run -0 unpilot letter --remind 1
	[[ "$output" == *"no customer has an unanswered letter"* ]]
	# it is of the day on which it is written at last
	unpilot report -q "$letter"
	grep -q "on $(date -u -d '+7 days' +%F) at the latest" "$D/handoff/$letter/contoso/index.html"
	run -6 unpilot resume -q
	[ "$(outcomes | grep -c '0 of . steps reported')" -eq 3 ]
	age
	run -0 unpilot letter --remind 1
	[[ "$output" == *"reminder: "* ]]
	unpilot resume -q || true
	[ "$(outcomes | grep -c 'waiting for the customer')" -eq 0 ]
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
	run -0 unpilot status "$(basename "$(dirname "$pack")")"
	[[ "$output" == *"CUSTOMER "*" DEVICES  READY"*"contoso "*" 2      0"*"fabrikam "*" 1      0"* ]]
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

# ---- the gate ----

# registry: all devices of the fleet are registered.
registry() {
	{
		head -1 samples/registry.csv
		for d in CT-1 CT-2 FB-1; do
			case $d in CT*) echo "$d,Contoso,Book 1" ;; *) echo "$d,Fabrikam,Slate 2" ;; esac
		done
	} > "$BATS_TEST_TMPDIR/registry.csv"
	echo "$BATS_TEST_TMPDIR/registry.csv"
}

submitted() { grep -c '^submit' "$LOG" || true; }

outcomes() { sql "SELECT serial || ' ' || outcome || ' ' || reason FROM row WHERE list NOT IN (SELECT id FROM list WHERE run IN (SELECT id FROM run WHERE state=3)) ORDER BY id"; }

@test "require: a device waits until its letter is answered; then the next run and resume send it" {
	start_service "$(registry)"
	configure limits letter require
	run -6 --separate-stderr unpilot run "$(fleet)"
	nothing_sent
	[[ "$output" == *"4 rows, 4 held; exit code 6"* ]]
	[ "$(outcomes | grep -c 'waiting for the customer: no letter was sent')" -eq 3 ]
	[ "$(grep -c . "$D"/handoff/2*/failed.csv)" -eq 1 ]
	[ "$(jq -r .waiting "$D"/handoff/2*/summary.json)" -eq 3 ]
	run -0 unpilot ledger check # a batch that waits is no damage
	# without anything that was asked there is no pack, and no mail
	[ ! -e "$(echo "$D"/handoff/2*)/contoso" ]
	run -0 unpilot status
	[[ "$output" == *"waiting for customers: 3 devices of 2, oldest "* ]]
	# the letter, and a part of its answers
	unpilot letter -q "$(fleet)"
	[ "$(outcomes | grep -cE 'waiting for the customer: letter of 20[0-9-]{8}, 0 of [0-9] steps reported')" -eq 3 ]
	pack=$(echo "$D"/handoff/letter-*/contoso)
	receipt "$pack" Ann 'B1 B2' > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	outcomes | grep -q 'CT-1 10 waiting for the customer: letter of .*, 2 of 6 steps reported'
	run -6 unpilot resume latest
	nothing_sent
	# CT-2 is ready: it alone is sent, by the nightly run that has no list of its own
	receipt "$pack" Bob '' page CT-2 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	mkdir -p "$BATS_TEST_TMPDIR/spool/incoming"
	configure spool directory "$BATS_TEST_TMPDIR/spool"
	run -6 unpilot run
	[ "$(submitted)" -eq 1 ]
	[ "$(outcomes | grep -c '^[^ ]* 0 ')" -eq 1 ]
	outcomes | grep -q '^CT-2 0 '
	# and CT-1 by resume
	receipt "$pack" Cid '' script CT-1 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -6 unpilot resume
	[ "$(submitted)" -eq 2 ]
	outcomes | grep -q '^CT-1 0 '
	# the last one without its answers
	run -0 unpilot resume --not-ready
	[ "$(submitted)" -eq 3 ]
	run -0 unpilot status
	[[ "$output" != *"waiting for customers"* ]]
}

@test "require: a list that cannot be used, after devices that had waited were sent: 6, because 2 says that nothing was sent" {
	start_service "$(registry)"
	configure limits letter require
	run -6 unpilot run "$(fleet)"
	unpilot letter -q "$(fleet)"
	receipt "$(echo "$D"/handoff/letter-*/contoso)" Ann > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	echo 'no,header' > "$BATS_TEST_TMPDIR/bad.csv"
	run -6 unpilot run "$BATS_TEST_TMPDIR/bad.csv"
	[ "$(sql "SELECT COUNT(*) FROM row WHERE outcome<2")" -gt 0 ]
	run -2 unpilot run "$BATS_TEST_TMPDIR/bad.csv"
}

@test "require: plan and apply; the digest covers what would be sent, not who is ready" {
	start_service "$(registry)"
	configure limits letter require
	unpilot letter -q "$(fleet)"
	run -0 unpilot plan "$(fleet)"
	[[ "$output" == *"3 devices to deregister"*"3 devices will wait for the customer's answers"* ]]
	plan=$(sed -n 's/^plan \([^:]*\):.*/\1/p' <<< "$output") digest=$(sed -n 's/^digest //p' <<< "$output")
	receipt "$(echo "$D"/handoff/letter-*/contoso)" Ann > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -0 unpilot apply --dry-run "$plan"
	[[ "$output" == *"3 devices to deregister"*"1 device will wait for the customer's answers"* ]]
	run -6 unpilot apply --digest "$digest" "$plan"
	[ "$(outcomes | grep -c '^[^ ]* 0 ')" -eq 2 ]
	outcomes | grep -q '^FB-1 10 waiting'
	[ "$(jq -r .waiting "$D"/handoff/2*/summary.json)" -eq 1 ]
}

@test "require: letter-wait passes; a later letter supersedes the first; another customer's letter does not count" {
	start_service "$(registry)"
	configure limits letter require
	configure limits letter-wait 7
	unpilot letter -q "$(fleet)"
	grep -q "on $(date -u -d '+7 days' +%F) at the latest" "$D"/handoff/letter-*/contoso/index.html
	receipt "$(echo "$D"/handoff/letter-*/contoso)" Ann '' page CT-1 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	unpilot letter -q "$(fleet)"
	run -6 unpilot run -q "$(fleet)"
	nothing_sent
	outcomes | grep -q '^CT-1 10 waiting for the customer: letter of .*, 0 of 6 steps reported'
	sql "UPDATE run SET started=started-7*86400 WHERE state=3"
	run -0 unpilot resume -q
	[ "$(outcomes | grep -c '^[^ ]* 0 ')" -eq 3 ]
	sed 's/contoso/northwind/' "$(fleet)" > "$BATS_TEST_TMPDIR/other.csv"
	run -6 unpilot run -q --again --moved "$BATS_TEST_TMPDIR/other.csv"
	outcomes | grep -q '^CT-1 10 waiting for the customer: no letter was sent'
}

@test "a letter that led to a deregistration is used up" {
	start_service "$(registry)"
	configure limits letter require
	configure limits hold-days 0
	unpilot letter -q "$(fleet)"
	for customer in contoso fabrikam; do
		receipt "$(echo "$D"/handoff/letter-*/$customer)" Ann > "$BATS_TEST_TMPDIR/r.json"
		unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	done
	run -0 unpilot run -q "$(fleet)"
	first=$(basename "$(ls -d "$D"/handoff/2*)")
	run -6 --separate-stderr unpilot run --again "$(fleet)"
	[ "$(outcomes | grep -c "waiting for the customer: letter of $(date -u +%F) was used by run $first; a new letter is needed\$")" -eq 3 ]
	run -6 --separate-stderr unpilot resume latest
	[[ "$stderr" == *'customer "contoso": 2 devices wait for the answers to the letter (2 of them got none for this registration: "unpilot letter" writes it)'* ]]
	# the new letter counts
	unpilot letter -q "$(fleet)"
	[ "$(outcomes | grep -c "letter of $(date -u +%F), 0 of [0-9] steps reported\$")" -eq 3 ]
}

@test "resume --not-ready: a device that another run has deregistered meanwhile is not counted as sent" {
	start_service "$(registry)"
	configure limits letter require
	head -2 "$(fleet)" > "$BATS_TEST_TMPDIR/one.csv"
	run -6 unpilot run -q "$BATS_TEST_TMPDIR/one.csv"
	first=$(basename "$(ls -d "$D"/handoff/2*)")
	run -6 unpilot run -q "$(fleet)"
	second=$(ls "$D/handoff" | grep '^2' | grep -v "^$first")
	run -0 unpilot resume --not-ready "$first"
	run -1 --separate-stderr unpilot resume --not-ready "$second"
	[ "$(submitted)" -eq 2 ]
	outcomes | grep -q '^CT-1 10 deregistered in run '
	[[ "$stderr" == *'customer "contoso": 1 device is sent although'*'customer "fabrikam": 1 device is sent although'* ]]
}

@test "a device that was deregistered lately gets no letter; with --again it gets one" {
	start_service "$(registry)"
	head -2 "$(fleet)" > "$BATS_TEST_TMPDIR/one.csv"
	{ head -1 "$(fleet)"; tail -1 "$(fleet)"; } > "$BATS_TEST_TMPDIR/other.csv"
	run -0 unpilot run -q "$BATS_TEST_TMPDIR/one.csv"
	run -0 unpilot run -q "$BATS_TEST_TMPDIR/other.csv"
	first=$(basename "$(ls -d "$D"/handoff/2* | head -1)")
	grep -q CT-1 "$D/handoff/$first/contoso/devices.csv" || first=$(basename "$(ls -d "$D"/handoff/2* | tail -1)")
	run -1 --separate-stderr unpilot letter "$(fleet)"
	[[ "$stderr" == *"customer \"contoso\": 1 device is in no letter: deregistered in run $first on $(date -u +%F); with --again it writes one"* ]]
	[[ "$stderr" == *'customer "fabrikam": 1 device is in no letter: '*"next: unpilot plan "* ]]
	letter=$(echo "$D"/handoff/letter-*)
	[ "$(jq -r '.devices[].serial' "$letter/contoso/handoff.json")" = CT-2 ]
	grep -q 'registration of 1 device' <(text "$letter/contoso/mail.txt")
	[ ! -e "$letter/fabrikam" ]
	[ "$(sql 'SELECT COUNT(*) FROM letter_device')" -eq 1 ]
	unpilot report -q "$(basename "$letter")"
	[ ! -e "$letter/fabrikam" ]
	# a printout reads no ledger
	run -0 unpilot letter --no-record "$(fleet)"
	rm -r "$D"/handoff/letter-*
	run -0 --separate-stderr unpilot letter --again "$(fleet)"
	[[ "$stderr" != *'no letter'* ]]
	[ "$(jq '.devices | length' "$D"/handoff/letter-*/contoso/handoff.json)" -eq 2 ]
	[ -e "$(echo "$D"/handoff/letter-*)/fabrikam" ]
	# after hold-days a run would send it again
	configure limits hold-days 0
	rm -r "$D"/handoff/letter-*
	run -0 unpilot letter "$(fleet)"
}

@test "warn: everything is sent, with a line for each customer; off: nothing is said" {
	start_service "$(registry)"
	configure limits letter warn
	unpilot letter -q "$(fleet)"
	receipt "$(echo "$D"/handoff/letter-*/contoso)" Ann '' page CT-1 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -0 --separate-stderr unpilot run "$(fleet)"
	[[ "$stderr" == *'customer "contoso": 1 device is sent although the customer has not answered the letter'* && "$stderr" != *'0 of them'* ]]
	[[ "$stderr" == *'customer "fabrikam": 1 device'* ]]
	configure limits letter off
	run -0 --separate-stderr unpilot run --again "$(fleet)"
	[[ "$stderr" != *"answered the letter"* ]]
	configure limits letter maybe
	run -2 unpilot run "$(fleet)"
	[[ "$output" == *'[limits] letter: "maybe" is not off, warn or require'* ]]
}

@test "the hand-off after a letter has what was answered before as done, in either order" {
	start_service "$(registry)"
	configure limits letter warn
	unpilot letter -q "$(fleet)"
	pack=$(echo "$D"/handoff/letter-*/contoso)
	receipt "$pack" Ann 'B1 F1' > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -0 unpilot run -q "$(fleet)"
	out=$(echo "$D"/handoff/2*)
	[ "$(xmllint --format "$out/contoso/handoff.xml" | grep -c 'done="B1 B3:n F1\*"\|done="B1 F1\*"')" -eq 2 ]
	grep -q "What you reported with our letter counts as done: Ann, $(date -u +%F): 4 answers for 2 devices\." "$out/contoso/index.html"
	refute grep -q 'letter' "$out/fabrikam/mail.txt"
	receipt "$pack" Bob 'I1' page CT-1 > "$BATS_TEST_TMPDIR/one.json"
	unpilot close -q "$BATS_TEST_TMPDIR/one.json"
	unpilot report -q "$(basename "$out")"
	grep -q "4 answers for 2 devices\. Bob, $(date -u +%F): 1 answer for 1 device\." <(text "$out/contoso/index.html")
	receipt "$pack" Bob 'B1 I1' > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	unpilot report -q "$(basename "$out")"
	[ "$(xmllint --format "$out/contoso/handoff.xml" | grep -c 'done=".*F1\* .*I1"')" -eq 2 ]
}

@test "the hand-off asks only for what is not answered, in mail, page and Markdown" {
	start_service "$(registry)"
	configure limits letter warn
	unpilot letter -q "$(fleet)"
	pack=$(echo "$D"/handoff/letter-*/contoso) letter=$(basename "$D"/handoff/letter-*)
	receipt "$pack" Ann '' page CT-1 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -0 unpilot run -q "$(fleet)"
	out=$(echo "$D"/handoff/2*) run=$(basename "$out")
	# one of two devices: the other one is asked for
	[[ "$(text "$out/contoso/mail.txt")" == *"counts as done: Ann, $(date -u +%F): 6 answers for 1 device. Save the BitLocker keys and LAPS passwords of 1 device."*"Release firmware locks"* ]]
	[[ "$(text "$out/contoso/index.html")" == *"Save the BitLocker keys and LAPS passwords of 1 device."*"Release firmware locks"*"What you reported counts as done."*"Do not"* ]]
	grep -qF -- '- [ ] **Save BitLocker keys and LAPS passwords** (open for 1 device).' "$out/contoso/handoff.md"
	refute grep -q -- '- \[x\]' "$out/fabrikam/handoff.md"
	# the letter that is written again asks for the rest, too
	unpilot report -q "$letter"
	[[ "$(text "$pack/mail.txt")" == *"Save the BitLocker keys and LAPS passwords of 1 device."* ]]
	# all letter steps: only later steps are left
	receipt "$pack" Bob '' page CT-2 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	unpilot report -q "$run"
	for file in mail.txt index.html handoff.md; do
		refute grep -qE 'First: save|Save the BitLocker keys|Release firmware locks \(|nothing is left' <(text "$out/contoso/$file")
		grep -q "counts as done: Ann, $(date -u +%F): 6 answers for 1 device. Bob, " <(text "$out/contoso/$file")
	done
	for title in 'Save BitLocker keys and LAPS passwords' 'Unlock DFCI firmware settings now' 'Delete from Intune'; do
		grep -qF -- "- [x] **$title" "$out/contoso/handoff.md" || { cat "$out/contoso/handoff.md"; return 1; }
	done
	grep -qF -- '- [ ] **' "$out/contoso/handoff.md"
	# everything
	receipt "$out/contoso" Cid > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	unpilot report -q "$run"
	unpilot report -q "$letter"
	for file in "$out/contoso"/{mail.txt,index.html,handoff.md} "$pack"/{mail.txt,index.html}; do
		grep -q 'You have answered every step: nothing is left for you to do' <(text "$file")
		refute grep -qE 'First: save|Save the BitLocker keys|When you are done' <(text "$file")
	done
	refute grep -qF -- '- [ ]' "$out/contoso/handoff.md"
	for pack in "$out/contoso" "$pack"; do
		xmllint --noout --schema partner/handoff/stylesheets/handoff.xsd "$pack/handoff.xml"
	done
}

@test "the hand-off names devices whose keys nobody has confirmed, until somebody does" {
	start_service "$(registry)"
	configure limits letter warn
	sed 's/,intune,/,none,/' "$(fleet)" > "$BATS_TEST_TMPDIR/was.csv"
	unpilot letter -q "$BATS_TEST_TMPDIR/was.csv"
	pack=$(echo "$D"/handoff/letter-*/contoso)
	receipt "$pack" Ann '' page CT-1 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -0 unpilot run -q "$BATS_TEST_TMPDIR/was.csv"
	out=$(echo "$D"/handoff/2*)
	[ "$(xmllint --xpath '//unconfirmed/device/@name' "$out/contoso/handoff.xml" | tr -d ' \n')" = 'name="CT-2"' ]
	grep -q 'Look for these keys now.*We deregistered 1 device before you confirmed' "$out/contoso/index.html"
	tr '\r\n' '  ' < "$out/contoso/mail.txt" | tr -s ' ' | grep -q 'We deregistered 1 device before you confirmed'
	grep -q 'Look for these keys now' "$out/contoso/handoff.md"
	receipt "$pack" Bob B1 page CT-2 > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	unpilot report -q "$(basename "$out")"
	refute grep -q 'Look for these keys now' "$out/contoso/index.html"
	configure limits letter off
}

@test "late devices meet the guards: skip list, hold-days, moved, canary" {
	start_service "$(registry)"
	configure limits letter require
	unpilot letter -q "$(fleet)"
	run -6 unpilot run -q "$(fleet)"
	# a device that waits counts as listed for its customer
	sed 's/contoso/northwind/' "$(fleet)" | grep -v FB-1 > "$BATS_TEST_TMPDIR/other.csv"
	run -1 unpilot run -q "$BATS_TEST_TMPDIR/other.csv"
	[ "$(outcomes | grep -c 'listed for another customer in run')" -eq 2 ]
	for customer in contoso fabrikam; do
		receipt "$(echo "$D"/handoff/letter-*/$customer)" Ann > "$BATS_TEST_TMPDIR/r.json"
		unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	done
	echo CT-1 > "$BATS_TEST_TMPDIR/skip"
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	configure limits canary 1
	run -1 --separate-stderr unpilot resume
	[[ "$stderr" == *"canary: 1 of 1 device deregistered"* ]]
	outcomes | grep -q '^CT-1 10 on the skip list'
	[ "$(outcomes | grep -c '^[^ ]* 0 ')" -eq 2 ]
}

# deregistered_of: customers of which something was sent, and how many devices.
asked_of() {
	sql "SELECT c.key || '=' || COUNT(*) FROM row r JOIN batch b ON b.id=r.batch JOIN customer c ON c.id=r.customer
		WHERE b.attempts>0 GROUP BY c.key ORDER BY c.key" | tr '\n' ' '
}

@test "a fleet of 200 devices of 4 customers through the whole life: letters, three portions of receipts, nights, hand-offs, closing" {
	sh samples/make-fleet.sh 200 4 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv"
	configure limits letter require
	configure limits letter-wait 7
	configure limits canary 5
	configure limits canary-trust 0
	configure limits max-fail-percent 100
	mkdir -p "$BATS_TEST_TMPDIR/spool/incoming"
	configure spool directory "$BATS_TEST_TMPDIR/spool"
	configure spool settle 0
	unpilot letter -q "$BATS_TEST_TMPDIR/l.csv"
	letter=$(echo "$D"/handoff/letter-*)
	cp "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/spool/incoming"
	run -6 unpilot run -q
	nothing_sent
	run -0 unpilot status
	[[ "$output" == *"waiting for customers: 200 devices of 4, oldest "* ]]
	# the first portion: two customers, by page and by script
	receipt "$letter/C001" Ann > "$BATS_TEST_TMPDIR/1.json"
	receipt "$letter/C002" Bob '' script > "$BATS_TEST_TMPDIR/2.json"
	unpilot close -q "$BATS_TEST_TMPDIR/1.json" "$BATS_TEST_TMPDIR/2.json"
	run -6 unpilot run -q
	[ "$(asked_of)" = "C001=50 C002=50 " ]
	# the second: one step of each device in two receipts, and some devices only
	some=$(jq -r '[.devices[].serial][:20] | join(" ")' "$letter/C003/handoff.json")
	receipt "$letter/C003" Cid B1 page "$some" > "$BATS_TEST_TMPDIR/1.json"
	unpilot close -q "$BATS_TEST_TMPDIR/1.json"
	run -0 unpilot run -q # no device is ready: nothing to do
	[ "$(asked_of)" = "C001=50 C002=50 " ]
	receipt "$letter/C003" Dan '' script "$some" > "$BATS_TEST_TMPDIR/1.json"
	unpilot close -q "$BATS_TEST_TMPDIR/1.json"
	run -6 unpilot run -q
	[ "$(asked_of)" = "C001=50 C002=50 C003=20 " ]
	run -0 unpilot status
	[[ "$output" == *"waiting for customers: 80 devices of 2, oldest "* ]]
	# the third never comes for the rest of C003; C004 answers at last, and letter-wait passes
	receipt "$letter/C004" Eve > "$BATS_TEST_TMPDIR/1.json"
	unpilot close -q "$BATS_TEST_TMPDIR/1.json"
	run -6 unpilot run -q
	[ "$(asked_of)" = "C001=50 C002=50 C003=20 C004=50 " ]
	sql "UPDATE run SET started=started-7*86400 WHERE state=3"
	run -1 unpilot run -q
	[ "$(asked_of)" = "C001=50 C002=50 C003=50 C004=50 " ]
	# the outcomes are those of an undisturbed run without letters
	run -1 unpilot resume --json latest
	grep '"type":"device"' <<< "$output" | jq -r '"\(.line),\(.outcome)"' | diff - "$BATS_TEST_TMPDIR/e.csv"
	out=$(echo "$D"/handoff/2*)
	# hand-offs ask for the rest only, and the rest closes every device
	grep -q 'letter counts as done: Cid, .* Dan, ' "$out/C003/index.html"
	for c in C001 C002 C003 C004; do
		receipt "$out/$c" Fay > "$BATS_TEST_TMPDIR/$c.json"
	done
	run -0 --separate-stderr unpilot close --json "$BATS_TEST_TMPDIR"/C00?.json
	[ "$(jq -s 'map(select(.type == "receipt" and .known > 0)) | length' <<< "$output")" -eq 4 ]
	[ "$(unpilot status --json latest | jq -s '.[0].steps_left')" -eq 0 ]
}

@test "letter --remind: mail texts for customers with an old letter and missing answers, once an interval; nothing is sent" {
	start_service "$(registry)"
	configure limits letter require
	run -0 unpilot letter --remind 7
	[[ "$output" == *"no customer has an unanswered letter that is 7 days old"* ]]
	unpilot letter -q "$(fleet)"
	letter=$(basename "$D"/handoff/letter-*)
	run -0 unpilot letter --remind 7
	[[ "$output" != *reminder:* ]]
	sql "UPDATE run SET started=started-8*86400 WHERE state=3"
	for customer in contoso fabrikam; do
		receipt "$D/handoff/$letter/$customer" Ann '' page 'CT-1 FB-1' > "$BATS_TEST_TMPDIR/r.json"
		unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	done
	run -0 --separate-stderr unpilot letter --remind 7
	mail=${output#reminder: }
	[[ "$mail" == "$D"/handoff/reminder-*/"$letter"/contoso/mail.txt ]]
	grep -q '^Subject: Windows Autopilot: contoso, we wait for your answers' "$mail"
	text=$(tr '\r\n' '  ' < "$mail" | tr -s ' ')
	[[ "$text" == *"On $(date -u -d '-8 days' +%F) we sent you a letter"*"answers for 1 device."*"If you report nothing, the devices stay registered"* ]]
	[ "$(LC_ALL=C awk '{ if (length($0) > m) m = length($0) } END { print m }' "$mail")" -le 73 ]
	# not twice in an interval; and not after the answers, a second letter or the deregistration
	run -0 unpilot letter --remind 7
	[[ "$output" != *reminder:* ]]
	sql "UPDATE letter_device SET reminded=reminded-8*86400"
	run -0 unpilot letter --remind 7
	[[ "$output" == *reminder:*contoso* ]]
	sql "UPDATE letter_device SET reminded=reminded-8*86400"
	unpilot letter -q "$(fleet)"
	run -0 unpilot letter --remind 7
	[[ "$output" != *reminder:* ]]
	sql "UPDATE run SET started=started-8*86400 WHERE state=3"
	unpilot run -q --not-ready "$(fleet)"
	run -0 unpilot letter --remind 7
	[[ "$output" != *reminder:* ]]
	for bad in x -1 7.5; do
		run -2 unpilot letter --remind="$bad"
	done
	run -2 unpilot letter --remind 7 "$(fleet)"
}

@test "find: the life of a device in one line" {
	start_service "$(registry)"
	configure limits letter require
	unpilot letter -q "$(fleet)"
	receipt "$(echo "$D"/handoff/letter-*/contoso)" Ann > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -6 unpilot run -q "$(fleet)"
	day=$(date -u +%F)
	run -0 unpilot find CT-2
	output=$(tr -s ' \n' '  ' <<< "$output")
	[[ "$output" == *"life: letter $day > 5 of 5 steps answered, last $day > deregistered $day > hand-off"* ]]
	[[ "$output" == *"letter-"*" letter contoso"* ]]
	receipt "$(echo "$D"/handoff/2*/contoso)" Bob > "$BATS_TEST_TMPDIR/r.json"
	unpilot close -q "$BATS_TEST_TMPDIR/r.json"
	run -0 unpilot find CT-2
	[[ "$(tr -s ' \n' '  ' <<< "$output")" == *"> hand-off > answered, last $day > closed $day"* ]]
	run -0 unpilot find --json CT-2
	# a row that repeats the device has the same answers
	[ "$(grep '"outcome":"deregistered"' <<< "$output" | jq -c '[.letter.at[:10], .letter.steps, .letter.answered, .open_steps]')" = \
		"[\"$day\",5,5,[]]"$'\n'"[\"$day\",5,5,[]]" ]
	run -0 unpilot find FB-1
	[[ "$output" != *"life:"* ]]
	run -0 unpilot find --json FB-1
	[ "$(tail -1 <<< "$output" | jq .letter)" = null ]
}
