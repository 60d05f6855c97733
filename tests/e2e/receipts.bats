bats_require_minimum_version 1.5.0
load helpers

# make_signer NAME [OPTION...]: makes certificate and key beside the configuration.
make_signer() {
	local name=$1
	shift
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -days 2 \
		-keyout "$D/$name.key" -out "$D/$name.pem" "$@" 2>/dev/null
	chmod 600 "$D/$name.key"
}

sign_with() {
	make_signer "$1"
	configure handoff sign-certificate "$D/$1.pem"
	configure handoff sign-key "$D/$1.key"
}

# Runs with signed packs. Sets PACK.
signed_run() {
	start_service samples/registry.csv
	sign_with Fabrikam
	unpilot run -q samples/lists/returns.csv || true
	PACK=$(run_dir)contoso
}

@test "every pack has a manifest that sha256sum accepts; without a key it is not signed" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	for pack in "$(run_dir)"*/; do
		(cd "$pack" && sha256sum --quiet -c manifest.sha256)
		[ "$(ls -A "$pack" | grep -vc '^manifest')" -eq "$(grep -c . "$pack/manifest.sha256")" ]
		[ ! -e "$pack/manifest.p7s" ]
		run -0 "$UNPILOT" verify "$pack"
		[[ "$output" == *"not signed"* ]]
	done
}

@test "a signed pack: openssl cms accepts it, verify names signer and time" {
	signed_run
	(cd "$PACK" && openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.sha256 \
		-CAfile "$D/Fabrikam.pem" -out /dev/null)
	run -0 --separate-stderr "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"signed by CN=Fabrikam at 20"*"Z: holds, trusted"* ]]
	[ -z "$stderr" ]
	run -0 --separate-stderr "$UNPILOT" verify --json --signer "$D/Fabrikam.pem" "$PACK"
	[ "$(jq -rc '[.type, .faults, .signature, .signer, .exit_code] | join(" ")' <<< "$output")" = \
		"verify 0 trusted CN=Fabrikam 0" ]
	# with the certificate of the configuration, and without any certificate
	run -0 unpilot verify "$PACK"
	[[ "$output" == *"holds, trusted"* ]]
	run -0 "$UNPILOT" verify "$PACK"
	[[ "$output" == *"nobody vouches"* ]]
}

@test "verify names files that were changed, removed or added, and a wrong signer" {
	signed_run
	printf 'x' | dd of="$PACK/index.html" bs=1 seek=100 conv=notrunc status=none
	rm "$PACK/devices.csv"
	: > "$PACK/added.txt"
	run -1 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"index.html: differs"* && "$output" == *"devices.csv: missing"* ]]
	[[ "$output" == *"added.txt: extra"* && "$output" == *"holds, trusted"* ]]
	unpilot report -q
	run -0 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	rm "$PACK/added.txt"
	unpilot report -q
	make_signer Contoso
	run -1 "$UNPILOT" verify --signer "$D/Contoso.pem" "$PACK"
	[[ "$output" == *"signature does not hold"* ]]
	# a new manifest does not help
	echo tampered > "$PACK/mail.txt"
	(cd "$PACK" && sha256sum -- [!m]* mail.txt | LC_ALL=C sort -k2 > manifest.sha256)
	run -1 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"signature does not hold"* ]]
	# neither does removing the signature
	rm "$PACK/manifest.p7s"
	run -1 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"a signature was expected"* ]]
}

@test "verify: 2 without pack, certificate or argument" {
	start_service samples/registry.csv
	run -2 "$UNPILOT" verify "$D"
	run -2 "$UNPILOT" verify "$BATS_TEST_TMPDIR/none"
	run -2 "$UNPILOT" verify
	run -2 "$UNPILOT" verify --signer "$D/port" "$D"
}

@test "an unusable signing key: 2 before anything is sent" {
	start_service samples/registry.csv
	sign_with Fabrikam
	chmod 644 "$D/Fabrikam.key"
	run -2 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"others can read this secret"* ]]
	make_signer Contoso
	configure handoff sign-key "$D/Contoso.key"
	run -2 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"does not belong"* ]]
	configure handoff sign-certificate "$D/none.pem"
	run -2 unpilot run -q samples/lists/returns.csv
	sed -i '/^sign-certificate/d' "$CONF"
	run -2 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"sign-certificate is not"* ]]
	nothing_sent
}

@test "the signing key can be a credential of systemd" {
	start_service samples/registry.csv
	make_signer Fabrikam
	mkdir "$D/creds"
	mv "$D/Fabrikam.key" "$D/creds/pack.key"
	chmod 440 "$D/creds/pack.key"
	configure handoff sign-certificate "$D/Fabrikam.pem"
	configure handoff sign-key pack.key
	CREDENTIALS_DIRECTORY=$D/creds unpilot run -q samples/lists/returns.csv || true
	run -0 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$(run_dir)contoso"
}

# device SERIAL: prints its number in contoso's document.
device() { xmllint --xpath "string(//device[@serial='$1']/@id)" "$PACK/handoff.xml"; }

# receipt FILE RUN CUSTOMER DEVICE STEP...: writes a receipt like that of the page.
receipt() {
	local file=$1 run=$2 customer=$3 device=$4
	shift 4
	jq -n --arg run "$run" --arg customer "$customer" --arg by "${BY:-Ann Lee}" --arg device "$device" --arg at "$(moment)" \
		'{schema: "unpilot-receipt/1", run: $run, customer: $customer, by: $by, generated: $at,
		done: [$ARGS.positional[] | {device: $device, step: ., at: $at}]}' --args "$@" > "$BATS_TEST_TMPDIR/$file"
	RECEIPT=$BATS_TEST_TMPDIR/$file
}

# Runs. Sets RUN, PACK, and ID, the number of a device of contoso.
plain_run() {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	RUN=$(basename "$(run_dir)")
	PACK=$(run_dir)contoso
	ID=$(device FB-1016)
	STEPS=$(xmllint --xpath "count(//group[device/@id='$ID']/steps/step[@kind='do' or @kind='if' or @kind='check'])" "$PACK/handoff.xml")
}

@test "close records a receipt once; the next pack shows the finished steps" {
	plain_run
	receipt a.json "$RUN" contoso "$ID" B1 I2
	run -0 --separate-stderr unpilot close --json "$RECEIPT"
	[ "$(head -1 <<< "$output" | jq -rc '[.type, .run, .customer, .by, .recorded, .known, .refused] | join(" ")')" = \
		"receipt $RUN contoso Ann Lee 2 0 " ]
	[ "$(tail -1 <<< "$output" | jq -c .)" = \
		'{"type":"summary","taken":1,"refused":0,"recorded":2,"known":0,"exit_code":0}' ]
	sed -i '1s/^/\xef\xbb\xbf/' "$RECEIPT" # saved by an editor that marks UTF-8
	run -0 unpilot close "$RECEIPT"
	[[ "$output" == *"0 steps recorded, 2 known already"* ]]
	[ -z "$(xmllint --xpath "string(//device[@id='$ID']/@done)" "$PACK/handoff.xml")" ]
	unpilot report -q "$RUN"
	[ "$(xmllint --xpath "string(//device[@id='$ID']/@done)" "$PACK/handoff.xml")" = "B1 I2" ]
	[ "$(xmllint --xpath 'count(//device[@done])' "$PACK/handoff.xml")" -eq 1 ]
	run -0 "$UNPILOT" verify "$PACK"
}

@test "close refuses a receipt with a wrong customer, device or step, or a replay, as a whole" {
	plain_run
	receipt foreign.json "$RUN" contoso-ag "$ID" B1
	run -2 unpilot close "$RECEIPT"
	[[ "$output" == *"has no customer"* ]]
	receipt theirs.json "$RUN" fabrikam "$ID" B1
	run -2 unpilot close "$RECEIPT"
	[[ "$output" == *"done[0]"*"has no device $ID"* ]]
	receipt step.json "$RUN" contoso "$ID" B1 ZZ
	run -2 unpilot close "$RECEIPT"
	[[ "$output" == *"done["*"has no step ZZ"* ]]
	# the other receipts of the command line are recorded
	receipt good.json "$RUN" contoso "$ID" B1
	run -2 --separate-stderr unpilot close --json "$BATS_TEST_TMPDIR"/{step,good}.json
	[ "$(tail -1 <<< "$output" | jq -c '[.taken, .refused, .recorded, .known]')" = "[1,1,1,0]" ]
	jq '.done[0].step = "Z1"' "$RECEIPT" > "$BATS_TEST_TMPDIR/replay.json"
	run -2 unpilot close "$BATS_TEST_TMPDIR/replay.json"
	[[ "$output" == *"with other contents"* ]]
	[ "$(sqlite3 "$D/ledger.db" 'SELECT group_concat(step) FROM done')" = B1 ]
	run -2 unpilot close "$BATS_TEST_TMPDIR/none.json"
	run -2 unpilot close /dev/zero
	run -2 unpilot close
}

@test "close needs the lock" {
	plain_run
	receipt a.json "$RUN" contoso "$ID" B1
	exec 9> "$D/ledger.db.lock"
	flock 9
	run -11 unpilot close "$RECEIPT"
	exec 9>&-
	run -0 unpilot close "$RECEIPT"
}

@test "a receipt of the script: the customer's Graph verifies the device, in find, status and both pages" {
	local pages today
	plain_run
	today=$(date -u +%F)
	receipt a.json "$RUN" contoso "$ID" A1 I3
	jq '.schema = "unpilot-receipt/2" | .source = "script" | .done[].state = "gone"' "$RECEIPT" > "$BATS_TEST_TMPDIR/script.json"
	unpilot close -q "$BATS_TEST_TMPDIR/script.json"
	unpilot find FB-1016 | grep -Fx "  verified by the customer's Graph on $today"
	[[ "$(unpilot find --json FB-1016 | jq -r .verified_at)" == "$today"T* ]]
	unpilot status "$RUN" | grep -E "^contoso: 1 of [0-9]+ devices verified by the customer's Graph on $today$"
	[ "$(of_run '.customers[] | select(.customer == "contoso") | [.devices_verified, .verified_at[:10]] | join(" ")')" = "1 $today" ]
	unpilot report -q "$RUN"
	[ "$(grep -c "verified by your Graph on $today" "$PACK/index.html")" -eq 1 ]
	grep -q "1 verified by the customer's Graph on $today" "$PACK/../index.html"
	# the copy of a ledger knows it, too
	unpilot ledger copy "sqlite:$D/ledger.db" "sqlite:$BATS_TEST_TMPDIR/copy.db"
	[ "$(sqlite3 "$BATS_TEST_TMPDIR/copy.db" 'SELECT COUNT(*) FROM done WHERE verified>0')" -eq 2 ]
	# a later look finds it again
	jq --arg at "$(date -u -d '1 hour' +%FT%TZ)" '.generated = $at | .done[].state = "left"' "$BATS_TEST_TMPDIR/script.json" > "$BATS_TEST_TMPDIR/left.json"
	unpilot close -q "$BATS_TEST_TMPDIR/left.json"
	refute grep -q verified <<< "$(unpilot find FB-1016)"
}

# of_run JQ: applies JQ to the status line of the run.
of_run() { unpilot status --json "$RUN" | jq -rc "select(.type == \"run\") | $1"; }

@test "status counts open steps by run and customer, with their age" {
	plain_run
	before=$(of_run '[.devices_left, .steps_left]')
	[ "$(of_run '[.customers[].devices_left, 0] | add')" -eq "$(of_run .devices_left)" ]
	[ "$(of_run '[.customers[].steps_left] | add')" -eq "$(of_run .steps_left)" ]
	[ "$(of_run '.customers[] | select(.customer == "contoso") | .steps_left_since' | cut -c1-2)" = 20 ]
	[ "$(of_run 'keys_unsorted | join(",")')" = \
		"type,run,state,started,handoff,counts,exit_code,open_since,devices_left,steps_left,steps_left_since,devices_closed,customers" ]
	[ "$(unpilot status --json | jq -rc '[has("steps_left"), has("customers")]')" = '[true,false]' ]
	receipt a.json "$RUN" contoso "$ID" B1 I2
	unpilot close -q "$RECEIPT"
	[ "$(of_run '[.devices_left, .steps_left + 2]')" = "$before" ]
	BY=Bob receipt all.json "$RUN" contoso "$ID" $(xmllint --xpath "//group[device/@id='$ID']/steps/step/@ref" \
		"$PACK/handoff.xml" | sed 's/.*ref="//; s/"//')
	unpilot close -q "$RECEIPT"
	[ "$(of_run '[.devices_left + 1, .steps_left + '"$STEPS"']')" = "$before" ]
	[ "$(of_run .devices_closed)" -eq 1 ]
	run -0 unpilot report "$RUN"
	[[ "$output" == *"clean-up: "*"actions open on "*"; 1 device closed"* ]]
	run -0 unpilot status "$RUN"
	[ "$(awk '$1 == "contoso" {print $2}' <<< "$output")" = 1 ] # closed
	[[ "$output" =~ contoso\ +1\ +[0-9]+\ +[0-9]+\ +0\ +[0-9]+\ +[0-9]+\ s ]]
}

@test "answers to the earlier pack of a device show in the pack of a run that held it" {
	start_service samples/registry.csv
	printf '%s\n' 'Serial Number,Manufacturer,Model,Customer' 'FB-1002,Fabrikam,Book 14,contoso' > "$BATS_TEST_TMPDIR/first.csv"
	printf '%s\n' 'Serial Number,Manufacturer,Model,Customer' 'FB-1002,Fabrikam,Book 14,contoso' 'FB-1004,Fabrikam,Book 14,contoso' \
		> "$BATS_TEST_TMPDIR/second.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/first.csv"
	first=$(basename "$(run_dir)")
	id=$(xmllint --xpath 'string(//device/@id)' "$(run_dir)contoso/handoff.xml")
	unpilot run -q "$BATS_TEST_TMPDIR/second.csv" || [ $? -eq 1 ]
	second=$(basename "$(dirname "$(dirname "$(grep -l FB-1004 "$D"/handoff/*/contoso/handoff.json)")")")
	receipt a.json "$first" contoso "$id" B1 Q1
	unpilot close -q "$RECEIPT"
	unpilot report -q "$second"
	[ "$(xmllint --xpath 'string(//device[@serial="FB-1002"]/@done)' "$D/handoff/$second/contoso/handoff.xml")" = 'Q1 B1' ]
	[ -z "$(xmllint --xpath 'string(//device[@serial="FB-1004"]/@done)' "$D/handoff/$second/contoso/handoff.xml")" ]
}

@test "report --customer: open steps of all runs; close accepts its receipt" {
	plain_run
	printf '%s\n' 'Serial Number,Manufacturer,Model,Customer' 'FB-1008,Fabrikam,Book 14,contoso' \
		'NEW-1,Fabrikam,Book 14,contoso' > "$BATS_TEST_TMPDIR/second.csv"
	unpilot run -q --again "$BATS_TEST_TMPDIR/second.csv" || true
	receipt all.json "$RUN" contoso "$ID" $(xmllint --xpath "//group[device/@id='$ID']/steps/step/@ref" \
		"$PACK/handoff.xml" | sed 's/.*ref="//; s/"//')
	unpilot close -q "$RECEIPT"
	run -0 unpilot report --customer contoso
	OPEN=$D/handoff/open-contoso
	[[ "$output" == *"$OPEN"* ]]
	[ "$(jq -r .run "$OPEN/handoff.json")" = open ]
	[ "$(jq -r '.devices[].serial' "$OPEN/handoff.json" | sort -u | tr '\n' ' ')" = \
		"FB-1004 FB-1008 FB-1012 FB-1020 FB-1024 FB-1028 FB-1032 FB-1036 FB-1040 NEW-1 " ]
	[ "$(jq '[.devices[] | select(.serial == "FB-1008")] | length' "$OPEN/handoff.json")" -eq 1 ]
	run -0 "$UNPILOT" verify "$OPEN"
	PACK=$OPEN
	receipt open.json open contoso "$(device FB-1004)" B1
	run -0 unpilot close "$RECEIPT"
	[[ "$output" == *"1 step recorded"* ]]
	unpilot report -q --customer contoso
	[ "$(xmllint --xpath 'string(//device[@done]/@serial)' "$OPEN/handoff.xml")" = FB-1004 ]
	run -2 unpilot report --customer nobody
	run -2 unpilot report --customer contoso "$RUN"
}

@test "report --customer: a customer with nothing open gets no pack and no mail" {
	head -1 samples/registry.csv > "$BATS_TEST_TMPDIR/registry.csv"
	printf '%s\n' 'A-1,Fabrikam,Book 14,,us,registered,ZtdDeviceAlreadyAssigned' 'B-1,Fabrikam,Book 14,,us,registered,' >> "$BATS_TEST_TMPDIR/registry.csv"
	start_service "$BATS_TEST_TMPDIR/registry.csv"
	echo B-2 > "$BATS_TEST_TMPDIR/skip"
	unpilot run -q --skip-list "$BATS_TEST_TMPDIR/skip" "$(list B-1,,Fabrikam,"Book 14",closed B-2,,Fabrikam,"Book 14",held)" || [ $? -eq 1 ]
	RUN=$(basename "$(run_dir)") PACK=$(run_dir)closed
	unpilot report -q --customer closed
	cp -r "$D/handoff/open-closed" "$BATS_TEST_TMPDIR/before"
	receipt r.json "$RUN" closed "$(device B-1)" $(jq -r '.devices[].steps[]' "$PACK/handoff.json")
	unpilot close -q "$RECEIPT"
	unpilot run -q "$(list A-1,,Fabrikam,"Book 14",alarm)" || [ $? -eq 4 ]
	for customer in closed held alarm; do
		run -0 --separate-stderr unpilot report --customer $customer
		[ "$output" = "report: nothing is open for customer \"$customer\"; no pack was written" ]
		[ -z "$stderr" ]
		run -0 unpilot report -q --customer $customer
		[ -z "$output" ]
	done
	[ "$(cd "$D/handoff" && echo open-*)" = open-closed ]
	diff -r "$BATS_TEST_TMPDIR/before" "$D/handoff/open-closed"
}
