# Functions for the scripts of this folder: start the service, write configurations, record figures.
# B: the build directory; work: scratch folder, removed at the end; figures: the CSV file of all figures.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
B=${B:-$here/build}
out=$B/bench
figures=$out/figures.csv
customers=${CUSTOMERS:-200}
python=/usr/bin/python3 # Debian's python3-requests belongs to it
service='' stamp='' watch='' client='' # process ids

fail() { echo "bench: $*" >&2; exit 1; }

heading() { echo "== $*" >&2; }

clean() {
	local pid
	for pid in $service $stamp $watch $client; do kill "$pid" 2> /dev/null || true; done
	[ -n "${KEEP:-}" ] || rm -rf "$work"
	! declare -F nights_server_stop > /dev/null || nights_server_stop
}

begin() {
	mkdir -p "$out"
	work=$(mktemp -d "$out/work.XXXXXX")
	trap clean EXIT
}

# Client and service get separate cores if there are two. These are words before a command and not functions, so that $! is the
# process id of the command.
on_client=() on_service=()
cores=$(nproc)
if [ "$cores" -gt 1 ]; then
	on_client=(taskset -c 0)
	on_service=(taskset -c "1-$((cores - 1))")
fi

machine() {
	printf '%s, %d cores, Linux %s, %s, load at the start %s' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
		"$cores" "$(uname -r)" "$(. /etc/os-release && echo "$PRETTY_NAME")" "$(cut -d' ' -f1 /proc/loadavg)"
}

make_fleet() { # DEVICES
	[ -e "$work/fleet$1.csv" ] || sh "$here/samples/make-fleet.sh" "$1" "$customers" "$work/fleet$1.csv" \
		"$work/registry$1.csv" "$work/expected$1.csv"
	list=$work/fleet$1.csv
}

# Starts a service in which all devices are still registered. LATENCY: ms. LOG: gets a time in every line.
start_service() { # DEVICES [LATENCY] [LOG]
	local tries=0 latency=${2:-0} log=${3:-} options=()
	rm -rf "$work/sb/port" "$work/log"
	if [ -n "$log" ]; then
		mkfifo "$work/log"
		"${on_service[@]}" "$python" "$here/tests/bench/stamp.py" < "$work/log" > "$log" &
		stamp=$!
		options=(--log "$work/log")
	fi
	"${on_service[@]}" "$B/unpilot-sandbox" --quiet --dir "$work/sb" --port 0 --registry "$work/registry$1.csv" \
		--pending-polls 0 --latency "$latency" "${options[@]}" &
	service=$!
	until [ -e "$work/sb/port" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "the practice service did not start"
		sleep 0.1
	done
	url=$(sed -n 's/^url = \(https.*\)/\1/p' "$work/sb/unpilot.conf")
}

stop_service() {
	kill "$service"
	wait "$service" || true
	service=''
	[ -z "$stamp" ] || wait "$stamp" || true
	stamp=''
}

# Moves a folder away instead of removing it. ext4 without a journal checks freed inodes for some minutes before it reuses them,
# so the next run would pay for the removal.
set_aside() { # FOLDER
	[ ! -e "$1" ] || mv "$1" "$(mktemp -d "$work/aside.XXXXXX")"
}

# Touches as much memory as a run of so many devices uses. In a virtual machine the first write to a page costs a second or more a
# GB, which a measurement should not include.
warm() { # DEVICES
	head -c "$(($1 * 2000))" /dev/zero > "$work/scratch"
	rm "$work/scratch"
}

# Writes the service's configuration without guards, with ledger and packs in $work/run.
configure() { # [KEY = VALUE of oem-direct...]
	local key
	set_aside "$work/run"
	mkdir "$work/run"
	sed -e "s|^url = sqlite.*|url = sqlite:$work/run/ledger.db|; s|^directory = .*|directory = $work/run/packs|" \
		-e 's/^poll-interval.*/poll-interval = 100ms/; s/^poll-deadline.*/poll-deadline = 10m/' \
		"$work/sb/unpilot.conf" > "$work/run/unpilot.conf"
	for key in "$@"; do
		sed -i "/^\[oem-direct\]/a $key" "$work/run/unpilot.conf"
	done
	printf '[limits]\nmax-devices = 0\nmax-fail-percent = 100\n' >> "$work/run/unpilot.conf"
	"$B/unpilot" -c "$work/run/unpilot.conf" init -q
}

# Processor seconds of a process so far, in all threads.
cpu_of() { awk -v tick="$(getconf CLK_TCK)" '{print ($14 + $15) / tick}' "/proc/$1/stat"; } # PID

figure() { echo "$1" >> "$figures"; } # SIZE,ROUND,SUBJECT,NAME,VALUE

# Runs the command on the client's core and records its figures. Accepts exit code 1, because some devices of every fleet cannot be
# deregistered.
measure() { # SIZE ROUND SUBJECT COMMAND...
	local at="$1,$2,$3" code=0
	shift 3
	"${on_client[@]}" "$B/bench/measure" "$work/measured" "$@" || code=$?
	[ $code -le 1 ] || fail "exit code $code: $*"
	awk -v at="$at" '{print at ",wall," $1; print at ",user," $2; print at ",sys," $3
		print at ",cpu," $2 + $3; print at ",peak_kib," $4}' "$work/measured" >> "$figures"
}

unpilot() { echo "$B/unpilot" -c "$work/run/unpilot.conf"; }

# The outcomes that the fleet implies, as sorted lines "OUTCOME COUNT".
expected() { # DEVICES
	cut -d, -f2 "$work/expected$1.csv" | sort | uniq -c | awk '{print $2, $1}'
}

# The outcomes in summary.json, as the same lines.
counted() {
	tr ',{}' '\n\n\n' < "$(echo "$work"/run/packs/*/summary.json)" |
		awk -F'["]' '/^"[a-z-]+":[0-9]+$/ {n = substr($3, 2); if ($2 != "exit_code" && n > 0) print $2, n}' | sort
}

packs() { find "$work/run/packs" -mindepth 3 -name handoff.json | wc -l; }

# Fails if the run is wrong, however fast it was.
check_run() { # DEVICES
	[ "$(counted)" = "$(expected "$1")" ] || fail "$1 devices: wrong outcomes: $(counted | tr '\n' ' ')"
	[ "$(packs)" -eq "$customers" ] || fail "$(packs) packs instead of $customers"
}

# The same check for the floor and the script, which count error codes.
check_codes() { # DEVICES FILE
	[ "$(awk '
		BEGIN {
			name["outcome_0"] = "deregistered"; name["outcome_807"] = "not-registered"
			name["outcome_811"] = "not-ours"; name["outcome_812"] = "not-found"
			name["outcome_813"] = "not-unique"
		}
		/^outcome_/ {print name[$1], $2}' "$2" | sort)" = "$(expected "$1")" ] || fail "$1 devices: wrong error codes: $(cat "$2")"
}
