# The first hour of a new user: no configuration yet, questions at a terminal, init, doctor, first run.
bats_require_minimum_version 1.5.0
load helpers

# on_terminal ANSWER...: answers the questions on a terminal. Sets ASKED, status and output.
on_terminal() {
	printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/answers"
	ASKED=$BATS_TEST_TMPDIR/my/unpilot.conf
	run script -qec "$UNPILOT -c $ASKED config generate --interactive" /dev/null < "$BATS_TEST_TMPDIR/answers"
	output=${output//$'\r'/}
}

url() { sed -n '/^\[oem-direct\]/,/^\[/s/^url = //p' "$CONF"; }

@test "without a configuration three commands are named, which begin" {
	none=$BATS_TEST_TMPDIR/none.conf
	for command in '' status 'run x.csv' 'config check'; do
		run -2 --separate-stderr "$UNPILOT" -c "$none" $command
		[[ "$stderr" == *"There is no configuration $none. Three commands make one and check it:
  unpilot config generate --interactive -c $none
  unpilot init -c $none
  unpilot doctor -c $none
next: unpilot config generate --interactive -c $none" ]] || { echo "$stderr"; return 1; }
	done
	run -2 --separate-stderr "$UNPILOT" -c "$none" satus
	[[ "$stderr" != *"There is no configuration"* ]]
}

@test "the questions make a configuration that works: init, doctor, run" {
	start_service samples/registry.csv
	data=$BATS_TEST_TMPDIR/data
	on_terminal Fabrikam oem-direct "$(url)" "$D/ca.pem" "$D/client.pem" "$D/client.key" 0000012345 \
		"$data/ledger.db" "$data/handoff" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *"$ASKED is written, mode 0600."*"next: unpilot init -c $ASKED"* ]]
	[ "$(stat -c %a "$ASKED")" = 600 ]
	[ "$("$UNPILOT" -c "$ASKED" config show --json | jq -r 'select(.key == "name").value')" = Fabrikam ]
	grep -q '^# canary = 10$' "$ASKED" # the rest is there as comments
	"$UNPILOT" -c "$ASKED" init -q
	run "$UNPILOT" -c "$ASKED" doctor
	[[ "$output" == *" 0 FAIL; exit code 0" ]] || { echo "$output"; return 1; }
	"$UNPILOT" -c "$ASKED" run -q "$(list ,3305000000001,,,c1)"
	[ -f "$data"/handoff/*/c1/index.html ]
}

@test "each answer is tested as it is given, and asked for again" {
	start_service samples/registry.csv
	on_terminal "" carrier-pigeon oem-direct \
		ftp://x n https://localhost:1/x n "$(url)" \
		"" n "$D/ca.pem" \
		"$D/nosuch.pem" "$D/unpilot.conf" "$D/client.pem" \
		"$D/foreign-client.key" n "$D/client.key" \
		12345678901 "" \
		/proc/version/ledger.db "$BATS_TEST_TMPDIR/l.db" /proc/version/packs "$BATS_TEST_TMPDIR/packs" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *'unknown route "carrier-pigeon": use oem-direct or partner-center'* ]]
	[[ "$output" == *'must begin with https:// and name a host'* ]]
	[[ "$output" == *"FAIL  connection "*"localhost port 1"* ]]
	[[ "$output" == *"FAIL  tls "*"set ca-file to the issuer"* ]]
	[[ "$output" == *"$D/nosuch.pem: cannot open: No such file or directory"* ]]
	[[ "$output" == *"$D/unpilot.conf: "* ]]
	[[ "$output" == *"the key does not belong to this certificate"* ]]
	[[ "$output" == *"sold-to must be at most 10 digits"* ]]
	[ "$(grep -c '/proc/version: this user cannot write there' <<< "$output")" -eq 2 ]
	[ "$("$UNPILOT" -c "$ASKED" config show --json | jq -r 'select(.section == "oem-direct" and .key == "key").value')" = "$D/client.key" ]
}

@test "an answer that fails its test can be kept, because the service may be out of reach today" {
	on_terminal "" "" https://localhost:1/x y "" y "$BATS_TEST_TMPDIR/x.pem"
	[ "$status" -eq 2 ]
	[[ "$output" == *"the answers have ended: nothing is written"* ]]
	[ ! -e "$ASKED" ]
}

@test "nothing is asked without a terminal, and no file is replaced" {
	none=$BATS_TEST_TMPDIR/none.conf
	run -2 "$UNPILOT" -c "$none" config generate --interactive < /dev/null
	[[ "$output" == *"asks on a terminal, and here is none: nothing is asked"* ]]
	[ ! -e "$none" ]
	mkdir "$BATS_TEST_TMPDIR/my"
	echo mine > "$BATS_TEST_TMPDIR/my/unpilot.conf"
	on_terminal Fabrikam
	[ "$status" -eq 2 ]
	[[ "$output" == *"exists already, and is not replaced: name another file with -c"* ]]
	[ "$(cat "$ASKED")" = mine ]
	run -2 "$UNPILOT" config show --interactive
	[[ "$output" == *'--interactive belongs to "unpilot config generate"'* ]]
}

@test "the questions for Partner Center ask for what a token needs" {
	start_service samples/registry.csv
	on_terminal Fabrikam partner-center https://localhost:1/ y tenant.example 11111111-2222-3333-4444-555555555555 \
		"$D/nosuch.pem" "$D/client.pem" "$D/foreign-client.key" y "$BATS_TEST_TMPDIR/l.db" "$BATS_TEST_TMPDIR/packs" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *"FAIL  connection "*"$D/nosuch.pem: cannot open"*"the key does not belong to this certificate"* ]]
	[ "$(grep -vc '^#' "$ASKED")" -gt 10 ]
	refute grep -qE '^[a-z-]+ =$' "$ASKED" # no key of the other route is asked for
	[ "$("$UNPILOT" -c "$ASKED" config show --json | jq -r 'select(.key == "route").value')" = partner-center ]
	[ "$("$UNPILOT" -c "$ASKED" config show --json | jq -r 'select(.key == "tenant").value')" = tenant.example ]
}
