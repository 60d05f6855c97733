# Measures the program and its parts, then the floor and the script, over the same list and a fresh service.

# Also measures the processor seconds of the service. A share near 1 means that SUBJECT waited for the service.
with_service() { # SIZE ROUND SUBJECT COMMAND...
	local before after
	warm "$1"
	before=$(cpu_of "$service")
	measure "$@"
	after=$(cpu_of "$service")
	figure "$1,$2,$3,service_cpu,$(awk -v a="$after" -v b="$before" 'BEGIN {print a - b}')"
}

# Prints the processor seconds before the first pack: intake and sending.
watch_packs() { # FILE
	local pid=''
	until pid=$(pgrep -f "^$B/unpilot -c $work/run/unpilot.conf run"); do sleep 0.01; done
	until compgen -G "$work/run/packs/*/*/" > /dev/null; do
		kill -0 "$pid" 2> /dev/null || return 0
		sleep 0.01
	done
	cpu_of "$pid" > "$1"
}

cost_unpilot() { # SIZE ROUND
	start_service "$1"
	configure
	rm -f "$work/before"
	watch_packs "$work/before" &
	watch=$!
	with_service "$1" "$2" run $(unpilot) run -q "$list" 2> "$work/said"
	stop_service
	wait "$watch"
	watch=''
	figure "$1,$2,run,cpu_before_packs,$(cat "$work/before")"
	check_run "$1"
	read -r pack_bytes pack_files < <(find "$work"/run/packs/*/*/ -type f -printf '%s\n' |
		awk '{bytes += $1} END {printf "%.0f %d\n", bytes, NR}')
	figure "$1,$2,run,pack_bytes,$pack_bytes"
	figure "$1,$2,run,pack_files,$pack_files"
	figure "$1,$2,run,ledger_bytes,$(stat -c %s "$work/run/ledger.db")"
}

cost_report() { # SIZE ROUND
	warm "$1"
	measure "$1" "$2" report $(unpilot) report -q
	check_run "$1"
}

cost_plan() { # SIZE ROUND
	configure
	warm "$1"
	measure "$1" "$2" plan $(unpilot) plan -q "$list" > "$work/said"
}

cost_floor() { # SIZE ROUND
	mkdir "$work/floor"
	start_service "$1"
	with_service "$1" "$2" floor-process "$B/bench/floor" "$list" "$url" "$work/sb" "$work/floor" \
		"$pack_bytes" "$pack_files" > "$work/floor.txt"
	stop_service
	set_aside "$work/floor"
	check_codes "$1" "$work/floor.txt"
	awk -v at="$1,$2,floor" '
		{print at "," $1 "," $2}
		/^(csv|insert|json_out|handshakes|tls|json_in|update) / {sum += $2}
		$1 == "packs" {packs = $2}
		END {print at ",cpu," sum; print at ",cpu_with_packs," sum + packs}' "$work/floor.txt" >> "$figures"
}

cost_script() { # SIZE ROUND
	start_service "$1"
	with_service "$1" "$2" script "$python" "$here/tests/bench/script.py" "$list" "$url" "$work/sb" > "$work/script.txt"
	stop_service
	check_codes "$1" "$work/script.txt"
}

# Report comes last, because it replaces files: freed files slow the next writer down (see set_aside).
cost() { # SIZE ROUND
	cost_unpilot "$1" "$2"
	cost_floor "$1" "$2"
	cost_script "$1" "$2"
	cost_report "$1" "$2"
	cost_plan "$1" "$2"
}
