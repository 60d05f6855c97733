# Tonight's run after no nights, and after many: both cost the same, because the past is looked up and not read. On a file, and on
# a server: URL, or one of its own if PostgreSQL is installed. NIGHTS: how many; NIGHT: devices of one.
pg='' # the folder of our own server

nights_psql() { psql -XAtq -v ON_ERROR_STOP=1 "$server" -c "$1"; }

# Sets `server` to the URL of a server, or to "".
nights_server() {
	server=${URL:-}
	if [ -z "$server" ] && sh "$here/tests/postgres.sh" have; then
		pg=$(mktemp -d /tmp/unpilot-bench.XXXXXX)
		server=$(sh "$here/tests/postgres.sh" start "$pg")
	fi
	[ -n "$server" ] || heading "no server: URL is not set, and PostgreSQL is not installed"
}

nights_server_stop() {
	[ -z "$pg" ] || sh "$here/tests/postgres.sh" stop "$pg"
	rm -rf "${pg:-/nonexistent}"
	pg=''
}

# A new ledger: a schema of its own on a server. Sets `ledger`.
nights_ledger() { # ENGINE
	ledger=sqlite:$work/run/ledger.db
	[ "$1" = postgresql ] || return 0
	nights_psql 'SET client_min_messages=warning; DROP SCHEMA IF EXISTS unpilot_bench CASCADE; CREATE SCHEMA unpilot_bench'
	case $server in
	*\?*) ledger="$server&options=-csearch_path%3Dunpilot_bench" ;;
	*) ledger="$server?options=-csearch_path%3Dunpilot_bench" ;;
	esac
}

nights_bytes() { # ENGINE
	if [ "$1" = sqlite ]; then
		cat "$work"/run/ledger.db* | wc -c
	else
		nights_psql "SELECT SUM(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relkind='r' AND relnamespace='unpilot_bench'::regnamespace"
	fi
}

# Processor seconds of our own server in connections that have ended.
nights_server_cpu() {
	if [ -z "$pg" ]; then echo 0; return; fi
	awk -v tick="$(getconf CLK_TCK)" '{print ($16 + $17) / tick}' "/proc/$(head -n 1 "$pg/data/postmaster.pid")/stat"
}

# Measures one command as a figure of its own.
night_command() { # NAME CODES COMMAND...
	local name=$1 codes=$2 code=0 before after
	shift 2
	before=$(nights_server_cpu)
	"${on_client[@]}" "$B/bench/measure" "$work/measured" "$@" > "$work/said" 2>&1 || code=$?
	[[ " $codes " = *" $code "* ]] || fail "exit code $code: $*: $(tail -n 3 "$work/said")"
	[ -z "$pg" ] || sleep 0.3 # until the server has noticed the end
	after=$(nights_server_cpu)
	awk -v at="$nights,$round,nights-$engine" -v name="$name" -v server="$(awk -v a="$after" -v b="$before" 'BEGIN {print a - b}')" '
		{print at "," name "_wall," $1; print at "," name "_cpu," $2 + $3; print at "," name "_server," server
		print at "," name "_peak_kib," $4}' "$work/measured" >> "$figures"
	awk -v name="$name" -v nights="$nights" -v engine="$engine" '{printf "%s, %5d nights  %-10s %7.3f s wall  %7.3f s cpu  %7d KiB\n",
		engine, nights, name, $1, $2 + $3, $4}' "$work/measured" >&2
}

tonight() { # ENGINE NIGHTS ROUND
	local engine=$1 nights=$2 round=$3 device=${NIGHT:-5000} customers=50 began ledger
	make_fleet "$device"
	start_service "$device"
	configure
	nights_ledger "$engine"
	sed -i "s|^url = sqlite.*|url = ${ledger//&/\\&}|" "$work/run/unpilot.conf"
	printf '[spool]\ndirectory = %s\n' "$work/run/spool" >> "$work/run/unpilot.conf"
	"$B/unpilot" -c "$work/run/unpilot.conf" init -q
	began=$(date +%s)
	"$B/bench/nights" "$ledger" "$nights" "$device" "$customers" "$work/run/packs"
	[ "$engine" = sqlite ] || nights_psql 'VACUUM ANALYZE'
	heading "$nights nights in $(($(date +%s) - began)) s"
	figure "$nights,$round,nights-$engine,ledger_bytes,$(nights_bytes "$engine")"
	night_command run '0 1' $(unpilot) run -q "$list"
	check_run "$device"
	night_command status 0 $(unpilot) status
	night_command find 0 $(unpilot) find FB00000077
	night_command find-none 1 $(unpilot) find NOBODY
	night_command customer '0 1' $(unpilot) report --customer C001 -q
	night_command resume '0 1' $(unpilot) resume -q
	night_command keep-none '0 1' $(unpilot) run -q
	# hold-days is 30, and keep-days must not be less
	sed -i "s/^\[handoff\]/&\nkeep-days = $nights/" "$work/run/unpilot.conf"
	[ "$nights" -lt 30 ] || night_command keep '0 1' $(unpilot) run -q
	stop_service
	rm -rf "$work/run"
}
