# Kills a run when half of its batches are sent, and measures how soon "resume" sends the next one.

wait_for_submits() { # COUNT
	local tries=0
	until [ "$(grep -c ' submit ' "$work/requests")" -ge "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 60000 ] || fail "the run sends nothing"
		kill -0 "$client" 2> /dev/null || fail "the run ended before half of the batches were sent: $(tail -5 "$work/said")"
		sleep 0.01
	done
}

# Rows of a batch that was sent twice may be not-registered, and then the reason says so.
check_resumed() { # SIZE
	awk -F'"' '
		/^{"type":"device"/ {
			for (i = 2; i < NF; i += 2) if ($i == "outcome") {outcome = $(i + 2); break}
			if (outcome == "not-registered" && /may have deregistered/) again++
			else n[outcome]++
		}
		END {for (o in n) print o, n[o]; print "?", again + 0}' "$work/resumed" > "$work/counts"
	awk 'NR == FNR {if ($1 == "?") left = $2; else n[$1] = $2; next}
		{missing = $2 - n[$1]; delete n[$1]; left -= missing; bad = bad || missing < 0}
		missing > 0 && $1 != "deregistered" && $1 != "not-registered" {bad = 1}
		END {for (o in n) bad = 1; exit bad || left != 0}' "$work/counts" <(expected "$1") ||
		fail "wrong outcomes after resume: $(tr '\n' ' ' < "$work/counts")"
	[ "$(packs)" -eq "$customers" ] || fail "$(packs) packs instead of $customers"
}

resume_killed() { # SIZE ROUND
	local batches=$((($1 + 999) / 1000)) start first
	make_fleet "$1"
	start_service "$1" 0 "$work/requests"
	configure
	"${on_client[@]}" $(unpilot) run -q "$list" 2> "$work/said" &
	client=$!
	wait_for_submits $(((batches + 1) / 2))
	kill -9 "$client"
	wait "$client" 2> /dev/null || true
	client=''
	sleep 0.5
	warm "$1"
	start=$EPOCHREALTIME
	measure "$1" "$2" resume $(unpilot) resume --json > "$work/resumed" 2> "$work/said"
	stop_service
	first=$(awk -v start="$start" '$1 > start {print $1; exit}' "$work/requests")
	[ -n "$first" ] || fail "resume sent nothing"
	figure "$1,$2,resume,first_request,$(awk -v a="$first" -v b="$start" 'BEGIN {printf "%.3f", a - b}')"
	check_resumed "$1"
	figure "$1,$2,resume,asked_again,$(awk '$1 == "?" {print $2}' "$work/counts")"
}
