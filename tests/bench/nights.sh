# Tonight's run after no nights, and after many: both cost the same, because the past is looked up and not read. NIGHTS: how many;
# NIGHT: devices of one; URL: a ledger on a server instead of a file.

# Measures one command as a figure of its own, whatever its exit code up to 3.
night_command() { # NAME COMMAND...
	local name=$1 code=0
	shift
	"${on_client[@]}" "$B/bench/measure" "$work/measured" "$@" > "$work/said" 2>&1 || code=$?
	[ $code -le 3 ] || fail "exit code $code: $*: $(tail -n 3 "$work/said")"
	awk -v at="$nights,$round,nights" -v name="$name" '{print at "," name "_wall," $1
		print at "," name "_cpu," $2 + $3; print at "," name "_peak_kib," $4}' "$work/measured" >> "$figures"
	awk -v name="$name" -v nights="$nights" '{printf "%5d nights  %-10s %7.3f s wall  %7.3f s cpu  %7d KiB\n",
		nights, name, $1, $2 + $3, $4}' "$work/measured" >&2
}

tonight() { # NIGHTS ROUND
	local nights=$1 round=$2 device=${NIGHT:-5000} began
	customers=50
	rm -f "$work/fleet$device.csv"
	make_fleet "$device"
	start_service "$device"
	configure 'parallel = 4'
	began=$(date +%s)
	"$B/bench/nights" "sqlite:$work/run/ledger.db" "$nights" "$device" "$customers" "$work/run/packs"
	heading "$nights nights in $(($(date +%s) - began)) s, $(du -k "$work/run/ledger.db" | cut -f 1) KiB"
	night_command run $(unpilot) run -q "$list"
	night_command status $(unpilot) status
	night_command find $(unpilot) find N0000000077
	night_command find_none $(unpilot) find NOBODY
	night_command customer $(unpilot) report --customer C001 -q
	night_command resume $(unpilot) resume -q
	sed -i "/^\[handoff\]/a keep-days = $((nights - 1))" "$work/run/unpilot.conf"
	[ "$nights" -lt 2 ] || night_command keep $(unpilot) run -q --again "$list"
	stop_service
}
