# The same work over both wires of the OEM Direct route.
bats_require_minimum_version 1.5.0
load helpers

# outcomes WIRE LIST [OPTION...]: runs over that wire and prints the rows of the ledger.
outcomes() {
	local wire=$1 list=$2
	shift 2
	start_service samples/registry.csv "$@"
	configure oem-direct wire "$wire"
	CODE=0
	unpilot run -q "$list" 2> "$BATS_TEST_TMPDIR/stderr" || CODE=$?
	# all columns of a row except its time
	sqlite3 "$D/ledger.db" 'SELECT * FROM row ORDER BY id' | sed 's/|[0-9]*$//' > "$BATS_TEST_TMPDIR/$wire.rows"
	kill "$SERVICE" && wait "$SERVICE" || true
	unset SERVICE
	cp "$LOG" "$BATS_TEST_TMPDIR/$wire.log"
	rm -rf "$D"
}

no_ids() { sed -E 's/[0-9a-f]{8}-[-:0-9a-f]{40,}/ID/; s/po=[^ ]*/po=/' "$1"; }

@test "the sample list over JSON and over XML: equal ledgers, equal requests" {
	outcomes json samples/lists/returns.csv
	json_code=$CODE
	outcomes xml samples/lists/returns.csv
	[ "$CODE" -eq "$json_code" ]
	[ "$(grep -c '|FB-1' "$BATS_TEST_TMPDIR/xml.rows")" -eq 41 ]
	diff "$BATS_TEST_TMPDIR/json.rows" "$BATS_TEST_TMPDIR/xml.rows"
	diff <(no_ids "$BATS_TEST_TMPDIR/json.log" | grep -v '^poll') <(no_ids "$BATS_TEST_TMPDIR/xml.log" | grep -v '^poll')
	refute grep -q TENANT "$BATS_TEST_TMPDIR/xml.log"
}

@test "an XML request is XML: content type, blank tenants, nothing of the other wire" {
	printf 'submit with=<TenantID/><TenantDomain/> work-status 500\n' > "$BATS_TEST_TMPDIR/s"
	start_service samples/registry.csv --scenario "$BATS_TEST_TMPDIR/s"
	configure oem-direct wire xml
	configure oem-direct resend-within 0s
	run unpilot run "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 6 ]
	grep -q '^fault submit #1 work-status' "$LOG"
}

@test "wire = xml in a profile; the configuration overrides it; other words are refused" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	configure oem-direct profile "$PWD/samples/profiles/oem-direct-xml.conf"
	run unpilot run -q "$l"
	[ "$status" -eq 0 ]
	configure oem-direct wire soap
	run unpilot run -q --again "$l"
	[ "$status" -eq 2 ]
	[[ "$output" == *soap* ]]
}

@test "a tenant in an XML request registers, and the practice service reports an alarm" {
	start_service samples/registry.csv
	for tenant in '<TenantID>x</TenantID><TenantDomain/>' '<TenantID><a/></TenantID><TenantDomain/>' \
		'<TenantID/><TenantDomain> </TenantDomain>'; do
		: > "$LOG"
		curl -sS --cacert "$D/ca.pem" --cert "$D/client.pem" --key "$D/client.key" -H 'Content-Type: application/xml' \
			--data "<AutopilotDeviceRegistrationRequest xmlns=\"http://schemas.ms.it.oem/digitaldistribution/2010/10\">$tenant<Devices><Device><ProductKey>3305000000001</ProductKey></Device></Devices></AutopilotDeviceRegistrationRequest>" \
			"$(sed -n 's/^url = https/https/p' "$CONF")" | grep -q '<BatchId>'
		grep -q 'TENANT NAMED' "$LOG"
		grep -q 'result=ZtdDeviceAlreadyAssigned' "$LOG"
	done
}

# xml_fault SCENARIO OUTCOMES CODE [POLL-DEADLINE]
xml_fault() {
	printf '%s\n' "$1" > "$BATS_TEST_TMPDIR/scenario"
	start_service samples/registry.csv --pending-polls 0 --scenario "$BATS_TEST_TMPDIR/scenario"
	configure oem-direct wire xml
	configure oem-direct retries 1
	configure oem-direct resend-within 0s
	configure oem-direct poll-deadline "${4:-1m}"
	run --separate-stderr timeout 60 "$UNPILOT" -c "$CONF" run --json \
		"$(list ,3305000000001,,,c1 ,3305000000003,,,c1 ,3305000000007,,,c1)"
	echo "$output $stderr"
	[ "$status" -eq "$3" ]
	[ "$(tail -1 <<< "$output" | jq -r '[.counts | to_entries[] | select(.value > 0) | "\(.key)=\(.value)"] | join(" ")')" = "$2" ]
	refute grep -q TENANT "$LOG"
}

@test "XML fault: a batch with a ClientError 400 is halved down to the bad row, which gets its message" {
	xml_fault 'submit with=3305000000003 status 400' 'deregistered=2 refused=1' 1
	[[ "$output" == *"a fault of the scenario"* ]]
}

@test "XML fault: throttled, then done" {
	xml_fault 'submit 1 status 429 Retry-After=0' 'deregistered=3' 0
}

@test "XML fault: half an answer that looks complete" {
	xml_fault 'submit 1 cut-open' 'unknown=3' 6
}

@test "XML fault: a login page that calls itself XML" {
	xml_fault 'submit 1 say <html><body>Sign in</body></html>' 'unknown=3' 6
}

@test "XML fault: an answer in JSON" {
	xml_fault 'submit 1 say {"BatchId":"a"}' 'unknown=3' 6
}

@test "XML fault: the right answer as text/plain" {
	xml_fault 'submit 1 type text/plain' 'unknown=3' 6
}

@test "XML fault: an entity in the answer" {
	xml_fault 'submit 1 say <!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>' 'unknown=3' 6
}

@test "XML fault: a poll that omits a device" {
	xml_fault 'poll * less' 'deregistered=2 unknown=1' 6 300ms
}

@test "XML fault: a poll that repeats every device" {
	xml_fault 'poll * twice' 'unknown=3' 6
}

@test "XML fault: a poll with a foreign device" {
	xml_fault 'poll * foreign' 'deregistered=3' 0
}

@test "an address or a profile that names a tenant outside the body is unusable: 2, nothing sent" {
	start_service "$BATS_TEST_DIRNAME/../../samples/registry.csv"
	local url line
	url=$(sed -n 's/^url = //p' "$CONF" | head -1)
	for line in "$url/TenantID/x" "$url/%3fTenantID=x" "$url/11111111-2222-3333-4444-555555555555"; do
		configure oem-direct url "$line"
		run -2 "$UNPILOT" -c "$CONF" config check
		run -2 "$UNPILOT" -c "$CONF" run "$(list ,3305000000001,,,contoso)"
	done
	configure oem-direct url "$url"
	for line in '[paths]\nstatus = /;TenantID=x' '[request]\ncontent-type = application/json; TenantID=x'; do
		printf "$line\n" > "$BATS_TEST_TMPDIR/profile.conf"
		configure oem-direct profile "$BATS_TEST_TMPDIR/profile.conf"
		run -2 "$UNPILOT" -c "$CONF" config check
		run -2 "$UNPILOT" -c "$CONF" run "$(list ,3305000000001,,,contoso)"
	done
	refute grep -q '^submit' "$LOG"
}
