# Each error is printed once, when it happens; then come the summary, the number of errors, and the next command.
bats_require_minimum_version 1.5.0
load helpers

setup() { MOUNTED=(); }

stop_service() {
	[ -z "${SERVICE:-}" ] || { kill "$SERVICE" && wait "$SERVICE" || true; }
	SERVICE=
}

teardown() {
	local m
	for m in "${MOUNTED[@]}"; do umount "$m"; done
	stop_service
}

# fleet N: a registry R and a list L of N devices.
fleet() {
	R=$BATS_TEST_TMPDIR/r.csv L=$BATS_TEST_TMPDIR/fleet.csv
	echo 'Serial Number,Product Key ID,Manufacturer,Model,Error' > "$R"
	echo 'Serial Number,Product Key ID,Manufacturer,Model,Customer' > "$L"
	for i in $(seq 1 "$1"); do
		printf 'F-%s,,Contoso,Book,%s\n' "$i" "${ERROR:-}" >> "$R"
		printf 'F-%s,,Contoso,Book,contoso\n' "$i" >> "$L"
	done
}

# service [SCENARIO...]: a new ledger, and four batches of two devices, one at a time.
service() {
	stop_service
	rm -rf "$BATS_TEST_TMPDIR/sb"
	fleet "${DEVICES:-8}"
	printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/scenario"
	start_service "$R" --scenario "$BATS_TEST_TMPDIR/scenario"
	configure oem-direct batch-size 2
	configure oem-direct parallel 1
	configure oem-direct retries 0
	configure oem-direct timeout 500ms
}

# The texts of the errors on standard error, one a line.
errors() { sed -n 's/^unpilot: error: //p' <<< "$stderr"; }

# once: no line stands twice, and no other line contains the text of an error. The last line is the next command; the line
# before it is the number of errors if there are several and the summary follows them.
once() {
	local text count
	[ -z "$(grep . <<< "$stderr" | sort | uniq -d)" ] || { echo "$stderr" >&2; return 1; }
	while read -r text; do
		[ "$(grep -cF -- "$text" <<< "$stderr")" -eq 1 ] || { echo "twice: $text" >&2; return 1; }
	done < <(errors)
	[[ "$(tail -1 <<< "$stderr")" == "next: unpilot "* ]] || { echo "$stderr" >&2; return 1; }
	count=$(errors | wc -l)
	[ "$count" -ge 1 ] || { echo "no error: $stderr" >&2; return 1; }
	if grep -q 'errors, printed above$' <<< "$stderr"; then
		[ "$(tail -2 <<< "$stderr" | head -1)" = "unpilot: $count errors, printed above" ]
	fi
}

# night CODE TEXT COMMAND [ARGUMENT...]: the command ends with CODE and one error with TEXT.
night() {
	local code=$1 text=$2
	shift 2
	run --separate-stderr unpilot "$@"
	[ "$status" -eq "$code" ] || { echo "$status: $stderr" >&2; return 1; }
	once
	[ "$(grep -cF -- "$text" <<< "$stderr")" -eq 1 ] || { echo "not once: $text: $stderr" >&2; return 1; }
}

# all_ways CODE TEXT [OPTION...]: the same night with each kind of output. Nothing becomes silent.
all_ways() {
	local code=$1 text=$2 log=$BATS_TEST_TMPDIR/log
	shift 2
	for how in '' -q --json '-q --json' "--log-file $log" "-q --log-file $log"; do
		rm -f "$log"
		night "$code" "$text" run $how "$@" "$L" || { echo "with $how" >&2; return 1; }
		[ ! -e "$log" ] || [ "$(grep ' error: ' "$log" | grep -cF -- "$text")" -eq 1 ] || { cat "$log" >&2; return 1; }
	done
	run --separate-stderr unpilot run --log-json "$@" "$L"
	[ "$status" -eq "$code" ]
	[ "$(jq -r 'select(.level == "error").message' <<< "$stderr" | grep -cF -- "$text")" -eq 1 ]
	refute grep -q 'printed above' <<< "$stderr"
}

@test "lost batches: each is an error, and their number comes after the summary" {
	service 'submit 3 reset-headers' 'submit with=F-1 cut' 'submit with=F-7 hang'
	configure oem-direct resend-within 0s
	run --separate-stderr unpilot run "$L"
	[ "$status" -eq 6 ]
	once
	[ "$(errors | grep -c 'outcome unknown: ')" -eq 3 ] || { echo "$stderr"; return 1; }
	[ "$(tail -2 <<< "$stderr" | head -1)" = "unpilot: 3 errors, printed above" ]
	for how in -q --json '--json -q'; do
		run --separate-stderr unpilot run --again $how "$L"
		[ "$status" -eq 6 ]
		once
		[ "$(tail -2 <<< "$stderr" | head -1)" = "unpilot: 2 errors, printed above" ]
	done
}

@test "results that nobody can read, and a refused batch" {
	service 'poll * garbage'
	configure oem-direct batch-size 8
	configure oem-direct poll-deadline 100ms
	all_ways 6 'no readable result' --again
	service 'submit with=F-7 status 400'
	configure oem-direct batch-size 1
	all_ways 1 'refused: ' --again --max-fail-percent 100
}

@test "a token or certificate that is refused: before the first batch, and in the middle" {
	service 'check * status 401'
	all_ways 3 'credentials refused, nothing sent' --again
	service 'submit with=F-5 status 401'
	all_ways 3 'credentials refused' --again
	service 'poll * status 403'
	night 3 'poll: credentials refused' run --again "$L"
}

@test "a service that is down, busy, or goes down in the middle" {
	service 'submit with=F-5 status 503'
	all_ways 6 'HTTP 503' --again
	service 'submit with=F-5 status 429 Retry-After=9'
	configure oem-direct busy-deadline 1s
	all_ways 5 'busy-deadline is over' --again
	stop_service
	all_ways 5 'service unreachable' --again
}

@test "an alarm, and the nights after it" {
	ERROR=806 service
	night 4 ALARM run "$L"
	all_ways 4 'raised an alarm at' --again
}

@test "guards: too many devices, too many of a customer, a list that was sent already, too many failures" {
	service
	all_ways 4 'max-devices is 7' --max-devices 7
	all_ways 4 'max-per-customer is 7' --max-per-customer 7
	run -0 --separate-stderr unpilot run "$L"
	all_ways 4 'this very list was sent'
	ERROR=812 DEVICES=60 service
	configure limits max-unanswered 10
	all_ways 4 'max-fail-percent' --again
}

@test "packs that cannot be written: a full disk, a file in the way" {
	service
	mkdir -p "$D/handoff"
	mount -t tmpfs -o size=64k none "$D/handoff" 2> /dev/null || skip "cannot mount"
	MOUNTED+=("$D/handoff")
	cat /dev/zero > "$D/handoff/filler" 2> /dev/null || true
	night 7 'the outcomes are in the ledger' run "$L"
	for command in resume 'resume -q' report 'resume --json' "letter --again $L"; do
		night 7 'No space left on device' $command
	done
	run --separate-stderr unpilot run -q --again "$L" # two runs are without packs
	[ "$status" -eq 7 ]
	once
	[ "$(errors | grep -c 'No space left on device')" -eq 2 ]
	umount "$D/handoff"
	MOUNTED=()
	printf 'a file' > "$D/file"
	night 7 "$D/file: " report --out "$D/file"
}

@test "outputs that cannot be written: standard output, status file, metrics, log" {
	service
	run --separate-stderr bash -c '"$0" -c "$1" run --again --json "$2" > /dev/full' "$UNPILOT" "$CONF" "$L"
	[ "$status" -eq 7 ]
	once
	[ "$(errors)" = "cannot write to standard output: No space left on device" ]
	run --separate-stderr bash -c '"$0" -c "$1" run --again "$2" > /dev/full' "$UNPILOT" "$CONF" "$L"
	[ "$status" -eq 7 ]
	once
	configure metrics status-file /proc/none/status
	configure metrics metrics-file /proc/none/metrics
	all_ways 7 'status file: ' --again
	night 7 'metrics file: ' run --again "$L"
	run --separate-stderr unpilot run --again -q --log-file /dev/full "$L"
	[ "$status" -eq 2 ]
	once
}
