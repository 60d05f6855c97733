# Output for administrators: messages, logs, metrics, the status file.
bats_require_minimum_version 1.5.0
load helpers

setup() { T=$BATS_TEST_TMPDIR; }

# fleet N [FAILING]: writes l.csv and r.csv; FAILING of every hundred devices are not in the registry.
fleet() {
	awk -v n="$1" -v failing="${2:-0}" -v dir="$BATS_TEST_TMPDIR" 'BEGIN {
		print "Serial Number,Product Key ID,Manufacturer,Model,Customer" > (dir "/l.csv")
		print "Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error" > (dir "/r.csv")
		for (i = 1; i <= n; i++) {
			printf "F-%d,33051%08d,Fabrikam,Book,c%d\n", i, i, i % 3 > (dir "/l.csv")
			if (i * 37 % 100 >= failing) printf "F-%d,Fabrikam,Book,33051%08d,us,registered,\n", i, i > (dir "/r.csv")
		}
	}'
	L=$BATS_TEST_TMPDIR/l.csv R=$BATS_TEST_TMPDIR/r.csv
}

# scenario LINE...: starts a service with these faults, for the devices of the list.
scenario() {
	printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/scenario"
	start_service "$R" --scenario "$BATS_TEST_TMPDIR/scenario"
	configure oem-direct retries 3
}

# metric NAME[{LABELS}]: prints its value, or nothing if it is missing.
metric() { awk -v name="$1" '$1 == name { print $2 }' "$BATS_TEST_TMPDIR/m.prom"; }

# no_controls FILE: has no control characters except line ends.
no_controls() { ! LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' "$1"; }

# eventually COMMAND...: the command succeeds within half a minute.
eventually() {
	local end=$((SECONDS + 30))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}

holds_lines() { [ -e "$1" ] && [ "$(grep -c "$2" "$1" 2> /dev/null)" -ge "$3" ]; }

# ---- standard error ----

@test "-q: a good run prints nothing, even if it has warnings that need nobody" {
	fleet 6
	scenario 'check * reset-headers' # a warning: one batch at a time
	run unpilot run "$L"
	[[ "$output" == *"warning: the service did not answer"* ]]
	[ "$status" -eq 0 ]
	unpilot run --again -q "$L" > "$T/out" 2> "$T/err"
	[ ! -s "$T/out" ]
	[ ! -s "$T/err" ]
}

@test "-q: a run that needs a person prints its id, the outcomes, each error once, their number, and the next command" {
	fleet 6
	scenario 'submit with=3305100000001 status 400' 'submit with=3305100000002 status 400'
	configure oem-direct batch-size 1
	run --separate-stderr unpilot run -q --max-fail-percent 100 "$L"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ "$stderr" =~ run\ [0-9TZ]+-[0-9a-f]+:\ 6\ rows,\ 4\ deregistered,\ 2\ refused\;\ exit\ code\ 1\;\ reports:\ / ]]
	[ "$(grep -c 'exit code' <<< "$stderr")" -eq 1 ]
	[ "$(head -2 <<< "$stderr" | grep -c '^unpilot: error: .*refused')" -eq 2 ]
	[ "$(grep -c refused <<< "$stderr")" -eq 3 ] # the third is the summary
	[[ "$(tail -3 <<< "$stderr" | head -1)" == "unpilot: run "* ]]
	[ "$(tail -2 <<< "$stderr" | head -1)" = "unpilot: 2 errors, printed above" ]
	[[ "$(tail -1 <<< "$stderr")" == "next: unpilot status "* ]]
}

@test "an error stands before the summary and is not repeated after it" {
	fleet 6
	scenario 'submit with=3305100000001 status 400'
	configure oem-direct batch-size 1
	unpilot run --max-fail-percent 100 "$L" > "$T/all" 2>&1 || [ $? -eq 1 ]
	summary=$(grep -n '^run .*exit code 1' "$T/all" | cut -d: -f1)
	[ "$(grep -n '^unpilot: error: ' "$T/all" | cut -d: -f1)" -lt "$summary" ]
	refute grep -q 'errors\|error:.*error:' "$T/all"
	[[ "$(tail -n +"$((summary + 1))" "$T/all")" == "reports: "*$'\n'"next: unpilot status "* ]]
}

@test "without a terminal: no control characters; progress only with --stats, one line every T" {
	fleet 6
	start_service "$R" --latency 300
	unpilot run -v "$L" > "$T/all" 2>&1
	no_controls "$T/all"
	refute grep -q 'in flight' "$T/all"
	unpilot run --again --stats 100ms "$L" > "$T/all" 2>&1
	no_controls "$T/all"
	grep -qE '^unpilot: [0-6]/6 devices, [0-9]+ %, 1 batch in flight' "$T/all"
	# -q without an error prints nothing
	configure metrics stats 100ms
	unpilot run --again -q "$L" > "$T/all" 2>&1
	[ ! -s "$T/all" ]
	unpilot run --again "$L" > "$T/all" 2>&1
	grep -q 'in flight' "$T/all"
}

# on_terminal COMMAND: runs it in a pseudo-terminal and saves the output in T/shown.
on_terminal() { TERM=xterm script -qec "$1" "$T/shown" > "$T/script" < /dev/null; }

@test "a pause that the collecting was asked for holds for the run that follows" {
	fleet 2
	scenario 'poll * status 429 Retry-After=3600'
	configure oem-direct busy-deadline 1m
	sed 3d "$L" > "$T/one.csv"
	sed 2d "$L" > "$T/two.csv"
	run unpilot run "$T/one.csv"
	[ "$status" -eq 5 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
	run --separate-stderr unpilot run --json "$T/two.csv"
	[ "$status" -eq 5 ]
	[[ "$stderr" == *"it asks for a pause of 3"*" s, longer than busy-deadline"* ]]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
	[ "$(tail -1 <<< "$output" | jq '.counts["not-sent"]')" -eq 1 ]
}

@test "on a terminal: one line is overwritten and removed at the end; it names throttling" {
	fleet 20
	scenario 'submit 2 status 429 Retry-After=2'
	configure oem-direct batch-size 10
	configure oem-direct parallel 1
	on_terminal "$UNPILOT -c $CONF run $L"
	grep -qE $'\r?[0-9]+/20 devices, [0-9]+ %' "$T/shown"
	grep -qE '/20 devices, [0-9]+ %, throttled, [12] s left, ' "$T/shown"
	# the text that stays on the terminal: a carriage return starts the line again
	sed 's/\r$//; s/.*\r//' "$T/shown" > "$T/seen"
	grep -qE '^run .*20 deregistered; exit code 0$' "$T/seen"
	refute grep -q 'devices, ' "$T/seen"
	# at most four updates a second; the pause took two seconds and the rest is short
	[ "$(grep -o '/20 devices' "$T/shown" | wc -l)" -le 40 ]
	on_terminal "$UNPILOT -c $CONF run --again -q $L"
	refute grep -q 'devices' "$T/shown"
}

@test "progress names its stage, unanswered devices and the next poll" {
	fleet 20
	start_service "$R"
	configure oem-direct poll-interval 2s
	"$UNPILOT" -c "$CONF" run -q --status-file "$T/s.json" "$L" 3>&- &
	pid=$!
	eventually jq -e '.stage == "waiting for answers" and .unanswered == 20 and .next_poll > .updated' "$T/s.json" > /dev/null 2>&1
	wait $pid
	[ "$(jq -c '[.stage, .unanswered, .next_poll]' "$T/s.json")" = '[null,0,null]' ]
	configure oem-direct poll-interval 2s
	on_terminal "$UNPILOT -c $CONF run --again $L"
	grep -q 'reading lists' "$T/shown"
	grep -qE '0/20 devices, 0 %, waiting for answers, next poll in [0-9]+ s, 1 batch in ' "$T/shown"
	grep -q '20/20 devices, 100 %, writing packs' "$T/shown"
	sed 's/\r$//; s/.*\r//' "$T/shown" > "$T/seen"
	refute grep -qE 'reading lists|writing packs|devices, ' "$T/seen"
}

@test "on a terminal the rows of a long list are counted while they are read; elsewhere they are not" {
	fleet 1
	start_service "$R"
	awk 'BEGIN {
		print "Serial Number,Product Key ID,Manufacturer,Model,Customer"
		for (i = 1; i <= 150000; i++) printf "R-%d,,Contoso,Book,contoso\n", i
	}' > "$T/long.csv"
	configure limits max-devices 0
	on_terminal "$UNPILOT -c $CONF plan $T/long.csv $L"
	grep -q 'reading lists' "$T/shown"
	grep -qE 'reading [0-9]{1,3},[0-9]{3} rows' "$T/shown"
	sed 's/\r$//; s/.*\r//' "$T/shown" > "$T/seen"
	refute grep -q 'reading' "$T/seen"
	grep -q ': 150000 rows, 0 rejected$' "$T/seen"
	unpilot plan "$T/long.csv" > "$T/out" 2> "$T/err"
	refute grep -q reading "$T/out" "$T/err"
	on_terminal "$UNPILOT -c $CONF plan -q $T/long.csv"
	refute grep -q reading "$T/shown"
}

@test "colour: only on a terminal, and not with --no-color, NO_COLOR or TERM=dumb" {
	fleet 1
	start_service "$R"
	on_terminal "$UNPILOT -c $CONF run $T/missing.csv; true"
	grep -q $'\033' "$T/shown"
	on_terminal "$UNPILOT -c $CONF --no-color run $T/missing.csv; true"
	refute grep -q $'\033' "$T/shown"
	on_terminal "NO_COLOR=1 $UNPILOT -c $CONF run $T/missing.csv; true"
	refute grep -q $'\033' "$T/shown"
	on_terminal "TERM=dumb $UNPILOT -c $CONF run $T/missing.csv; true"
	refute grep -q $'\033' "$T/shown"
	run unpilot run "$T/missing.csv"
	refute grep -q $'\033' <<< "$output"
}

@test "--progress: shows the line without a terminal, too" {
	fleet 6
	start_service "$R"
	unpilot run --progress "$L" 2> "$T/err"
	grep -q $'6 devices, .*\r' "$T/err"
	refute grep -q $'\033' "$T/err"
}

# ---- logs ----

@test "--log-file: mode 0600, every line names the run once it is known, -q hides nothing" {
	fleet 6
	start_service "$R"
	unpilot run -q --log-file "$T/log" "$L"
	[ "$(stat -c %a "$T/log")" = 600 ]
	name=$(basename "$(run_dir)")
	[ "$(wc -l < "$T/log")" -ge 2 ]
	refute grep -vqE "^20[0-9-]+T[0-9:]+Z unpilot\[[0-9]+\] $name (info|warning|error): " "$T/log"
	tail -1 "$T/log" | grep -q "6 deregistered; exit code 0"
	refute grep -q ' debug: ' "$T/log"
	# -v logs the ids of the service
	unpilot run --again -q -v --log-file "$T/log" "$L" 2> "$T/err"
	[ ! -s "$T/err" ]
	id=$(grep -o '^poll.*' "$LOG" | tail -1 | grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' | head -1)
	[ -n "$id" ]
	grep ' debug: ' "$T/log" | grep -q "$id"
}

@test "an unusable log file, of option or configuration: 2, nothing sent" {
	fleet 2
	start_service "$R"
	run unpilot run --log-file "$T/no/such/log" "$L"
	[ "$status" -eq 2 ]
	[[ "$output" == *"log file $T/no/such/log: cannot open"* ]]
	run unpilot status --log-file "$T"
	[ "$status" -eq 2 ]
	configure log file "$T/no/such/log"
	run unpilot run "$L"
	[ "$status" -eq 2 ]
	nothing_sent
	# the option overrides the configuration
	unpilot run -q --log-file "$T/log" "$L"
	[ -s "$T/log" ]
}

@test "SIGHUP in the middle of a run: both log files are complete, no line is lost or repeated" {
	fleet 30
	start_service "$R" --latency 150
	configure oem-direct batch-size 1
	configure oem-direct parallel 1
	"$UNPILOT" -c "$CONF" run -q -v --log-file "$T/log" "$L" 3>&- &
	pid=$!
	eventually holds_lines "$T/log" accepted 3
	mv "$T/log" "$T/log.1"
	eventually holds_lines "$T/log.1" accepted 5
	kill -HUP $pid
	eventually holds_lines "$T/log" accepted 2
	wait $pid
	[ "$(cat "$T/log.1" "$T/log" | grep -c 'devices accepted as')" -eq 30 ]
	refute grep -vq '^20.*: ' "$T/log" "$T/log.1"
	grep -q 'exit code 0' "$T/log"
	refute grep -q 'exit code 0' "$T/log.1"
	[ "$(stat -c %a "$T/log")" = 600 ]
}

@test "--log-json: every line is an object of unpilot-log/1 with the run, in the file or on standard error" {
	fleet 6
	scenario 'submit with=3305100000001 status 400'
	configure oem-direct batch-size 1
	unpilot run -v --max-fail-percent 100 --log-json "$L" 2> "$T/err" > "$T/out" || [ $? -eq 1 ]
	[ "$(jq -s 'map(select(.schema == "unpilot-log/1" and (.run | startswith("20")))) | length' "$T/err")" -eq "$(wc -l < "$T/err")" ]
	jq -es 'any(.level == "error" and (.message | contains("refused")))' "$T/err"
	[ "$(head -1 "$T/err" | jq -r 'keys_unsorted | join(" ")')" = "schema time level run message pid" ]
	configure log json yes
	configure log file "$T/log"
	unpilot run --again -q "$L" 2> "$T/err" || [ $? -eq 1 ]
	refute grep -q schema "$T/err"
	[ "$(jq -rs 'map(.run) | unique | length' "$T/log")" -eq 1 ]
	jq -es 'any(.message | contains("exit code 1"))' "$T/log"
}

@test "a list cannot add lines to a log" {
	fleet 1
	start_service "$R"
	name=$T/$'l\nunpilot: error: forged \033[2J.csv'
	printf 'Serial Number,Manufacturer,Model,Customer\nF-1,Fabrikam,Book,c\n' > "$name"
	unpilot run --log-file "$T/log" "$name" > /dev/null 2> "$T/err" || true
	grep -q 'l?unpilot: error: forged ?\[2J.csv' "$T/log"
	refute grep -q '^unpilot: error: forged' "$T/log" "$T/err"
	no_controls "$T/log"
	no_controls "$T/err"
	unpilot run --again --log-json --log-file "$T/json" "$name" > /dev/null 2>&1 || true
	jq -e . "$T/json" > /dev/null
}

@test "--syslog: facility daemon, the run, the level" {
	unshare -m true || skip "no mount namespaces here"
	fleet 2
	start_service "$R"
	mkdir "$T/dev"
	cat > "$T/inside" << 'END'
		set -e
		for f in null zero urandom random; do : > "$T/dev/$f"; mount --bind /dev/$f "$T/dev/$f"; done
		socat -u UNIX-RECV:"$T/dev/log" CREATE:"$T/syslog" 3>&- &
		trap "kill $!" EXIT
		until [ -S "$T/dev/log" ]; do sleep 0.02; done
		mount --rbind "$T/dev" /dev
		"$UNPILOT" -c "$CONF" run -q --syslog "$L"
		"$UNPILOT" -c "$CONF" run -q --syslog --again --max-devices 1 "$L" 2> /dev/null || [ $? -eq 4 ]
		until grep -q 'next: unpilot status' "$T/syslog"; do sleep 0.02; done
END
	T=$T CONF=$CONF L=$L UNPILOT=$UNPILOT unshare -m bash "$T/inside"
	# facility 3 and level 6 make 30
	grep -qaE '<30>.* unpilot\[[0-9]+\]: 20[0-9TZ]+-[0-9a-f]{4}: run .*exit code 0' "$T/syslog"
	# an error has level 3, and stands there once
	[ "$(grep -ca 'max-devices is 1' "$T/syslog")" -eq 1 ]
	grep -qaE '<27>.* unpilot\[[0-9]+\]: 20[0-9TZ]+-[0-9a-f]{4}: guard: 2 devices .*max-devices is 1' "$T/syslog"
}

@test "under systemd: logs to the journal with fields, instead of standard error" {
	unshare -m true || skip "no mount namespaces here"
	fleet 2
	start_service "$R"
	cat > "$T/inside" << 'END'
		set -e
		mount -t tmpfs none /run
		mkdir -p /run/systemd/journal
		socat -u UNIX-RECV:/run/systemd/journal/socket CREATE:"$T/journal" 3>&- &
		trap "kill $!" EXIT
		until [ -S /run/systemd/journal/socket ]; do sleep 0.02; done
		: > "$T/err"
		JOURNAL_STREAM=$(stat -c %d:%i "$T/err") "$UNPILOT" -c "$CONF" run "$L" 2> "$T/err" > "$T/out"
		JOURNAL_STREAM=$(stat -c %d:%i "$T/err") "$UNPILOT" -c "$CONF" run -q --again --max-devices 1 "$L" 2> "$T/err" || [ $? -eq 4 ]
		JOURNAL_STREAM=1:1 "$UNPILOT" -c "$CONF" run --again "$L" 2> "$T/plain" > /dev/null
		until grep -q 'MESSAGE=next: ' "$T/journal"; do sleep 0.02; done
END
	T=$T CONF=$CONF L=$L UNPILOT=$UNPILOT unshare -m bash "$T/inside"
	[ ! -s "$T/err" ]
	grep -qx 'PRIORITY=6' "$T/journal"
	grep -qx 'SYSLOG_IDENTIFIER=unpilot' "$T/journal"
	# the good run: columns and rows; with -q: one error, the summary, the next command
	[ "$(grep -c MESSAGE "$T/journal")" -eq 5 ]
	[ "$(grep -c 'MESSAGE=.*max-devices is 1' "$T/journal")" -eq 1 ]
	grep -qx 'PRIORITY=3' "$T/journal"
	grep -qx "UNPILOT_RUN=$(grep -oE '20[0-9TZ]+-[0-9a-f]{4}' "$T/out" | head -1)" "$T/journal"
	grep -q '^unpilot: .*2 rows' "$T/plain"
}

@test "no log, metrics or status file holds a key, passphrase, product key or hash" {
	fleet 3
	start_service "$R"
	hash=T0$(printf 'A%.0s' $(seq 2000))
	printf 'Serial Number,Product Key ID,Hardware Hash,Note,Customer\n,3305100000001,%s,AAAAA-BBBBB-CCCCC-DDDDD-EEEEE,c\n,FFFFF-GGGGG-HHHHH-JJJJJ-KKKKK,,,c\n' "$hash" > "$T/s.csv"
	echo 'secret-of-contoso' > "$T/passphrase"
	chmod 600 "$T/passphrase"
	openssl pkey -in "$D/client.key" -aes256 -passout file:"$T/passphrase" -out "$T/locked.key" 2> /dev/null
	chmod 600 "$T/locked.key"
	configure oem-direct key "$T/locked.key"
	configure oem-direct key-passphrase-file "$T/passphrase"
	mkdir "$T/logs"
	unpilot run -v --log-file "$T/logs/text" --metrics-file "$T/logs/metrics" --status-file "$T/logs/status" "$T/s.csv" \
		> "$T/logs/out" 2> "$T/logs/err" || [ $? -eq 1 ]
	unpilot run -v --again --log-json --log-file "$T/logs/json" "$T/s.csv" > /dev/null 2>> "$T/logs/err" || [ $? -eq 1 ]
	grep -q '1 deregistered' "$T/logs/text"
	refute grep -rqE 'AAAAA|FFFFF|secret-of|PRIVATE|BEGIN' "$T/logs"
	refute grep -rqF "$(sed -n 2p "$D/client.key")" "$T/logs"
	refute grep -rqF "$(sed -n 3p "$T/locked.key")" "$T/logs"
}

# ---- metrics ----

content() {
	[ "$(stat -c %a "$T/m.prom")" = 644 ]
	command -v promtool > /dev/null || return 0
	promtool check metrics < "$T/m.prom"
}

@test "metrics of a good run: rows, times, certificates; mode 0644, no temporary file stays" {
	fleet 6
	start_service "$R"
	before=$(date +%s)
	(umask 077 && unpilot run -q --metrics-file "$T/m.prom" "$L")
	content
	[ "$(metric unpilot_last_exit_code)" -eq 0 ]
	[ "$(metric unpilot_last_success_timestamp_seconds)" -ge "$before" ]
	[ "$(metric unpilot_last_run_timestamp_seconds)" -ge "$before" ]
	[ "$(metric 'unpilot_rows{outcome="deregistered",route="oem-direct"}')" -eq 6 ]
	[ "$(metric 'unpilot_rows{outcome="unknown",route="oem-direct"}')" -eq 0 ]
	[ "$(metric unpilot_retries_total)" -eq 0 ]
	[ "$(metric unpilot_oldest_pending_seconds)" -eq 0 ]
	[ "$(metric unpilot_open_handoff_steps)" -gt 0 ]
	end=$(date -d "$(openssl x509 -in "$D/client.pem" -noout -enddate | cut -d= -f2)" +%s)
	[ "$(metric 'unpilot_certificate_expiry_timestamp_seconds{use="client"}')" -eq "$end" ]
	[ "$(metric 'unpilot_certificate_expiry_timestamp_seconds{use="ca"}')" -gt "$before" ]
	[ -z "$(metric 'unpilot_certificate_expiry_timestamp_seconds{use="signing"}')" ]
	[ "$(find "$T" -maxdepth 1 -name '*.new-*' | wc -l)" -eq 0 ]
}

@test "metrics after a failure: exit code and time change, the last success stays" {
	fleet 6
	scenario 'submit * status 429 Retry-After=1'
	configure oem-direct busy-deadline 2100ms
	configure oem-direct retries 1
	configure metrics metrics-file "$T/m.prom"
	# no run succeeded yet: the metric is missing
	unpilot run -q "$L" 2> /dev/null || [ $? -eq 5 ]
	content
	[ "$(metric unpilot_last_exit_code)" -eq 5 ]
	[ -z "$(metric unpilot_last_success_timestamp_seconds)" ]
	[ "$(metric unpilot_retries_total)" -eq 1 ]
	# the pause is the requested second and a little more, so that clients do not come back together
	awk -v s="$(metric unpilot_throttled_seconds)" 'BEGIN { exit !(s >= 1 && s < 2) }'
	[ "$(metric 'unpilot_rows{outcome="not-sent",route="oem-direct"}')" -eq 6 ]
	# the file knows a success; then configuration and ledger become unusable
	echo 'unpilot_last_success_timestamp_seconds 1795000000' >> "$T/m.prom"
	run unpilot run -q --metrics-file "$T/m.prom" "$T/missing.csv"
	[ "$status" -eq 2 ]
	content
	[ "$(metric unpilot_last_exit_code)" -eq 2 ]
	[ "$(metric unpilot_last_success_timestamp_seconds)" -eq 1795000000 ]
	[ -z "$(metric 'unpilot_rows{outcome="not-sent",route="oem-direct"}')" ]
	printf '[nowhere]\nkey = 1\n' >> "$CONF"
	run unpilot run -q --metrics-file "$T/m.prom" "$L"
	[ "$status" -eq 2 ]
	content
	[ "$(metric unpilot_last_success_timestamp_seconds)" -eq 1795000000 ]
	[ -z "$(metric unpilot_open_handoff_steps)" ]
}

@test "metrics without an earlier file: the last success comes from the ledger" {
	fleet 3
	start_service "$R"
	unpilot run -q "$L"
	run unpilot run -q --metrics-file "$T/m.prom" "$L" # sent before: 4
	[ "$status" -eq 4 ]
	[ "$(metric unpilot_last_exit_code)" -eq 4 ]
	[ "$(metric unpilot_last_success_timestamp_seconds)" -gt 1700000000 ]
}

@test "a dry run writes neither metrics nor status file" {
	fleet 3
	start_service "$R"
	unpilot run -q --dry-run --metrics-file "$T/m.prom" --status-file "$T/s.json" "$L"
	name=$(unpilot status --json | jq -r .run)
	unpilot apply -q --dry-run --metrics-file "$T/m.prom" --status-file "$T/s.json" "$name"
	unpilot apply -q "$name"
	unpilot resume -q --dry-run --metrics-file "$T/m.prom" --status-file "$T/s.json"
	[ ! -e "$T/m.prom" ]
	[ ! -e "$T/s.json" ]
}

@test "metrics with an expired certificate: 3, and the time of expiry" {
	fleet 3
	start_service "$R"
	configure oem-direct certificate "$D/expired-client.pem"
	configure oem-direct key "$D/expired-client.key"
	run unpilot run -q --metrics-file "$T/m.prom" "$L"
	[ "$status" -eq 3 ]
	content
	[ "$(metric unpilot_last_exit_code)" -eq 3 ]
	[ "$(metric 'unpilot_certificate_expiry_timestamp_seconds{use="client"}')" -lt "$(date +%s)" ]
	[ -z "$(metric unpilot_retries_total)" ]
}

@test "metrics while another run holds the lock: 11 and no figures of a run; its status file stays" {
	fleet 6
	start_service "$R" --latency 400 --pending-polls 10
	"$UNPILOT" -c "$CONF" run -q --status-file "$T/s.json" "$L" 3>&- &
	pid=$!
	eventually grep -q '^submit' "$LOG"
	run unpilot run -q --again --metrics-file "$T/m.prom" --status-file "$T/s.json" "$L"
	[ "$status" -eq 11 ]
	content
	[ "$(metric unpilot_last_exit_code)" -eq 11 ]
	[ -z "$(metric 'unpilot_rows{outcome="deregistered",route="oem-direct"}')" ]
	[ -z "$(metric unpilot_retries_total)" ]
	[ "$(jq -r .state "$T/s.json")" = running ]
	wait $pid
	[ "$(jq -r .state "$T/s.json")" = finished ]
}

@test "every metric in the alert rules is written" {
	rules=$BATS_TEST_DIRNAME/../../partner/dist/unpilot.rules.yml
	[ -e "$rules" ] || skip "no rules in this tree"
	fleet 3
	start_service "$R"
	unpilot run -q --metrics-file "$T/m.prom" "$L"
	for name in $(grep -E '^ *expr:' "$rules" | grep -oE '\bunpilot_[a-z_]+' | sort -u); do
		grep -q "^$name[ {]" "$T/m.prom" || { echo "no such metric: $name"; return 1; }
	done
}

@test "a metrics file that cannot be written is reported even with -q, changes no outcome, and ends with 7" {
	fleet 2
	start_service "$R"
	run --separate-stderr unpilot run -q --metrics-file "$T/no/m.prom" "$L"
	[ "$status" -eq 7 ]
	[ "$(unpilot status --json | jq -c '[.state, .counts.deregistered]')" = '["finished",2]' ]
	[[ "$stderr" == *"metrics file: $T/no/m.prom: cannot create"* ]]
}

@test "a metrics or status file that is a pipe or a device is not replaced" {
	fleet 2
	start_service "$R"
	mkfifo "$T/pipe"
	run --separate-stderr unpilot run -q --metrics-file "$T/pipe" "$L"
	[ "$status" -eq 7 ]
	[[ "$stderr" == *"metrics file: $T/pipe: not a regular file"* ]]
	run --separate-stderr unpilot run -q --again --status-file "$T/pipe" "$L"
	[ "$status" -eq 7 ]
	[[ "$stderr" == *"status file: $T/pipe: not a regular file"* ]]
	[ -p "$T/pipe" ]
	[ "$(ls -A "$T" | grep -c pipe)" -eq 1 ]
}

# ---- the status file ----

@test "--status-file: state and counts during the run, then the result" {
	fleet 10
	start_service "$R" --latency 300
	configure oem-direct batch-size 2
	configure oem-direct parallel 1
	"$UNPILOT" -c "$CONF" run -q --status-file "$T/s.json" "$L" 3>&- &
	pid=$!
	eventually jq -e '.state == "running" and .counts.deregistered > 0' "$T/s.json" > /dev/null 2>&1
	cp "$T/s.json" "$T/during.json"
	wait $pid
	[ "$(jq -r '.schema, .pid, .exit_code, .total | tostring' "$T/during.json" | tr '\n' ' ')" = "unpilot-status/1 $pid null 10 " ]
	[ "$(jq .in_flight "$T/during.json")" -ge 1 ]
	[ "$(jq -r .run "$T/during.json")" = "$(basename "$(run_dir)")" ]
	[ "$(jq -r '.state, .exit_code, .in_flight, .counts.deregistered | tostring' "$T/s.json" | tr '\n' ' ')" = "finished 0 0 10 " ]
	[ "$(stat -c %a "$T/s.json")" = 644 ]
	run unpilot run -q --status-file "$T/s.json" "$T/missing.csv"
	[ "$(jq -r '.run, .state, .exit_code | tostring' "$T/s.json" | tr '\n' ' ')" = "null failed 2 " ]
}

@test "other commands refuse options of commands that send" {
	fleet 1
	start_service "$R"
	for option in --metrics-file="$T/m" --status-file="$T/s"; do
		run unpilot status "$option"
		[ "$status" -eq 2 ]
		[[ "$output" == *"has no meaning for \"status\""* ]]
	done
	run unpilot run --stats soon "$L"
	[ "$status" -eq 2 ]
	nothing_sent
}
