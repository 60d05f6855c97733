# [notify]: the summary of a run as a signed POST to an https receiver. Whatever happens to it, the run ends as without it.
bats_require_minimum_version 1.5.0
load helpers

teardown() {
	local pid
	for pid in ${RECEIVER:-} ${SERVICE:-}; do kill "$pid" 2> /dev/null && wait "$pid" || true; done
}

# receive STATUS...: starts a receiver behind the certificate of the service. Sets RECEIVER and R, its folder.
receive() {
	local tries=0
	R=$BATS_TEST_TMPDIR/receiver
	mkdir -p "$R"
	rm -f "$R/ready"
	/usr/bin/python3 "$TESTS/e2e/receiver.py" "$R" "${CERT:-$D/server}.pem" "${CERT:-$D/server}.key" "$@" 3>&- &
	RECEIVER=$!
	until [ -e "$R/ready" ]; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || return 1
		sleep 0.05
	done
}

# notified STATUS...: service and receiver, with a key.
notified() {
	start_service samples/registry.csv --latency 20 # so that a deadline of 1 ms is over at the first answer
	receive "$@"
	printf 'k3y of the receiver\n' > "$D/notify.key"
	chmod 600 "$D/notify.key"
	configure notify url "https://localhost:$(cat "$R/port")/hooks/T0ken"
	configure notify key-file notify.key
}

good() { list ,3305000000001,,,contoso; }
posts() { find "$R" -name '*.body' | wc -l; }

@test "a run that needs a person posts its summary, equal to summary.json and signed with HMAC-SHA256" {
	notified 200
	run -1 unpilot run samples/lists/returns.csv
	[[ "$output" == *"notify: https://localhost:$(cat "$R/port")/*** took the summary (HTTP 200)"* ]]
	[ "$(posts)" -eq 1 ]
	diff <(jq -S . "$R/1.body") <(jq -S . "$(run_dir)summary.json")
	/usr/bin/python3 "$TESTS/schemas.py" valid summary "$R/1.body"
	[ "$(sed -n 's/^X-Unpilot-Signature: sha256=//p' "$R/1.headers")" = \
		"$(openssl dgst -sha256 -hmac 'k3y of the receiver' -r < "$R/1.body" | cut -d' ' -f1)" ]
	grep -q '^POST /hooks/T0ken$' "$R/1.headers"
	grep -qi '^content-type: application/json$' "$R/1.headers"
}

@test "a good run posts nothing, or with on = always" {
	notified 200
	run -0 unpilot run "$(good)"
	[ "$(posts)" -eq 0 ]
	configure notify on always
	run -0 unpilot run --again "$(good)"
	[ "$(posts)" -eq 1 ]
	[ "$(jq -c '[.run != null, .counts["not-registered"], .exit_code]' "$R/1.body")" = '[true,1,0]' ]
}

@test "plan, --dry-run and an empty spool post nothing; resume posts the run that it finishes" {
	notified 200
	configure notify on always
	configure spool directory "$D/spool"
	unpilot init -q
	unpilot plan -q "$(good)"
	unpilot run -q --dry-run "$(good)"
	unpilot run -q
	[ "$(posts)" -eq 0 ]
	configure oem-direct poll-deadline 1ms
	configure oem-direct poll-interval 1ms
	run -6 unpilot run -q "$(list ,3305000000003,,,contoso)"
	configure oem-direct poll-deadline 1m
	run -0 unpilot resume -q
	run -0 unpilot resume -q # nothing to resume
	[ "$(posts)" -eq 2 ]
	[ "$(jq -c '[.exit_code, .counts.pending, .counts.deregistered]' "$R/1.body" "$R/2.body" | tr '\n' ' ')" = '[6,1,0] [0,0,1] ' ]
}

@test "without a key the POST has no signature; the text form is one text" {
	notified 204
	sed -i '/^key-file/d' "$CONF"
	configure notify template text
	run -1 unpilot run -q samples/lists/returns.csv
	refute grep -qi '^x-unpilot' "$R/1.headers"
	[ "$(jq -c keys "$R/1.body")" = '["text"]' ]
	[[ "$(jq -r .text "$R/1.body")" == "unpilot: run $(basename "$(run_dir)"): 44 rows, 33 deregistered,"*"; exit code 1: finished; some devices were not deregistered, or rows were rejected" ]]
	configure notify on always
	run -0 unpilot run -q --again --moved "$(good)"
	[[ "$(jq -r .text "$R/2.body")" == *": 1 row, 1 not-registered; exit code 0: every row of every list is deregistered or not-registered" ]]
}

@test "no serial number, Product Key ID or customer leaves the house, unless details = yes" {
	notified 200
	names='FB-|33050000|contoso|Contoso|fabrikam|northwind|RMA-|Default string'
	for template in summary text; do
		configure notify template $template
		run -1 unpilot run -q --again --moved samples/lists/returns.csv
	done
	refute grep -qE "$names" "$R/1.body" "$R/2.body" "$R/1.headers" "$R/2.headers"
	configure notify details yes
	for template in summary text; do
		configure notify template $template
		run -1 unpilot run -q --again --moved samples/lists/returns.csv
	done
	/usr/bin/python3 "$TESTS/schemas.py" valid summary "$R/3.body"
	[ "$(jq '.devices | length' "$R/3.body")" -gt 3 ]
	[ -n "$(jq -r '.customers[] | select(.customer == "contoso") | .rows' "$R/3.body")" ]
	jq -r .text "$R/4.body" | grep -q '^customer contoso: [0-9]* row\(s need\| needs\) a person$'
	[ "$(jq -r .text "$R/4.body" | grep -c ': rejected$')" -eq "$(jq '[.devices[] | select(.outcome == "rejected")] | length' "$R/3.body")" ]
}

@test "a receiver that is busy gets the same notice again within a minute" {
	notified 503 200
	run -1 unpilot run -q samples/lists/returns.csv
	[ "$(posts)" -eq 2 ]
	cmp "$R/1.body" "$R/2.body"
	diff <(grep Signature "$R/1.headers") <(grep Signature "$R/2.headers")
}

@test "a receiver that is down for a moment is tried again" {
	notified 200
	kill "$RECEIVER" && wait "$RECEIVER" || true
	"$UNPILOT" -c "$CONF" run -q --log-file "$BATS_TEST_TMPDIR/log" samples/lists/returns.csv 3>&- &
	pid=$!
	until grep -q 'trying again' "$BATS_TEST_TMPDIR/log" 2> /dev/null; do sleep 0.05; done
	# the ledger is free meanwhile
	run -0 unpilot resume -q --dry-run || [ "$status" -eq 1 ]
	receive 200
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 1 ]
	[ "$(posts)" -eq 1 ]
}

@test "a receiver that refuses, or has a foreign certificate, is logged once; exit code, outcomes and packs are the same" {
	notified 404
	run -1 --separate-stderr unpilot run --json samples/lists/returns.csv
	[[ "$stderr" == *"/*** did not take the summary: HTTP 404; check [notify] with \"unpilot doctor\""* ]]
	refute grep -q T0ken <<< "$stderr"
	[ "$(grep -c notify: <<< "$stderr")" -eq 1 ]
	[ "$(posts)" -eq 1 ]
	[ "$(tail -1 <<< "$output" | jq '.counts.deregistered')" -eq 33 ]
	kill "$RECEIVER" && wait "$RECEIVER" || true
	CERT=$D/foreign-server receive 200
	configure notify on always
	run -0 --separate-stderr unpilot run "$(list ,3305000000001,,,c1)" --again --moved
	[[ "$stderr" == *"did not take the summary: "*ertificate* ]]
	[ "$(posts)" -eq 1 ]
}

@test "a signal ends the waiting, not the result" {
	notified 200
	kill "$RECEIVER" && wait "$RECEIVER" || true
	"$UNPILOT" -c "$CONF" run -q --log-file "$BATS_TEST_TMPDIR/log" samples/lists/returns.csv 3>&- &
	pid=$!
	until grep -q 'trying again' "$BATS_TEST_TMPDIR/log" 2> /dev/null; do sleep 0.05; done
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 1 ]
	grep -q 'did not take the summary' "$BATS_TEST_TMPDIR/log"
}

@test "a command that fails before it has a run says so" {
	notified 200
	configure oem-direct certificate "$D/expired-client.pem"
	configure oem-direct key "$D/expired-client.key"
	run -3 unpilot run -q "$(good)"
	[ "$(jq -c '[.run, .exit_code]' "$R/1.body")" = '[null,3]' ]
	/usr/bin/python3 "$TESTS/schemas.py" valid summary "$R/1.body"
}

@test "a key that others can read signs nothing: the notice is not sent, and the run goes on" {
	notified 200
	chmod 644 "$D/notify.key"
	run -1 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"notify: nothing sent to https://localhost"*"others can read this secret"* ]]
	[ "$(posts)" -eq 0 ]
	run -2 unpilot config check
	[[ "$output" == *"[notify] key-file"*"others can read"* ]]
}

@test "config check and show: wrong values are named, the address is not shown" {
	notified 200
	run -0 unpilot config check
	run -0 unpilot config show
	[[ "$output" == *"url = https://localhost:$(cat "$R/port")/***"* ]]
	[[ "$output" != *T0ken* ]]
	wrong() { # KEY VALUE TEXT
		cp "$CONF" "$BATS_TEST_TMPDIR/kept"
		configure notify "$1" "$2"
		run -2 unpilot config check
		[[ "$output" == *"$3"* && "$output" != *T0ken* ]] || { echo "$output"; return 1; }
		cp "$BATS_TEST_TMPDIR/kept" "$CONF"
	}
	wrong url 'http://localhost/T0ken' '[notify] url must begin with https://'
	wrong url 'https://' '[notify] url must name a host'
	wrong url 'https://ann:T0ken@localhost/' '[notify] url must name a host'
	wrong on sometimes '[notify] on: "sometimes" is neither'
	wrong template xml '[notify] template: "xml" is neither'
	wrong details maybe 'is not yes or no'
}

@test "doctor asks whether the receiver answers, and sends no notice" {
	notified 200
	found() { unpilot doctor --json 2> /dev/null | jq -r 'select(.name == "notify") | .result + " " + .seen'; }
	[[ "$(found)" == "ok https://localhost:$(cat "$R/port")/*** answers (HTTP 405); notices are signed" ]]
	chmod 644 "$D/notify.key"
	[[ "$(found)" == "fail "*"others can read"* ]]
	chmod 600 "$D/notify.key"
	kill "$RECEIVER" && wait "$RECEIVER" || true
	[[ "$(found)" == "warn https://localhost"* ]]
	sed -i '/^\[notify\]/,$d' "$CONF"
	[ -z "$(found)" ]
	[ "$(posts)" -eq 0 ]
}
