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
	on_terminal Fabrikam oem-direct "$(url)" "" "$D/ca.pem" "$D/client.pem" "$D/client.key" 0000012345 \
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
		ftp://x n https://localhost:1/x n "$(url)" "" \
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
	on_terminal "" "" https://localhost:1/x y "" "" y "$BATS_TEST_TMPDIR/x.pem"
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
	on_terminal Fabrikam partner-center https://localhost:1/ y "" tenant.example 11111111-2222-3333-4444-555555555555 \
		"$D/nosuch.pem" "$D/client.pem" "$D/foreign-client.key" y "$BATS_TEST_TMPDIR/l.db" "$BATS_TEST_TMPDIR/packs" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *"FAIL  connection "*"$D/nosuch.pem: cannot open"*"the key does not belong to this certificate"* ]]
	[ "$(grep -vc '^#' "$ASKED")" -gt 10 ]
	refute grep -qE '^[a-z-]+ =$' "$ASKED" # no key of the other route is asked for
	[ "$("$UNPILOT" -c "$ASKED" config show --json | jq -r 'select(.key == "route").value')" = partner-center ]
	[ "$("$UNPILOT" -c "$ASKED" config show --json | jq -r 'select(.key == "tenant").value')" = tenant.example ]
}

# p12 FILE PASSPHRASE: the client's certificate and key as PKCS#12.
p12() {
	openssl pkcs12 -export -in "$D/client.pem" -inkey "$D/client.key" -out "$1" -passout "pass:$2"
	chmod 600 "$1"
}

# answer KEY: what the configuration that was asked for has in [oem-direct].
answer() { "$UNPILOT" -c "$ASKED" config show --json | jq -r --arg key "$1" 'select(.section == "oem-direct" and .key == $key).value'; }

@test "a PKCS#12 certificate: the file with its passphrase is asked for, and both are tested" {
	start_service samples/registry.csv
	T=$BATS_TEST_TMPDIR
	p12 "$T/client.p12" 'correct horse'
	echo 'correct horse' > "$T/pass"
	echo 'battery staple' > "$T/wrong"
	cp "$T/pass" "$T/open"
	chmod 600 "$T/pass" "$T/wrong"
	chmod 644 "$T/open"
	# typed by mistake: the passphrase; then a wrong one, one that others can read, and the right one
	on_terminal Fabrikam oem-direct "$(url)" "" "$D/ca.pem" "$T/client.p12" \
		'correct horse' "$T/wrong" n "$T/open" n "$T/pass" "" "$T/l.db" "$T/packs" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *"it needs a passphrase"* ]]
	[[ "$output" != *"Its private key"* ]] # the file holds it
	[[ "$output" == *"there is no such file: give the path of a file that holds the passphrase, and never the passphrase itself"* ]]
	[[ "$output" == *"the passphrase does not open it"* ]]
	[[ "$output" == *"key-passphrase-file: "*"$T/open"* ]]
	[[ "$output" == *"certificate and key fit, and the service accepts them"* ]]
	[ "$(answer certificate) $(answer key) $(answer key-passphrase-file)" = "$T/client.p12  $T/pass" ]
	refute grep -q 'horse' "$ASKED"
	"$UNPILOT" -c "$ASKED" init -q
	run -0 "$UNPILOT" -c "$ASKED" run -q "$(list ,3305000000001,,,c1)"
}

@test "PKCS#12 without a passphrase asks for nothing more; a PEM key that is encrypted asks for its passphrase" {
	start_service samples/registry.csv
	T=$BATS_TEST_TMPDIR
	p12 "$T/client.p12" ''
	on_terminal Fabrikam oem-direct "$(url)" "" "$D/ca.pem" "$T/client.p12" "" "$T/l.db" "$T/packs" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" != *"passphrase,"* && "$output" != *"Its private key"* ]]
	[[ "$output" == *"certificate and key fit, and the service accepts them"* ]]
	rm -r "$T/my"
	openssl pkey -in "$D/client.key" -aes128 -passout 'pass:correct horse' -out "$T/client.key"
	echo 'correct horse' > "$T/pass"
	chmod 600 "$T/client.key" "$T/pass"
	on_terminal Fabrikam oem-direct "$(url)" "" "$D/ca.pem" "$D/client.pem" "$T/client.key" "$T/pass" "" "$T/l.db" "$T/packs" ""
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *"read, and valid today"*"it needs a passphrase"*"certificate and key fit, and the service accepts them"* ]]
	[ "$(answer key-passphrase-file)" = "$T/pass" ]
}

@test "a proxy is tested when it is given; a password for it is not taken" {
	start_service samples/registry.csv
	T=$BATS_TEST_TMPDIR
	on_terminal Fabrikam oem-direct "$(url)" ftp://proxy 'http://kim:secret@proxy.example:3128' http://localhost:1 n http://localhost:1 y \
		"$D/ca.pem" n
	[[ "$output" == *"the address of a proxy begins with http://, https:// or socks5h://"* ]]
	[[ "$output" == *"a password does not belong in this file: leave the answer empty, and set https_proxy in the environment of unpilot"* ]]
	[ "$(grep -c 'FAIL  proxy ' <<< "$output")" -ge 2 ] || { echo "$output"; return 1; }
	[[ "$output" == *"check the key proxy"* ]]
	[ ! -e "$ASKED" ]
	# one that works
	cat > "$T/proxy" << 'END'
		read -r method target rest
		while read -r line && [ "${#line}" -gt 1 ]; do :; done
		printf 'HTTP/1.1 200 OK\r\n\r\n'
		echo "$method $target" >> "$0.log"
		exec socat - "TCP:$target"
END
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork EXEC:"bash $T/proxy" 3>&- 2> "$T/socat" &
	socat=$!
	until grep -q 'listening on' "$T/socat"; do sleep 0.02; done
	proxy=http://127.0.0.1:$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$T/socat")
	on_terminal Fabrikam oem-direct "$(url)" "$proxy" "$D/ca.pem" "$D/client.pem" "$D/client.key" "" "$T/l.db" "$T/packs" ""
	kill "$socat"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[[ "$output" == *"the service answers through it"* ]]
	grep -q "^CONNECT localhost:$(cat "$D/port")" "$T/proxy.log"
	[ "$(answer proxy)" = "$proxy" ]
}
