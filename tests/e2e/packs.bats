bats_require_minimum_version 1.5.0
load helpers

# in_pack WORD: the files of the pack that contain it.
in_pack() { grep -rlaF -- "$1" "$(run_dir)$2"; }

@test "a pack: every file shows the one document, in the chosen language" {
	start_service samples/registry.csv
	configure handoff language de
	unpilot run -q samples/lists/returns.csv || [ $? -eq 1 ]
	for pack in "$(run_dir)"*/; do
		for file in index.html mail.txt cleanup.ps1 handoff.md handoff.xml handoff.json devices.csv; do
			[ -s "$pack/$file" ]
		done
		xmllint --noout --schema partner/handoff/stylesheets/handoff.xsd "$pack/handoff.xml"
		head -1 "$pack/mail.txt" | grep -q '^Subject: '
		refute grep -qE '^.{73}' <(tail -n +2 "$pack/mail.txt")
		refute grep -qv $'\r$' "$pack/mail.txt"
		grep -q 'lang="de"' "$pack/index.html"
		refute grep -qP '[^\x00-\x7f]' "$pack/cleanup.ps1"
	done
}

@test "an unknown language is refused before anything is sent or written" {
	start_service samples/registry.csv
	configure handoff language xx
	run --separate-stderr unpilot run samples/lists/returns.csv
	[ "$status" -eq 2 ]
	[[ "$stderr" == *"there is no catalogue xx.xml"* ]]
	nothing_sent
	[ -z "$(ls "$D/handoff")" ]
}

@test "page and letter show the partner's logo; a file that is not an image is refused before anything is sent" {
	start_service samples/registry.csv
	logo=$BATS_TEST_TMPDIR/logo
	printf '<svg xmlns="http://www.w3.org/2000/svg"/>' > "$logo.svg"
	{ printf '\211PNG\r\n\032\n' && head -c 262137 /dev/zero; } > "$logo.long"
	for file in "$logo.svg" "$logo.long" "$logo.none"; do
		configure partner logo "$file"
		run --separate-stderr unpilot run samples/lists/returns.csv
		[ "$status" -eq 2 ]
		[[ "$stderr" == *"[partner] logo: $file: "* ]]
	done
	nothing_sent
	for image in '\211PNG\r\n\032\nx' '\377\330\377\340'; do
		printf "$image" > "$logo"
		configure partner logo "$logo"
		unpilot letter -q --no-record --out "$BATS_TEST_TMPDIR/letters" samples/lists/returns.csv || [ $? -eq 1 ]
		unpilot run --again -q samples/lists/returns.csv || [ $? -eq 1 ]
		pages=$(ls -t "$D"/handoff/*/*/index.html "$BATS_TEST_TMPDIR"/letters/*/*/letter.html)
		[ "$(grep -lF "base64,$(base64 < "$logo")\"" $pages | wc -l)" -ge 2 ]
		rm -rf "$BATS_TEST_TMPDIR/letters"
	done
}

@test "a partner's own stylesheet and catalogue override the built-in ones" {
	start_service samples/registry.csv
	mkdir "$BATS_TEST_TMPDIR/own"
	printf '%s' '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">' \
		'<xsl:output method="text"/><xsl:template match="/">OUR OWN MAIL</xsl:template></xsl:stylesheet>' \
		> "$BATS_TEST_TMPDIR/own/mail.xsl"
	sed 's/language="en"/language="nl"/' partner/handoff/messages/en.xml > "$BATS_TEST_TMPDIR/own/nl.xml"
	configure handoff stylesheets "$BATS_TEST_TMPDIR/own"
	configure handoff language nl
	unpilot run -q samples/lists/returns.csv || [ $? -eq 1 ]
	pack=$(ls -d "$(run_dir)"*/ | head -1)
	[ "$(cat "$pack/mail.txt")" = "OUR OWN MAIL" ]
	grep -q 'lang="nl"' "$pack/index.html"
}

@test "a pack contains no data of other customers, no hash, no tenant, no other Product Key ID" {
	start_service samples/registry.csv
	hash=$(printf 'T0%.0s' $(seq 300))
	{
		echo 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Tenant ID,Hardware Hash,Ticket'
		echo "CT-77001,,Contoso,Book 1,contoso,11111111-2222-3333-4444-555555555555,$hash,TCK-CONTOSO"
		echo "FB-88001,3305009998887,Fabrikam,Slate 2,tailspin,tailspin.example,,TCK-FABRIKAM"
	} > "$BATS_TEST_TMPDIR/two.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/two.csv" || [ $? -eq 1 ]
	[ -n "$(in_pack CT-77001 contoso)" ]
	[ -n "$(in_pack 3305009998887 tailspin)" ]
	for word in FB-88001 3305009998887 TCK-FABRIKAM tailspin 11111111-2222 T0T0T0T0; do
		[ -z "$(in_pack "$word" contoso)" ]
	done
	for word in CT-77001 TCK-CONTOSO contoso 11111111-2222 tailspin.example T0T0T0T0; do
		[ -z "$(in_pack "$word" tailspin)" ]
	done
}

@test "no file of a pack or letter, in any language, contains forbidden advice" {
	sh samples/make-fleet.sh 200 2 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv"
	# sentences that ask people to leave Entra objects alone; other sentences about deleting them are forbidden
	allowed='azureADDeviceId|[Dd]o not delete (the )?device objects? in Microsoft Entra ID by hand|(das|keine) Geräteobjekte? in Microsoft Entra ID (nicht )?von Hand'
	forbidden='(12|24)[ -]?(h|hours?|Stunden?)\b|MSfB|Store for Business|Azure ?AD|MSOnline|Msol|Remediation pending|Remove-(ADComputer|Mg[A-Za-z]*Device|EntraDevice)'
	forbidden+='|removed from (Intune|(Microsoft )?Entra|(the|your) organi)|no further action|nothing (more|else) to do|ready for (Windows )?Autopilot'
	forbidden+='|aus (Intune|(Microsoft )?Entra( ID)?|(der|Ihrer) Organisation) entfernt|nichts (weiter|mehr) zu tun|bereit für (Windows[ -])?Autopilot'
	words='[^].?<>"|;]*' # ends at the end of a sentence, element or string
	forbidden+="|delete ${words}object${words}Entra|delete ${words}Entra${words}object|lösch(en|t)? ${words}objekt${words}Entra|lösch(en|t)? ${words}Entra${words}objekt"
	for language in en de; do
		configure handoff language $language
		unpilot run --again -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 1 ]
		unpilot letter -q --again --out "$BATS_TEST_TMPDIR/letters-$language" "$BATS_TEST_TMPDIR/l.csv"
		unpilot letter -q --no-record --out "$BATS_TEST_TMPDIR/letters-$language" "$BATS_TEST_TMPDIR/l.csv"
	done
	faces=0
	for face in "$D"/handoff/*/C*/* "$BATS_TEST_TMPDIR"/letters-*/*/C*/*; do
		faces=$((faces + 1))
		# joins wrapped lines, and removes text that a reader does not see
		text=$(tr -s '\r\n ' ' ' < "$face" | LC_ALL=C sed -E "s/<style>.*<\/style>//; s/$allowed//g")
		found=$(LC_ALL=C grep -oiE ".{0,40}($forbidden)" <<< "$text") || true
		[ -z "$found" ] || { echo "$face: $found"; false; }
	done
	[ "$faces" -ge 64 ]
}

# words FILE: the text of a page or of a text file, in one line
words() { sed -e 's/<style>.*<\/style>//; s/<[^>]*>/ /g; s/&gt;/>/g; s/&quot;/"/g' "$1" | tr -s '\r\n ' ' '; }

# says FILE TEXT...: fails unless the file says each of these
says() {
	local file=$1 text
	text=$(words "$file")
	shift
	for said; do
		[[ "$text" == *"$said"* ]] || { echo "$file does not say: $said"; return 1; }
	done
}

@test "handoff.md explains outcomes, warns of what a step does, marks advice, and stops at an alarm" {
	{
		echo 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error'
		echo 'CT-1,Contoso,Book,,us,registered,'
		echo 'CT-2,Contoso,Book,,them,registered,'
		echo 'CT-4,Contoso,Book,,us,registered,ZtdDeviceAlreadyAssigned'
	} > "$BATS_TEST_TMPDIR/registry.csv"
	{
		echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Registered Via,Purpose'
		for n in 1 2 3; do echo "CT-$n,Contoso,Book,contoso,entra,intune,partner,retire"; done
		echo 'CT-4,Contoso,Book,contoso,hybrid,intune,partner,retire'
	} > "$BATS_TEST_TMPDIR/l.csv"
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 4 ]
	says "$(run_dir)contoso/handoff.md" \
		'DFCI can lock their firmware: check it before a wipe' 'or their board is new' \
		'treat the disk as unprotected' 'After a Retire only a local administrator can sign in' \
		'**Offboard from Defender for Endpoint** (advice)' 'Then in Entra ID (advice)' \
		'Entra joined devices need nothing in Entra ID after these steps.' \
		'Please do nothing with 1 device until you hear from us' 'Administrator consents once'
	says "$(run_dir)contoso/index.html" 'Then in Entra ID advice' 'Inventory and licences advice'
}

@test "the printed letter warns of what a step does, and marks advice" {
	start_service samples/registry.csv
	echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Registered Via,Purpose
CT-1,Contoso,Book,contoso,entra,intune,partner,retire' > "$BATS_TEST_TMPDIR/l.csv"
	unpilot letter -q --no-record --out "$BATS_TEST_TMPDIR/letters" "$BATS_TEST_TMPDIR/l.csv"
	says "$BATS_TEST_TMPDIR"/letters/*/contoso/letter.txt 'treat the disk as unprotected' \
		'After a Retire only a local administrator can sign in' 'Offboard from Defender for Endpoint (advice) If the device is onboarded'
}

@test "what is said of a step holds for each device that has it, in both languages" {
	{
		echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Registered Via,Purpose'
		echo 'CT-1,Contoso,Book,contoso,hybrid,intune,partner,repair'
		echo 'CT-2,Contoso,Book,contoso,entra,was-intune,partner,resell'
		echo 'CT-3,Contoso,Book,contoso,entra,none,partner,retire'
	} > "$BATS_TEST_TMPDIR/l.csv"
	{
		echo 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error'
		echo 'CT-1,Contoso,Book,,us,registered,'
		echo 'CT-2,Contoso,Book,,us,registered,'
		echo 'CT-3,Contoso,Book,,us,registered,HashNot4k'
	} > "$BATS_TEST_TMPDIR/registry.csv"
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 1 ]
	says "$(run_dir)contoso/index.html" \
		'If DFCI manages the device: while it is enrolled and not wiped, unlock its UEFI menus by the profile now; otherwise only UEFI, Refresh from Network is left.' \
		'Deleting the profile does not unlock.' \
		'If the device is Entra joined, the Retire after the Intune delete should clear it' 'A hybrid object goes with Active Directory.' \
		'Unassign user, OK (skip if greyed out), Delete, Yes, Sync, Refresh.' \
		'{B3DE75DA-819C-4FD5-9F01-C3D49E8CBBD7}' 'Partner Center takes only a deregistered device.'
	configure handoff language de
	unpilot report -q latest || [ $? -eq 1 ]
	says "$(run_dir)contoso/index.html" \
		'Verwaltet DFCI das Gerät: Solange Intune es verwaltet und es nicht zurückgesetzt ist, entsperren Sie seine UEFI-Menüs jetzt mit dem Profil; sonst bleibt nur UEFI, Refresh from Network.' \
		'Das Profil zu löschen entsperrt nicht.' \
		'Bei Entra join sollte das Retire nach dem Löschen in Intune es aufräumen' 'Ein hybrides Objekt geht mit Active Directory.' \
		'Unassign user, OK (auslassen, wenn grau), Delete, Yes, Sync, Refresh.' \
		'{B3DE75DA-819C-4FD5-9F01-C3D49E8CBBD7}' 'Partner Center nimmt nur ein abgemeldetes Gerät auf.' \
		'ohne sie kann die Aufnahme von Geräten in die Verwaltung (Enrollment) scheitern' 'Wenn das Enrollment scheitert'
}

@test "a list that no longer shows a device ends its registration, not the clean-up" {
	printf 'CT-1,Contoso,Book,,us,registered,\n' | cat <(echo 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error') - > "$BATS_TEST_TMPDIR/registry.csv"
	echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Registered Via,Purpose
CT-1,Contoso,Book,contoso,entra,intune,partner,repair' > "$BATS_TEST_TMPDIR/l.csv"
	echo 'submit * reset' > "$BATS_TEST_TMPDIR/scenario"
	start_service "$BATS_TEST_TMPDIR/registry.csv" --scenario "$BATS_TEST_TMPDIR/scenario"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 6 ]
	for file in index.html handoff.md; do
		says "$(run_dir)contoso/$file" 'A device that the list no longer shows is deregistered. The steps below apply either way.'
		refute grep -q 'otherwise the steps below apply' <<< "$(words "$(run_dir)contoso/$file")"
	done
	configure handoff language de
	unpilot report -q latest || [ $? -eq 6 ]
	says "$(run_dir)contoso/index.html" 'ist seine Registrierung beendet. Die Schritte unten gelten in jedem Fall.'
}

@test "rows that were never asked get no steps, and a customer with nothing else gets no pack and no mail" {
	start_service samples/registry.csv
	{
		echo 'Serial Number,Manufacturer,Model,Customer,Customer Name,Ticket'
		echo 'FB-1002,Fabrikam,Book 14,contoso,Contoso Ltd,T-1'
		echo 'FB-1002,Fabrikam,Book 14,contoso,Contoso Ltd,T-1'
		echo 'Default string,Fabrikam,Book 14,contoso,Contoso Ltd,T-2'
		echo 'FB-1004,Fabrikam,Book 14,contoso,Contoso Ltd,T-3'
		echo 'To be filled by O.E.M.,Fabrikam,Book 14,northwind,Northwind Traders,T-4'
		echo 'FB-1006,Fabrikam,Book 14,nul.txt,,T-5'
	} > "$BATS_TEST_TMPDIR/l.csv"
	echo 'FB-1004' > "$BATS_TEST_TMPDIR/skip"
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 1 ]
	[ ! -e "$(run_dir)northwind" ]
	cd "$(run_dir)contoso"
	# one entry a device
	[ "$(jq '[.devices[] | select(.serial == "FB-1002")] | length' handoff.json)" -eq 1 ]
	[ "$(jq -c '[.devices[] | select(.outcome == "held" or .outcome == "rejected") | .steps] | unique' handoff.json)" = '[[]]' ]
	[ "$(jq -r '.devices[] | select(.outcome == "held") | .reason' handoff.json)" = 'Held back; we check it first.' ]
	refute grep -rqE 'skip list|placeholder|--again' .
	grep -q 'Not processed' index.html
	# names that Windows cannot hold
	[ -z "$(find "$(run_dir)" -iname 'nul.*')" ]
	[ -d "$(run_dir)"nul-txt-* ]
}

@test "a device that was deregistered earlier appears with its date and its clean-up" {
	start_service samples/registry.csv
	{
		echo 'Serial Number,Manufacturer,Model,Customer,Ticket'
		echo 'FB-1002,Fabrikam,Book 14,contoso,T-1'
	} > "$BATS_TEST_TMPDIR/first.csv"
	{
		cat "$BATS_TEST_TMPDIR/first.csv"
		echo 'FB-1004,Fabrikam,Book 14,contoso,T-3'
	} > "$BATS_TEST_TMPDIR/second.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/first.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/second.csv" || [ $? -eq 1 ]
	cd "$(dirname "$(grep -l FB-1004 "$D"/handoff/*/contoso/handoff.json)")"
	today=$(date -u +%Y-%m-%d)
	[ "$(jq -r '.devices[] | select(.outcome == "held") | .reason' handoff.json)" = "deregistered earlier, on $today" ]
	[ "$(jq '.devices[] | select(.outcome == "held") | .steps | length' handoff.json)" -gt 10 ]
	grep -q "Deregistered earlier, $today" index.html
	refute grep -rq 'again sends' .
}

@test "rows without a customer get a page and no customer mail" {
	start_service samples/registry.csv
	printf 'Serial Number,Manufacturer,Model\nFB-1002,Fabrikam,Book 14\n' > "$BATS_TEST_TMPDIR/l.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv"
	[ -s "$(run_dir)unassigned/index.html" ]
	[ ! -e "$(run_dir)unassigned/mail.txt" ]
}

@test "the operator's page: who needs what, with the command, and the runs before" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || [ $? -eq 1 ]
	first=$(basename "$(run_dir)")
	sleep 1.1 # names of runs sort by the second
	unpilot run -q --again samples/lists/returns.csv || [ $? -eq 1 ]
	second=$(ls "$D/handoff" | tail -1)
	pushd "$D/handoff/$second"
	grep -q "href=\"../$first/index.html\"" index.html
	grep -q "failed.csv -c $CONF</code>" index.html
	grep -q 'href="northwind/index.html"' index.html
	[ "$(grep -o '<rect class="g"' index.html | wc -l)" -eq 2 ]
	# it names every customer, so no pack may hold it
	[ -z "$(find . -mindepth 2 -name 'run.html')" ]
	popd
	configure handoff run-page no
	before=$(ls "$D/handoff")
	unpilot run -q --again samples/lists/returns.csv || [ $? -eq 1 ]
	third=$(comm -13 <(echo "$before") <(ls "$D/handoff"))
	[ -e "$D/handoff/$third/summary.json" ]
	[ ! -e "$D/handoff/$third/index.html" ]
}

@test "the commands of the operator's page can be pasted: quoted for a shell, with the configuration, from any folder" {
	start_service samples/registry.csv
	odd="$BATS_TEST_TMPDIR/it's a dir"
	mkdir "$odd"
	configure handoff directory "$odd/hand off"
	configure limits skip-list "$BATS_TEST_TMPDIR/skip"
	echo 3305000000003 > "$BATS_TEST_TMPDIR/skip"
	mv "$CONF" "$odd/my unpilot.conf"
	CONF="$odd/my unpilot.conf"
	sed -i "s|^\(certificate\|key\|ca-file\) = \([^/]\)|\1 = $D/\2|" "$CONF"
	unpilot init -q
	# page COMMAND: the commands of the newest page
	page() { xmllint --html --xpath '//code' "$(ls -td "$odd/hand off"/*/ | head -1)index.html" 2>/dev/null | sed 's|<code>||g; s|</code>|\n|g; s|&amp;|\&|g' | grep '^unpilot'; }
	pushd "$odd"
	run -1 "$UNPILOT" run -q -c "my unpilot.conf" "$(list ,33,,,c1 ,3305000000001,,,c1 ,3305000000003,,,c2)"
	run=$(ls "$odd/hand off")
	popd
	conf="'$BATS_TEST_TMPDIR/it'\\''s a dir/my unpilot.conf'"
	[ "$(page)" = "unpilot run '$BATS_TEST_TMPDIR/it'\\''s a dir/hand off/$run/failed.csv' -c $conf" ] || { page; return 1; }
	unpilot() { "$UNPILOT" "$@"; }
	run -1 eval "$(page)"
	[[ "$output" == *"failed.csv"*"1 rejected"* ]]
	# a plan's options are those of its page
	printed=$("$UNPILOT" -c "$CONF" plan --again --max-devices 7 "$(list ,3305000000001,,,c1)" | sed -n 's/^send it with: //p')
	[[ "$printed" == *" --again --max-devices=7 -c $conf" ]]
	[ "$(page)" = "$printed" ]
	run -0 eval "$printed"
}

@test "the operator's page says how a failed deregistration is followed up; no pack names the partner's alias" {
	printf 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error\nCT-1,Contoso,Book,,us,registered,HashNot4k\n' > "$BATS_TEST_TMPDIR/registry.csv"
	printf 'Serial Number,Manufacturer,Model,Customer\nCT-1,Contoso,Book,contoso\n' > "$BATS_TEST_TMPDIR/l.csv"
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 1 ]
	says "$(run_dir)index.html" 'We follow up the deregistration' 'msoemops@microsoft.com'
	refute grep -rqi msoemops "$(run_dir)contoso"
}

@test "10,001 devices of one customer: the page counts the devices that it omits; devices.csv has them" {
	sh samples/make-fleet.sh 10001 1 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv"
	configure limits max-devices 0
	# 48 MiB of its own and the libraries' pages stay below 64 MiB; the sanitizers need more
	(
		[ -n "${NO_VALGRIND:-}" ] || ulimit -d 49152
		unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || [ $? -eq 1 ]
	)
	cd "$(run_dir)C001"
	[ "$(grep -c '<device ' handoff.xml)" -eq 10000 ]
	[ "$(grep -o '<tr data-id=' index.html | wc -l)" -eq 10000 ]
	[ "$(grep -c '<unlisted count="1"/>' handoff.xml)" -eq 1 ]
	grep -Fq 'Further devices in the same situation, listed in devices.csv: 1.' index.html
	[ "$(wc -l < devices.csv)" -eq 10002 ]
	[ "$(jq '.devices | length' handoff.json)" -eq 10001 ]
	grep -q '10001 devices' mail.txt
	grep -q "^.ByHand = " cleanup.ps1
}

@test "a customer key cannot break out of cleanup.ps1" {
	start_service samples/registry.csv
	{
		echo 'Serial Number,Manufacturer,Model,Customer'
		echo "CT-1,Contoso,Book 1,a'; exit; ‘b’ \$(exit)"
	} > "$BATS_TEST_TMPDIR/quote.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/quote.csv" || [ $? -eq 1 ]
	grep -Fq "\$Customer = [regex]::Unescape('a\u0027; exit; \u2018b\u2019 \u0024(exit)')" "$(find "$D/handoff" -name cleanup.ps1)"
}

@test "letter --no-record: one for each customer; sends nothing, stores nothing, needs no credentials" {
	printf '[oem-direct]\nsold-to = 1\nreceived-from = 1\n[ledger]\nurl = sqlite:%s/ledger.db\n' "$BATS_TEST_TMPDIR" \
		> "$BATS_TEST_TMPDIR/c.conf"
	{
		echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Purpose'
		echo 'CT-1,Contoso,Book 1,contoso,hybrid,intune,resell'
		echo 'FB-1,Fabrikam,Slate 2,fabrikam,,,repair'
	} > "$BATS_TEST_TMPDIR/l.csv"
	"$UNPILOT" -c "$BATS_TEST_TMPDIR/c.conf" letter -q --no-record --out "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/l.csv"
	letter=$(echo "$BATS_TEST_TMPDIR"/out/letter-*/contoso/letter.txt)
	[ -s "${letter%.txt}.html" ]
	grep -q 'Tell us when this is done; then we deregister.' "$letter"
	[ "$(sed -n 's/^\[ \] //p' "$letter" | tr '\n' ';')" = "$(printf '%s;' \
		'Save BitLocker keys and LAPS passwords' 'Save the keys kept in Active Directory' \
		'Unlock DFCI firmware settings' 'Clear the device association' 'Offboard from Defender for Endpoint' \
		'Wipe with Intune' 'Delete from Intune' 'Check that the Intune list is clean' \
		'Delete the AD DS computer object' 'Let directory sync run')" ]
	grep -q 'Do not delete device objects in Microsoft Entra ID by' "$letter"
	refute grep -q 'FB-1' "$letter"
	[ ! -e "$BATS_TEST_TMPDIR/ledger.db" ]
}

# line FILE: all of it in one line, so that words() finds its whole elements
line() { tr '\n' ' ' < "$1"; }

@test "a pack of nothing but alarms asks for nothing but to wait, and promises nothing" {
	printf '%s\n' 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error' 'CT-4,Contoso,Book,,us,registered,ZtdDeviceAlreadyAssigned' > "$BATS_TEST_TMPDIR/registry.csv"
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	unpilot run -q "$(list CT-4,,Contoso,Book,contoso)" || [ $? -eq 4 ]
	pack=$(run_dir)contoso
	for file in mail.txt index.html handoff.md; do
		says <(line "$pack/$file") 'please wait for us' 'Please do nothing with 1 device until you hear from us'
		refute grep -qiE 'left for you to do|is yours|We changed nothing|When you are done|send us the receipt|every step|save the|Administrator suffices' <(words <(line "$pack/$file"))
	done
	configure handoff language de
	unpilot report -q latest
	for file in mail.txt index.html handoff.md; do
		says <(line "$pack/$file") 'bitte warten Sie auf uns'
		refute grep -qE 'noch tun müssen|räumen Sie auf|haben wir nichts geändert|Wenn Sie fertig sind|jeden Schritt|Sichern Sie|Administrator. Mit' <(words <(line "$pack/$file"))
	done
	xmllint --noout --schema partner/handoff/stylesheets/handoff.xsd "$pack/handoff.xml"
}

@test "German mails and pages: a part of the devices, one and many; the operator's page stays English" {
	printf '%s\n' 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error' 'CT-1,Contoso,Book,,us,registered,' 'CT-2,Contoso,Book,,us,registered,640' \
		'CT-3,Contoso,Book,,us,registered,ZtdDeviceAlreadyAssigned' > "$BATS_TEST_TMPDIR/registry.csv"
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	configure handoff language de
	unpilot run -q "$(list CT-1,,Contoso,Book,contoso CT-2,,Contoso,Book,contoso CT-3,,Contoso,Book,contoso)" || [ $? -eq 4 ]
	pack=$(run_dir)contoso
	for file in mail.txt index.html handoff.md; do
		says <(line "$pack/$file") 'beendet: 1 von 3 Geräten, am' 'Bitte lassen Sie 1 Gerät unberührt'
		refute grep -qE 'von 3 Geräte\b[^n]|mit einem Teil der Geräte' <(words <(line "$pack/$file"))
	done
	says <(line "$(run_dir)index.html") 'We follow up the deregistration'
	refute grep -q 'Wir bleiben am Abmelden\|Wir wiederholen' "$(run_dir)index.html"
	unpilot find CT-1 > "$BATS_TEST_TMPDIR/found"
	grep -q 'Check the Windows Autopilot list' "$BATS_TEST_TMPDIR/found"
	configure handoff language en
	unpilot report -q latest
	says <(line "$pack/mail.txt") 'registration of 1 of your 3 devices, on'
}
