# Each test damages one thing. The check for it must change its result, and no other check may.
bats_require_minimum_version 1.5.0
load helpers

# well: starts a service; makes a ledger with a good run, a spool, a signing key, stylesheets and a profile.
well() {
	start_service samples/registry.csv
	mkdir -p "$BATS_TEST_TMPDIR"/spool/{incoming,work,done,failed} "$BATS_TEST_TMPDIR/sheets"
	configure spool directory "$BATS_TEST_TMPDIR/spool"
	configure handoff stylesheets "$BATS_TEST_TMPDIR/sheets"
	configure limits canary 10
	cp partner/handoff/stylesheets/*.xsl "$BATS_TEST_TMPDIR/sheets"
	cp samples/profiles/oem-direct.conf "$BATS_TEST_TMPDIR/profile"
	configure oem-direct profile "$BATS_TEST_TMPDIR/profile"
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	chmod 600 "$CONF"
}

# run_doctor [OPTION...]: runs doctor. Sets RESULTS (lines NAME RESULT), OUT (whole output) and CODE.
run_doctor() {
	CODE=0
	OUT=$(unpilot doctor --json "$@" 2> "$BATS_TEST_TMPDIR/stderr") || CODE=$?
	RESULTS=$(grep '"check"' <<< "$OUT" | jq -r '"\(.name)=\(.result)"')
}

# only NAME=RESULT...: these results, and no others, differ from BEFORE.
only() {
	local changed
	changed=$(grep -vxFf <(echo "$BEFORE") <<< "$RESULTS" | sort | tr '\n' ';')
	[ "$changed" = "$(printf '%s\n' "$@" | sort | tr '\n' ';')" ] || { echo "changed: $changed"; return 1; }
	[ "$(tail -1 <<< "$OUT" | jq .exit_code)" -eq "$CODE" ]
}

before() {
	run_doctor
	BEFORE=$RESULTS
	[ "$CODE" -eq 0 ] || { echo "$OUT"; return 1; }
	refute grep -q '=fail' <<< "$BEFORE"
}

# advises NAME WORD: the finding says what to do, and names WORD.
advises() {
	local line
	line=$(jq -c "select(.name == \"$1\")" <<< "$OUT")
	[[ "$(jq -r '.mend' <<< "$line") $(jq -r '.seen' <<< "$line")" == *"$2"* ]] || { echo "$line"; return 1; }
}

@test "all is well: one line OK for each check, the summary counts them, nothing is written or sent" {
	well
	files=$(cd "$BATS_TEST_TMPDIR" && find . -type f ! -name '*.log' ! -name stderr -exec sha256sum {} + | sort)
	sends=$(grep -c '^submit' "$LOG")
	before
	[ "$(cd "$BATS_TEST_TMPDIR" && find . -type f ! -name '*.log' ! -name stderr -exec sha256sum {} + | sort)" = "$files" ]
	[ "$(grep -c '^submit' "$LOG")" -eq "$sends" ]
	[ ! -s "$BATS_TEST_TMPDIR/stderr" ]
	grep -vE '^(confinement|disk)=' <<< "$BEFORE" | refute grep -v '=ok'
	for name in configuration permissions 'secret files' 'client certificate' 'client expiry' 'client chain' \
		'ca certificates' profile stylesheets lists ledger 'ledger schema' lock 'last good run' 'open runs' alarms canary disk \
		'handoff directory' spool 'spool work' address name proxy connection tls service clock confinement; do
		grep -q "^$name=" <<< "$BEFORE"
	done
	[ "$(jq -c 'select(.type == "summary") | .ok + .warn + .fail' <<< "$OUT")" -eq "$(grep -c '"check"' <<< "$OUT")" ]
	[ "$(jq -r 'select(.type == "check") | keys_unsorted | join(",")' <<< "$OUT" | sort -u)" = type,name,result,seen,mend ]
	run unpilot doctor
	[ "$status" -eq 0 ]
	[[ "$output" == *"OK    tls                 TLSv1.3"* ]]
	[[ "${lines[-1]}" == *"0 FAIL; exit code 0" ]]
	run unpilot doctor -q
	refute grep -q '^OK' <<< "$output"
}

@test "--offline opens no connection" {
	well
	kill "$SERVICE" && wait "$SERVICE" || true
	SERVICE=
	run_doctor --offline
	[ "$CODE" -eq 0 ]
	refute grep -qE '^(name|proxy|connection|tls|service|clock|token)=' <<< "$RESULTS"
	[ -z "${NO_VALGRIND:-}" ] || return 0 # LeakSanitizer does not work under strace
	run strace -f -e trace=socket,connect -o "$BATS_TEST_TMPDIR/trace" "$UNPILOT" -c "$CONF" doctor --offline
	[ "$status" -eq 0 ]
	refute grep -qE 'AF_INET' "$BATS_TEST_TMPDIR/trace"
}

@test "sabotage 1: others can read the key" {
	well
	before
	chmod 644 "$D/client.key"
	run_doctor
	only 'secret files=fail'
	[ "$CODE" -eq 2 ]
	advises 'secret files' 'chmod 600'
}

@test "sabotage 2: the key of another certificate" {
	well
	before
	configure oem-direct key "$D/foreign-client.key"
	run_doctor
	only 'client certificate=fail'
	[ "$CODE" -eq 2 ]
	advises 'client certificate' 'does not belong'
}

@test "sabotage 3: an expired certificate; one that expires soon warns" {
	well
	before
	configure oem-direct certificate "$D/expired-client.pem"
	configure oem-direct key "$D/expired-client.key"
	run_doctor
	only 'client expiry=fail'
	[ "$CODE" -eq 3 ]
	advises 'client expiry' 'renew'
	openssl req -x509 -newkey rsa:2048 -nodes -days 10 -subj /CN=sign.fabrikam.example \
		-keyout "$D/sign.key" -out "$D/sign.pem" 2> /dev/null
	chmod 600 "$D/sign.key"
	configure handoff sign-certificate "$D/sign.pem"
	configure handoff sign-key "$D/sign.key"
	run_doctor
	only 'client expiry=fail' 'signing key=ok' 'signing expiry=warn'
}

@test "sabotage 4: a CA that did not issue the service's certificate" {
	well
	before
	openssl req -x509 -newkey rsa:2048 -nodes -days 100 -subj /CN=other.example \
		-keyout /dev/null -out "$BATS_TEST_TMPDIR/ca.pem" 2> /dev/null
	configure oem-direct ca-file "$BATS_TEST_TMPDIR/ca.pem"
	run_doctor
	only 'tls=fail'
	[ "$CODE" -eq 3 ]
	advises tls 'ca-file'
}

@test "sabotage 5: a wrong port, a host and a proxy that do not exist" {
	well
	before
	url=$(sed -n 's/^url = \(https.*\)/\1/p' "$CONF")
	configure oem-direct url https://localhost:1/x
	run_doctor
	only 'connection=fail'
	[ "$CODE" -eq 5 ]
	configure oem-direct url https://nowhere.invalid/x
	run_doctor
	only 'name=fail'
	[ "$CODE" -eq 5 ]
	configure oem-direct url "$url"
	configure oem-direct proxy http://127.0.0.1:1
	run_doctor
	only 'proxy=fail'
	[ "$CODE" -eq 5 ]
	configure oem-direct url http://localhost/x
	run_doctor
	only 'address=fail'
	[ "$CODE" -eq 2 ]
}

@test "sabotage 6: a damaged ledger, a database of another program, no ledger" {
	well
	before
	cp "$D/ledger.db" "$BATS_TEST_TMPDIR/good.db"
	page=$(sqlite3 "$D/ledger.db" 'PRAGMA page_size')
	dd if=/dev/urandom of="$D/ledger.db" bs="$page" seek=1 count=2 conv=notrunc 2> /dev/null
	run_doctor
	only 'ledger=fail'
	[ "$CODE" -eq 2 ]
	advises ledger backup
	head -c 5000 /dev/urandom > "$D/ledger.db"
	run_doctor
	only 'ledger=fail'
	rm "$D/ledger.db"
	run_doctor
	only 'ledger=fail'
	advises ledger 'unpilot init'
	[ "$CODE" -eq 2 ]
	[ ! -e "$D/ledger.db" ]
}

@test "sabotage 7: a ledger of a newer version, and of an older one" {
	well
	before
	schema=$(sqlite3 "$D/ledger.db" 'PRAGMA user_version')
	sqlite3 "$D/ledger.db" 'PRAGMA user_version=99'
	run_doctor
	only 'ledger schema=fail'
	[ "$CODE" -eq 2 ]
	advises 'ledger schema' 'update'
	sqlite3 "$D/ledger.db" "PRAGMA user_version=$((schema - 1))"
	run_doctor
	only 'ledger schema=warn'
	[ "$CODE" -eq 0 ]
}

@test "sabotage 8: no spool, a file instead of a folder, a list left in work" {
	well
	before
	echo x > "$BATS_TEST_TMPDIR/spool/work/20261123T031500Z-4f2a.l.csv"
	run_doctor
	only 'spool work=warn'
	advises 'spool work' resume
	rm -r "$BATS_TEST_TMPDIR/spool"
	run_doctor
	only 'spool=warn'
	[ "$CODE" -eq 0 ]
	configure handoff directory "$CONF"
	run_doctor
	only 'spool=warn' 'handoff directory=fail'
	[ "$CODE" -eq 2 ]
}

@test "sabotage 9: a stylesheet and a profile that do not parse" {
	well
	before
	echo '<xsl:stylesheet' > "$BATS_TEST_TMPDIR/sheets/mail.xsl"
	run_doctor
	only 'stylesheets=fail'
	advises stylesheets mail.xsl
	[ "$CODE" -eq 2 ]
	cp partner/handoff/stylesheets/mail.xsl "$BATS_TEST_TMPDIR/sheets"
	printf '[request]\nserial = TenantID\n' > "$BATS_TEST_TMPDIR/profile"
	run_doctor
	grep -qx 'profile=fail' <<< "$RESULTS"
	only 'profile=fail'
	advises profile "$BATS_TEST_TMPDIR/profile:2"
}

@test "sabotage 10: the clocks of service and machine differ" {
	well
	before
	kill "$SERVICE" && wait "$SERVICE" || true
	port=$(cat "$D/port")
	for ahead in 100 1000; do
		date=$(date -u -d "+$ahead seconds" '+%a, %d %b %Y %H:%M:%S GMT')
		printf 'HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$date" > "$BATS_TEST_TMPDIR/answer"
		setsid socat -T 5 "OPENSSL-LISTEN:$port,reuseaddr,fork,cert=$D/server.pem,key=$D/server.key,verify=0" \
			"SYSTEM:cat $BATS_TEST_TMPDIR/answer; timeout 0.5 cat > /dev/null" 3>&- & # whose request is not read may miss the answer
		SERVICE=$!
		until socat -u OPENSSL:127.0.0.1:$port,verify=0 /dev/null 2> /dev/null; do sleep 0.05; done
		run_doctor
		kill -- "-$SERVICE" && wait "$SERVICE" || true # with a child for each connection
		[ $ahead -eq 1000 ] && only 'clock=fail' || only 'clock=warn'
		advises clock 'behind the service'
	done
	SERVICE=
	[ "$CODE" -eq 3 ]
}

@test "sabotage 11: a disk that is nearly full" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	well
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=2m none "$BATS_TEST_TMPDIR/small" 2> /dev/null || skip "cannot mount"
	before
	configure handoff directory "$BATS_TEST_TMPDIR/small"
	run_doctor
	umount "$BATS_TEST_TMPDIR/small"
	only 'disk=fail'
	[ "$CODE" -eq 2 ]
}

@test "sabotage 12: a configuration that others can write, that contains a password, or that cannot be read" {
	well
	before
	chmod 666 "$CONF"
	run_doctor
	only 'permissions=fail'
	[ "$CODE" -eq 2 ]
	chmod 644 "$CONF"
	configure oem-direct proxy http://ann:tops3cret@127.0.0.1:1
	run_doctor
	only 'permissions=fail' 'proxy=fail'
	refute grep -q tops3cret <<< "$OUT"
	configure oem-direct colour red
	run_doctor
	only 'configuration=fail'
	[ "$CODE" -eq 2 ]
}

@test "sabotage 13: files of lists, logo and folder of stylesheets that a run could not use" {
	well
	before
	# bad SECTION KEY VALUE CHECK: the run would end with 2, and doctor and config check say so.
	bad() {
		cp "$CONF" "$BATS_TEST_TMPDIR/conf"
		configure "$1" "$2" "$3"
		run_doctor
		only "$4=fail"
		[ "$CODE" -eq 2 ]
		[[ "$(grep "\"$4\"" <<< "$OUT" | jq -r .seen)" == "[$1] $2: $3: "* ]] || { echo "$OUT"; return 1; }
		run -2 unpilot config check
		[[ "$output" == *"[$1] $2: $3: "* ]]
		run -2 unpilot run -q "$(list ,3305000000003,,,contoso)"
		mv "$BATS_TEST_TMPDIR/conf" "$CONF"
	}
	bad lists words /nowhere lists
	bad limits skip-list "$BATS_TEST_TMPDIR" lists
	bad partner logo /nowhere stylesheets
	bad handoff stylesheets /nowhere stylesheets
	bad handoff stylesheets "$CONF" stylesheets
}

@test "sabotage 14: log, metrics and status files that could not be written" {
	well
	before
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	configure log file "$BATS_TEST_TMPDIR/pipe"
	run_doctor
	only outputs=fail
	[ "$CODE" -eq 2 ]
	configure log file "$BATS_TEST_TMPDIR/log"
	for key in metrics-file status-file; do
		configure metrics $key "$BATS_TEST_TMPDIR/no/such"
		run_doctor
		only outputs=fail
		[ "$CODE" -eq 7 ]
		[[ "$OUT" == *"[metrics] $key: $BATS_TEST_TMPDIR/no/such: cannot create"* ]]
		configure metrics $key "$BATS_TEST_TMPDIR/$key"
	done
	run_doctor
	only outputs=ok
	[ ! -e "$BATS_TEST_TMPDIR/log" ]
	# a metrics file is replaced, so the folder decides, even if the file is another user's; a log is appended to
	[ "$(id -u)" -eq 0 ] || return 0
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR" "$D"
	chmod 644 "$CONF"
	install -d -o nobody "$BATS_TEST_TMPDIR/out"
	touch "$BATS_TEST_TMPDIR/out/file"
	as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$UNPILOT" -c "$CONF" doctor --offline --json | jq -r 'select(.name == "outputs") | .result'; }
	configure log file ''
	configure metrics metrics-file "$BATS_TEST_TMPDIR/out/file"
	configure metrics status-file "$BATS_TEST_TMPDIR/out/status"
	[ "$(as_nobody)" = ok ] || { as_nobody; return 1; }
	configure log file "$BATS_TEST_TMPDIR/out/file"
	[ "$(as_nobody)" = fail ]
}

@test "runs: one is open too long, none succeeded for too long, the lock is held" {
	well
	before
	sqlite3 "$D/ledger.db" 'UPDATE run SET finished=finished-200000'
	run_doctor
	only 'last good run=warn'
	sqlite3 "$D/ledger.db" 'UPDATE run SET state=1, started=started-200000'
	run_doctor
	only 'last good run=warn' 'open runs=warn'
	advises 'open runs' resume
	flock "$D/ledger.db.lock" sleep 60 3>&- &
	holder=$!
	until grep -q ":$(stat -c %i "$D/ledger.db.lock") " /proc/locks; do sleep 0.02; done
	echo "$holder $(date +%s)" > "$D/ledger.db.lock"
	run_doctor
	advises lock "process $holder"
	kill "$holder"
}

# ---- config ----

@test "config check: 0 for a usable configuration; 2 and the place of the error for others" {
	start_service samples/registry.csv
	rm "$D/ledger.db"
	run unpilot config check
	[ "$status" -eq 0 ]
	[[ "$output" == *"$CONF: good" ]]
	run unpilot config check -q
	[ -z "$output" ]
	nothing_sent
	[ ! -e "$D/ledger.db" ]
	cp "$CONF" "$CONF.good"
	for bad in 'oem-direct colour red' 'oem-direct certificate /nowhere' 'lists default-purpose fun' \
		'handoff keep-days 3' 'limits skip-list /nowhere' 'handoff language xx' 'oem-direct url ftp://x' 'run route post'; do
		cp "$CONF.good" "$CONF"
		configure $bad
		run unpilot config check
		[ "$status" -eq 2 ]
		[ -n "$output" ]
	done
	run unpilot config
	[ "$status" -eq 2 ]
}

@test "config show: every key and where it comes from, but no password" {
	start_service samples/registry.csv
	configure oem-direct proxy http://ann:tops3cret@proxy.example:3128
	configure oem-direct timeout 90s
	run --separate-stderr unpilot config show --max-devices 7
	[ "$status" -eq 0 ]
	line=$(grep -n '^timeout' "$CONF" | cut -d: -f1)
	[[ "$output" == *"timeout = 90s ; $CONF:$line"* ]]
	[[ "$output" == *"max-devices = 7 ; option"* ]]
	[[ "$output" == *"hold-days = 30 ; default"* ]]
	[[ "$output" == *"proxy = http://ann:***@proxy.example:3128 ;"* ]]
	refute grep -q tops3cret <<< "$output"
	run --separate-stderr unpilot config show --json
	refute grep -q tops3cret <<< "$output"
	[ "$(jq -r 'select(.section == "oem-direct" and .key == "timeout") | .value' <<< "$output")" = 90s ]
	[ "$(jq -r .key <<< "$output" | wc -l)" -ge 50 ]
	# config check reads the output of config show, except masked values
	"$UNPILOT" -c "$CONF" config show | sed 's/ ; .*//; /^proxy/d; /^logo/d' > "$BATS_TEST_TMPDIR/again"
	run "$UNPILOT" -c "$BATS_TEST_TMPDIR/again" config check
	[ "$status" -eq 0 ]
}

@test "config generate: every key with its help; only required keys are missing" {
	start_service samples/registry.csv
	"$UNPILOT" config generate > "$BATS_TEST_TMPDIR/sample"
	run "$UNPILOT" -c "$BATS_TEST_TMPDIR/sample" config check
	[ "$status" -eq 2 ]
	[[ "$output" == *"url is not set"* ]]
	for k in url certificate key; do
		v=$(sed -n "/^\[oem-direct\]/,/^\[/s/^$k = //p" "$CONF")
		sed -i "s|^$k =\$|$k = $v|" "$BATS_TEST_TMPDIR/sample"
	done
	run "$UNPILOT" -c "$BATS_TEST_TMPDIR/sample" config check
	[ "$status" -eq 0 ]
	# the same with every default written out
	sed -i 's/^# \([a-z-]* =\)/\1/' "$BATS_TEST_TMPDIR/sample"
	run "$UNPILOT" -c "$BATS_TEST_TMPDIR/sample" config check
	[ "$status" -eq 0 ]
	[ "$(grep -c '^[a-z-]* =' "$BATS_TEST_TMPDIR/sample")" -eq "$(unpilot config show --json | wc -l)" ]
}
