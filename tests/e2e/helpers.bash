# Runs the program against the practice service, on loopback, with TLS.
: "${UNPILOT:=build/unpilot}" "${SANDBOX:=build/unpilot-sandbox}"
TESTS=${BASH_SOURCE[0]%/*}/..

# start_service REGISTRY [OPTION...]: sets D (directory of the service), CONF, LOG and SERVICE (its
# process id); creates ledger and folders.
start_service() {
	D=$BATS_TEST_TMPDIR/sb CONF=$BATS_TEST_TMPDIR/sb/unpilot.conf LOG=$BATS_TEST_TMPDIR/service.log
	local registry=$1 tries=0
	shift
	echo "$BATS_TEST_TMPDIR" >> "$BATS_FILE_TMPDIR/tests"
	: > "$LOG"
	"$SANDBOX" --quiet --dir "$D" --port 0 --registry "$registry" --log "$LOG" "$@" 3>&- &
	SERVICE=$!
	until [ -e "$D/port" ]; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || return 1
		sleep 0.05
	done
	sed -i 's/^poll-interval.*/poll-interval = 20ms/' "$CONF"
	configure limits canary 0 # tests of the canary set it themselves
	"$UNPILOT" -c "$CONF" init -q
}

teardown() {
	[ -z "${SERVICE:-}" ] || { kill "$SERVICE" && wait "$SERVICE" || true; }
}

# configure SECTION KEY VALUE: sets a key; adds key and section if they are missing.
configure() {
	grep -q "^\[$1\]" "$CONF" || printf '[%s]\n' "$1" >> "$CONF"
	sed -i "/^\[$1\]/,/^\[/{/^$2 = /d}; s|^\[$1\]|[$1]\n$2 = $3|" "$CONF"
}

# Keeps the lines of --json for fit_schemas, unless standard error goes to the same place and could cut one of them.
unpilot() {
	case " $* " in
	*' --json '*)
		if [ /proc/self/fd/1 -ef /proc/self/fd/2 ]; then
			"$UNPILOT" -c "$CONF" "$@"
			return
		fi
		"$UNPILOT" -c "$CONF" "$@" | tee -a "$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER.lines"
		return "${PIPESTATUS[0]}" ;;
	*) "$UNPILOT" -c "$CONF" "$@" ;;
	esac
}

# Compares every line of --json, summary, pack and status file of this file's tests with samples/schema/.
fit_schemas() {
	[ -e "$BATS_FILE_TMPDIR/tests" ] || return 0
	{ sort -u "$BATS_FILE_TMPDIR/tests"; find "$BATS_FILE_TMPDIR" -maxdepth 1 -name '*.lines'; } | xargs /usr/bin/python3 "$TESTS/schemas.py" check
}

teardown_file() { fit_schemas; }

# list LINE...: writes a list and prints its path.
list() {
	printf '%s\n' 'Serial Number,Product Key ID,Manufacturer,Model,Customer' "$@" > "$BATS_TEST_TMPDIR/list.csv"
	echo "$BATS_TEST_TMPDIR/list.csv"
}

nothing_sent() { ! grep -q '^submit' "$LOG"; }

run_dir() { echo "$D"/handoff/*/; }

# refute COMMAND...: fails if the command succeeds. ("! command" does not stop a test.)
refute() {
	if "$@"; then
		return 1
	fi
}

# interrupt_run SIGNAL LIST: starts a run and sends the signal once a request has arrived. Sets CODE.
interrupt_run() {
	"$UNPILOT" -c "$CONF" run -q --parallel 1 "$2" 3>&- &
	local pid=$!
	until grep -q '^submit' "$LOG"; do sleep 0.02; done
	kill "-$1" "$pid"
	CODE=0
	wait "$pid" || CODE=$?
}

# moment: the time now as receipts write it, but later than all that this test got before: two receipts of
# one person and pack are two only when their times differ, and a fast machine makes several in a second.
moment() {
	local now last
	now=$(date +%s) last=$(cat "$BATS_TEST_TMPDIR/.moment" 2>/dev/null || echo 0)
	[ "$now" -gt "$last" ] || now=$((last + 1))
	echo "$now" > "$BATS_TEST_TMPDIR/.moment"
	date -u -d "@$now" +%FT%TZ
}
