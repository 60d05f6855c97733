# Scenarios of the practice service, tested with curl.
bats_require_minimum_version 1.5.0
load ../e2e/helpers

# scenario LINE...: writes the file SCENARIO.
scenario() {
	SCENARIO=$BATS_TEST_TMPDIR/scenario
	printf '%s\n' "$@" > "$SCENARIO"
}

# serve [OPTION...]: starts the service with SCENARIO. The first poll of a batch has its result.
serve() {
	start_service samples/registry.csv --pending-polls 0 ${SCENARIO:+--scenario "$SCENARIO"} "$@"
	URL=https://localhost:$(cat "$D/port")/ComputerBuildReport/royd/v1/autopilot
}

# request CURL-OPTION...: limits the speed, so that an endless answer does not fill the disk. Sets CODE (of curl), HTTP (status, 000: none),
# TYPE and ANSWER (file of the body).
client=client
request() {
	ANSWER=$BATS_TEST_TMPDIR/answer CODE=0
	local said
	: > "$ANSWER"
	said=$(curl --silent --no-buffer --limit-rate 20M --output "$ANSWER" --write-out '%{http_code} %{content_type}' \
		--cert "$D/$client.pem" --key "$D/$client.key" --cacert "$D/ca.pem" "$@" "$URL") || CODE=$?
	HTTP=${said%% *} TYPE=${said#* }
}

# body SERIAL [PADDING]: prints a batch of two devices.
body() {
	printf '{"TenantID":"","TenantDomain":"","PurchaseOrderId":"%*s","Devices":[' "${2:-0}" ''
	printf '{"ProductKey":"3305000000001"},'
	printf '{"SerialNumber":"%s","OemManufacturerName":"Fabrikam","ModelName":"Book 14"}]}' "$1"
}

submit() { # [SERIAL [PADDING [CURL-OPTION...]]]
	body "${1:-FB-1002}" "${2:-0}" > "$BATS_TEST_TMPDIR/body"
	request --header 'Content-Type: application/json' --data-binary "@$BATS_TEST_TMPDIR/body" "${@:3}"
}

check() { request --head "$@"; }

poll() { request --get --data-urlencode "BatchID=$1" "${@:2}"; }

submits() { grep -c '^submit' "$LOG" || true; }

last_id() { sed -n 's/^submit \(.*\) n=[0-9].*/\1/p' "$LOG" | tail -1; }

# expect TEXT REGEX: TEXT matches REGEX; prints both if not.
expect() {
	[[ "$1" =~ ^($2)$ ]] || { echo "expected $2, came $1"; return 1; }
}

# threads: prints their number: the main thread, the listener, and one for each open connection.
connections() { echo $(($(ls "/proc/$SERVICE/task" | wc -l) - 2)); }

until_gone() { # [ALLOWED]: waits until at most ALLOWED connections are open
	local tries=0
	until [ "$(connections)" -le "${1:-0}" ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.05
	done
}

until_logged() {
	local tries=0
	until [ "$(grep -c "$1" "$LOG")" -ge "$2" ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.05
	done
}

# Lines: ACTION, exit code of curl, HTTP status, whether the work is done. Line N is for request N.
submit_table() {
	cat <<-'END'
		reset-headers|5[56]|000|0
		reset-body|5[56]|000|0
		hang-before|28|000|0
		reset|56|000|1
		empty|52|000|1
		hang|28|000|1
		drip|28|200|1
		cut|18|200|1
		cut-chunked|18|200|1
		cut-reset|56|200|1
		cut-open|0|200|1
		garbage|1|000|1
		huge|28|200|1
		status 429 Retry-After=2|0|429|0
		work-status 500|0|500|1
		html|0|200|1
		say [1|0|200|1
		type text/plain|0|200|1
		id a/b|0|200|1
		id-length 9|0|200|1
	END
}

# How long to wait for an answer: a loaded machine needs its time, except where none will come (curl's code 28).
seconds() { if [ "$1" = 28 ]; then echo 1; else echo 20; fi; }

submit_table_holds() { # PADDING LEFT
	local n=0 works=0 action code http work lines=()
	while IFS='|' read -r action code http work; do
		n=$((n + 1))
		lines+=("submit $n $action")
	done < <(submit_table)
	scenario "${lines[@]}"
	serve
	n=0
	while IFS='|' read -r action code http work; do
		n=$((n + 1)) works=$((works + work))
		submit FB-1002 "$1" --max-time "$(seconds "$code")"
		echo "$action: curl $CODE, HTTP $HTTP"
		expect "$CODE" "$code"
		expect "$HTTP" "$http"
		expect "$(submits)" "$works"
		expect "$(tail -1 "$LOG")" "fault submit #$n ${action%% *}"
	done < <(submit_table)
	submit
	expect "$CODE $HTTP" "0 200"
	[ "$(grep -c '^fault' "$LOG")" -eq "$n" ]
	until_gone "$2"
}

@test "submit: every action ends as it should, with or without the work" {
	submit_table_holds 0 0
}

# hang-before lasts until the service stops, because the unread body hides that the client has closed.
@test "the same with a submit of 400 kB" {
	submit_table_holds 400000 1
}

@test "check: actions on a request without a body" {
	scenario 'check 1 reset-headers' 'check 2 hang-before' 'check 3 status 403' 'check 4 reset' 'check 5 empty' \
		'check 6 garbage' 'check 7 html' 'check 8 status 307 Location=https://elsewhere.example/'
	serve
	n=0
	for want in '56 000 ' '28 000 ' '0 403 application/json.*' '56 000 ' '52 000 ' '1 000 ' \
		'0 200 text/html.*' '0 307 application/json.*' '0 200 application/json.*'; do
		n=$((n + 1))
		check --max-time "$(seconds "${want%% *}")" --dump-header "$BATS_TEST_TMPDIR/headers$n"
		expect "$CODE $HTTP $TYPE" "$want"
	done
	grep -q '^Location: https://elsewhere.example/' "$BATS_TEST_TMPDIR/headers8"
	[ "$(grep -c '^fault check' "$LOG")" -eq 8 ]
}

@test "poll: raw faults; actions after the work count as polls" {
	scenario 'poll 1 reset-headers' 'poll 2 status 503 Retry-After=1' 'poll 3 reset' 'poll 4 empty' 'poll 5 cut' \
		'poll 6 cut-chunked' 'poll 7 cut-reset' 'poll 8 cut-open' 'poll 9 garbage' 'poll 10 drip' 'poll 11 hang'
	serve
	submit
	id=$(last_id)
	for want in '56 000 0' '0 503 0' '56 000 1' '52 000 2' '18 200 3' '18 200 4' '56 200 5' '0 200 6' \
		'1 000 7' '28 200 8' '28 000 9' '0 200 10'; do
		poll "$id" --max-time "$(seconds "${want%% *}")"
		expect "$CODE $HTTP $(grep -c '^poll' "$LOG" || true)" "$want"
	done
}

@test "actions that cut an answer send half of it; cut-open leaves incomplete JSON" {
	scenario 'poll 2 cut' 'poll 3 cut-chunked' 'poll 4 cut-reset' 'poll 5 cut-open'
	serve
	submit
	poll "$(last_id)"
	whole=$(cat "$ANSWER")
	jq -e . <<< "$whole"
	for _ in 2 3 4 5; do
		poll "$(last_id)"
		[ "$(cat "$ANSWER")" = "${whole:0:$((${#whole} / 2))}" ]
		refute jq -e . "$ANSWER"
	done
}

@test "drip sends single bytes; huge sends more than any buffer holds" {
	scenario 'submit 1 drip' 'submit 2 huge'
	serve
	submit FB-1002 0 --max-time 1
	[ "$CODE" -eq 28 ]
	n=$(wc -c < "$ANSWER")
	[ "$n" -ge 3 ] && [ "$n" -le 11 ]
	submit FB-1002 0 --max-time 3
	[ "$CODE" -eq 28 ]
	[ "$(wc -c < "$ANSWER")" -gt 1000000 ]
	submit FB-1002 0 --max-time 20
	[ "$CODE" -eq 0 ]
	until_gone
}

@test "status: JSON or a page, several headers, dates with blanks" {
	scenario 'submit 1 status 429 Retry-After=120' \
		'submit 2 status 503 Retry-After=Wed, 21 Oct 2026 07:28:00 GMT html' \
		'submit 3 status 302 Location=https://login.example/?a=b Retry-After=7' \
		'submit 4 status 502 html' 'submit 5 work-status 500 html' 'submit 6 work-status 504'
	serve
	h=$BATS_TEST_TMPDIR/headers
	submit FB-1002 0 --dump-header "$h"
	expect "$HTTP $TYPE" '429 application/json.*'
	grep -q $'^Retry-After: 120\r$' "$h"
	[ "$(jq -r .ErrorCode "$ANSWER")" = 429 ]
	jq -e '.ErrorMessage | length > 0' "$ANSWER"
	submit FB-1002 0 --dump-header "$h"
	expect "$HTTP $TYPE" '503 text/html.*'
	grep -q $'^Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r$' "$h"
	grep -q '<html>' "$ANSWER"
	submit FB-1002 0 --dump-header "$h"
	[ "$HTTP" -eq 302 ]
	grep -q $'^Location: https://login.example/?a=b\r$' "$h"
	grep -q $'^Retry-After: 7\r$' "$h"
	submit
	expect "$HTTP $TYPE" '502 text/html.*'
	[ "$(submits)" -eq 0 ]
	submit
	expect "$HTTP $TYPE" '500 text/html.*'
	submit
	expect "$HTTP $TYPE" '504 application/json.*'
	[ "$(submits)" -eq 2 ]
}

@test "other answers: type, html, say" {
	scenario 'submit 1 type text/plain; charset=x' 'submit 2 html' 'submit 3 say  {"BatchId": "x"} # y' \
		'poll * say []'
	serve
	submit
	expect "$HTTP $TYPE" '200 text/plain; charset=x'
	[ "$(jq -r .BatchId "$ANSWER")" = "$(last_id)" ]
	submit
	expect "$HTTP $TYPE" '200 text/html.*'
	submit
	expect "$HTTP $TYPE" '200 application/json.*'
	[ "$(cat "$ANSWER")" = '{"BatchId": "x"} # y' ]
	poll "$(last_id)"
	[ "$(cat "$ANSWER")" = '[]' ]
}

@test "polls find the ids that a scenario chose" {
	scenario 'submit 1 id a b/../&BatchID=?#"<%00ü' 'submit 2 id-length 1' 'submit 3 id-length 30000'
	serve
	for want in 'a b/../&BatchID=?#"<%00ü' '[a-z]' '[a-z]{30000}'; do
		submit
		id=$(jq -r .BatchId "$ANSWER")
		[ "$id" = "$want" ] || [[ "$id" =~ ^$want$ ]]
		poll "$id"
		expect "$CODE $HTTP" '0 200'
		[ "$(jq -r .BatchId "$ANSWER")" = "$id" ]
		[ "$(jq '.Devices | length' "$ANSWER")" -eq 2 ]
	done
	[ "$(awk 'length > 1200' "$LOG" | wc -l)" -eq 0 ]
}

@test "the devices in the answer to a poll: twice, foreign, less" {
	scenario 'poll 2 twice' 'poll 3 foreign' 'poll 4 less'
	serve
	submit
	poll "$(last_id)"
	jq -c '.Devices[]' "$ANSWER" > "$BATS_TEST_TMPDIR/plain"
	poll "$(last_id)"
	[ "$(jq -c '.Devices[]' "$ANSWER" | sort | uniq -c | grep -c '^ *2 ')" -eq 2 ]
	poll "$(last_id)"
	[ "$(jq -c '.Devices[:2][]' "$ANSWER")" = "$(cat "$BATS_TEST_TMPDIR/plain")" ]
	[ "$(jq -r '.Devices[2].SerialNumber' "$ANSWER")" = NOT-ASKED-FOR ]
	poll "$(last_id)"
	[ "$(jq -c '.Devices[]' "$ANSWER")" = "$(head -1 "$BATS_TEST_TMPDIR/plain")" ]
}

@test "work before a fault counts: the devices are deregistered, the batch can be polled" {
	scenario 'submit 1 reset-body' 'submit 2 reset'
	serve
	submit
	submit
	[ "$CODE" -eq 56 ]
	[ "$(grep -c '^device .*result=Complete' "$LOG")" -eq 2 ]
	poll "$(last_id)"
	[ "$(jq -r '.Devices[].DeviceStatusName' "$ANSWER" | sort -u)" = Complete ]
	submit
	[ "$(grep -c '^device .*result=ZtdDeviceIsNotRegistered' "$LOG")" -eq 2 ]
}

@test "selectors: numbers, ranges, texts; the first line that matches wins" {
	scenario '# a comment' '' 'submit 2 status 402' '  submit 2-3   status 403' \
		'submit with=FB-1003 status 404' 'submit 6- status 406' 'poll with=nobody status 410' 'check * status 418'
	serve
	for want in 200 402 403 404 200 404 406 406; do
		case $want in 404) submit FB-1003 ;; *) submit FB-1004 ;; esac
		expect "$HTTP" "$want"
	done
	poll nobody-1
	[ "$HTTP" -eq 410 ]
	poll somebody
	[ "$HTTP" -eq 404 ]
	check
	check
	[ "$HTTP" -eq 418 ]
	[ "$(grep '^fault' "$LOG")" = "$(printf 'fault %s status\n' 'submit #2' 'submit #3' 'submit #4' 'submit #6' \
		'submit #7' 'submit #8' 'poll #1' 'check #1' 'check #2')" ]
}

@test "a scenario that cannot be read prevents the start; the message names file, line and what was expected" {
	while IFS='|' read -r line want; do
		scenario '# first' "$line"
		run --separate-stderr "$SANDBOX" --dir "$BATS_TEST_TMPDIR/sb" --port 0 --scenario "$SCENARIO"
		echo "$line: $stderr"
		[ "$status" -eq 1 ]
		[[ "$stderr" == "unpilot-sandbox: $SCENARIO:2: "*"$want"* ]]
		[ ! -e "$BATS_TEST_TMPDIR/sb/port" ]
	done <<-'END'
		ask * reset|expected check, submit or poll; token, customer, batches, devices or delete; or managed, autopilot, keys, unmanage, deregister, unassign or sync, found "ask"
		submit 0 reset|expected *, N, N-M, N-, with=TEXT or N-M,with=TEXT, found "0"
		submit 3-2 reset|found "3-2"
		submit with= reset|found "with="
		submit|found ""
		submit * explode|found "explode"; the actions are: reset-headers reset-body hang-before status reset empty hang
		submit *|expected an action
		submit * reset now|reset takes no argument, found "now"
		submit * status|expected an HTTP status from 200 to 599, found ""
		submit * status 99|found "99"
		submit * status 429 Retry=1|expected Retry-After=V, Location=URL or html
		submit * id|expected a text after id
		submit * id-length 0|expected a number from 1 to
		check * cut|action cut cannot be played on check
		poll * id x|action id cannot be played on poll
		submit * less|action less cannot be played on submit
		check with=x reset|with= does not go with check
		submit with=x reset-headers|played before the body has come
	END
	scenario 'submit with=x cut' 'submit 1 hang-before'
	run "$SANDBOX" --dir "$BATS_TEST_TMPDIR/sb" --port 0 --scenario "$SCENARIO"
	[ "$status" -eq 1 ]
	run "$SANDBOX" --dir "$BATS_TEST_TMPDIR/sb" --port 0 --scenario "$BATS_TEST_TMPDIR/missing"
	[ "$status" -eq 1 ]
}

@test "help and program know the same actions" {
	scenario 'submit * nothing'
	run --separate-stderr "$SANDBOX" --dir "$BATS_TEST_TMPDIR/sb" --port 0 --scenario "$SCENARIO"
	help=$("$SANDBOX" --help | sed -n '/^ACTIONs/,$p' | tr '\n' ' ')
	for action in ${stderr##*actions are: }; do
		[[ "$help" =~ [\ ,]$action[\ ,.] ]]
	done
	[ "$(wc -w <<< "${stderr##*actions are: }")" -eq 27 ]
}

@test "SIGTERM ends the service at once, even during faults" {
	scenario 'submit 1 hang' 'submit 2 hang-before' 'submit 3 drip' 'submit 4 huge'
	serve
	for n in 1 2 3 4; do
		submit FB-1002 0 --max-time 60 3>&- &
		until_logged '^fault' "$n"
	done
	before=$SECONDS
	kill "$SERVICE"
	wait "$SERVICE"
	SERVICE=
	wait
	[ $((SECONDS - before)) -le 30 ] # the clients would wait for 60
}

@test "SIGTERM ends the service at once, even during a long latency" {
	scenario 'check 1 hang'
	serve --latency 60000
	submit FB-1002 0 --max-time 60 3>&- &
	until_logged '^submit' 1
	before=$SECONDS
	kill "$SERVICE"
	wait "$SERVICE"
	SERVICE=
	wait
	[ $((SECONDS - before)) -le 30 ] # the clients would wait for 60
}

@test "a fault ends when its client closes the connection" {
	scenario 'submit 1 hang' 'submit 2 hang-before' 'submit 3 drip' 'submit 4 huge'
	serve
	for _ in 1 2 3 4; do
		submit FB-1002 0 --max-time 0.5
		[ "$CODE" -eq 28 ]
	done
	until_gone
}

@test "--tls offers only that version" {
	serve --tls 1.2
	check --tls-max 1.2
	expect "$CODE $HTTP" '0 200'
	check --tlsv1.3
	expect "$CODE" 35
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	rm "$D/port"
	serve --tls 1.3
	check --tlsv1.3
	expect "$CODE $HTTP" '0 200'
	check --tls-max 1.2
	expect "$CODE" 35
	run "$SANDBOX" --tls 1.1
	[ "$status" -eq 64 ]
}

# refused CLIENT CODE WORDS: the service refuses the client; curl ends with CODE and names the alert.
refused() { # CLIENT CODE WORDS
	client=$1
	check --show-error 2> "$BATS_TEST_TMPDIR/said"
	echo "$1: curl $CODE, $(head -1 "$BATS_TEST_TMPDIR/said")"
	expect "$CODE" "$2"
	grep -qE "$3" "$BATS_TEST_TMPDIR/said"
}

@test "a refused client gets an alert under both TLS versions" {
	serve --tls 1.2
	refused foreign-client 35 'alert unknown ca'
	refused expired-client 60 'verification failed'
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	rm "$D/port"
	serve --tls 1.3
	refused foreign-client 56 'alert unknown ca'
	refused expired-client 56 'alert certificate expired'
	client=client
	check
	expect "$CODE $HTTP" '0 200'
	[ ! -s "$LOG" ]
}

@test "--no-alert: a refused client gets no alert" {
	serve --tls 1.2 --no-alert
	refused foreign-client 35 'SYSCALL|reset|unexpected eof'
	refused expired-client 35 'SYSCALL|reset|unexpected eof'
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	rm "$D/port"
	serve --tls 1.3 --no-alert
	refused foreign-client '5[256]' 'Empty reply|reset|unexpected eof|Broken pipe'
	refused expired-client '5[256]' 'Empty reply|reset|unexpected eof|Broken pipe'
	refute grep -q alert "$BATS_TEST_TMPDIR/said"
	client=client
	check
	expect "$CODE $HTTP" '0 200'
}

@test "--server-certificate presents certificates that a client must refuse" {
	for want in 'expired-server has expired' 'other-name no alternative certificate subject name' \
		'foreign-server unable to get local issuer'; do
		serve --server-certificate "${want%% *}"
		check --show-error 2> "$BATS_TEST_TMPDIR/said"
		expect "$CODE" 60
		grep -q "${want#* }" "$BATS_TEST_TMPDIR/said"
		kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
		rm "$D/port"
	done
	serve --server-certificate server
	check
	expect "$CODE $HTTP" '0 200'
	run "$SANDBOX" --server-certificate client
	[ "$status" -eq 64 ]
}

@test "a directory that lacks newer certificates gets them" {
	serve
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	rm "$D/port" "$D/foreign-server.pem"
	serve --server-certificate foreign-server
	check
	expect "$CODE" 60
}
