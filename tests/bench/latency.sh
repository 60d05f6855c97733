# Measures how much time a run takes beyond the waiting, when every answer takes LATENCY ms.

LATENCY=200

# Seconds from the first request to the last answer. The service logs a request before it waits, so the last answer leaves LATENCY
# after the last line.
seconds_of() { # LOG
	awk -v latency="$LATENCY" 'NR == 1 {first = $1} {last = $1} END {print last - first + latency / 1000}' "$1"
}

latency() { # DEVICES BATCH PARALLEL ROUND
	local at batches requests
	make_fleet "$1"
	start_service "$1" "$LATENCY" "$work/requests"
	configure "batch-size = $2" "parallel = $3"
	sed -i 's/^poll-interval.*/poll-interval = 10ms/' "$work/run/unpilot.conf"
	"${on_client[@]}" $(unpilot) run -q "$list" 2> "$work/said" || [ $? -eq 1 ] || fail "$(cat "$work/said")"
	stop_service
	check_run "$1"
	batches=$(grep -c ' submit ' "$work/requests")
	requests=$(grep -c . "$work/requests")
	at="$1,$4,latency-$3"
	figure "$at,batch,$2"
	figure "$at,parallel,$3"
	figure "$at,batches,$batches"
	figure "$at,requests,$requests"
	figure "$at,latency,$LATENCY"
	figure "$at,seconds,$(seconds_of "$work/requests")"
}
