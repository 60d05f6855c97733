# fault NUMBER: plays that line of faults.txt against the program.
faults=${BASH_SOURCE[0]%/*}/faults.txt

# proxy REPLY: starts a proxy that answers every CONNECT with REPLY (empty: hangs up). Sets PROXY and PROXY_PORT.
proxy() {
	local log=$BATS_TEST_TMPDIR/proxy.log tries=0
	printf '%b' "$1" > "$BATS_TEST_TMPDIR/reply"
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr \
		SYSTEM:"read -r line; cat '$BATS_TEST_TMPDIR/reply'" 2> "$log" 3>&- &
	PROXY=$!
	until grep -q listening "$log"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.02
	done
	PROXY_PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$log")
}

# settings TEXT: writes SECTION.KEY=VALUE;;... to the configuration. @PROXY..., @FOREIGN, @EXPIRED and @D stand for files and ports.
settings() {
	local item text=$1
	case $text in
	*@PROXY403*) proxy 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n' ;;
	*@PROXY407*) proxy 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n' ;;
	*@PROXYEMPTY*) proxy '' ;;
	esac
	text=${text//@FOREIGN/oem-direct.certificate=@D/foreign-client.pem;;oem-direct.key=@D/foreign-client.key}
	text=${text//@EXPIRED/oem-direct.certificate=@D/expired-client.pem;;oem-direct.key=@D/expired-client.key}
	text=${text//@D/$D}
	text=$(sed "s/@PROXY[A-Z0-9]*/${PROXY_PORT:-}/" <<< "$text")
	while IFS= read -r item; do
		item=$(sed 's/^ *//; s/ *$//' <<< "$item")
		[ -z "$item" ] || configure "${item%%.*}" "$(sed 's/^[^.]*\.\([^=]*\)=.*/\1/' <<< "$item")" "${item#*=}"
	done < <(sed 's/;;/\n/g' <<< "$text")
}

fault() {
	local name options config scenario outcomes code submits want
	IFS='|' read -r name options config scenario outcomes code submits < <(sed -n "$1p" "$faults")
	sed 's/;;/\n/g; s/^ *//' <<< "$scenario" > "$BATS_TEST_TMPDIR/scenario"
	printf '%s\n' 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error' \
		F-{1,2,3},Fabrikam,Book > "$BATS_TEST_TMPDIR/r.csv"
	sed -i 's/F-\(.\),Fabrikam,Book/F-\1,Fabrikam,Book,330500000000\1,us,registered,/' "$BATS_TEST_TMPDIR/r.csv"
	# shellcheck disable=SC2086 # a list of words
	start_service "$BATS_TEST_TMPDIR/r.csv" --pending-polls 0 --scenario "$BATS_TEST_TMPDIR/scenario" $options
	configure oem-direct retries 1
	configure oem-direct resend-within 0s
	settings "$config"
	run --separate-stderr timeout 60 "$UNPILOT" -c "$CONF" run --json \
		"$(list ,3305000000001,,,c1 ,3305000000002,,,c1 ,3305000000003,,,c1)"
	[ -z "${PROXY:-}" ] || kill "$PROXY"
	echo "$output" > "$BATS_TEST_TMPDIR/fault.lines"
	echo "exit code $status, expected$code"
	echo "$output" | tail -1
	echo "$stderr"
	[ "$status" -eq "$code" ]
	want=$(tr -d ' ' <<< "${outcomes// /;}" | tr ';' '\n' | grep . | sort | tr '\n' ' ')
	[ "$want" = "- " ] || [ "$(tail -1 <<< "$output" | jq -r '.counts | to_entries[] | select(.value > 0) | "\(.key)=\(.value)"' | sort | tr '\n' ' ')" = "$want" ]
	[ "${submits// /}" = - ] || [ "$(grep -c '^submit' "$LOG")" -eq "$submits" ]
	refute grep -q TENANT "$LOG"
}
