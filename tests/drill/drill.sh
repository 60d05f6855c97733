#!/bin/bash
# drill.sh [DEVICES]: several machines share one ledger. First measures one, two and three workers against a slow service. Then runs
# three workers, kills one and restarts PostgreSQL; the outcomes must equal those of an undisturbed run. The clock of the third
# machine is an hour ahead. As root, each machine and the service get a network of their own (net.sh). The ledger's server is
# reached by its socket. B: the build directory.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-$here/build}
devices=${1:-50000}
batch=${BATCH:-500} latency=${LATENCY:-800}
work=$(mktemp -d /tmp/unpilot-drill.XXXXXX)
chmod 755 "$work" # the server runs as another user
service='' net='' workers=() ahead=([1]='' [2]='' [3]="LD_PRELOAD=$work/clock.so")

clean() {
	local pid
	for pid in $service "${workers[@]}"; do kill "$pid" 2> /dev/null || true; done
	sh "$here/tests/drill/net.sh" remove "unpilot-drill-$$" 3 2> /dev/null
	sh "$here/tests/postgres.sh" stop "$work/pg" || true
	[ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clean EXIT

fail() { echo "drill: $*" >&2; exit 1; }

# Replaces the shell with COMMAND in the network of machine N (or of the service), so that $! is the command.
on() { # N COMMAND...
	local n=$1
	shift
	[ -z "$net" ] || set -- ip netns exec "$net-$n" "$@"
	exec "$@"
}

ledger() { PGOPTIONS=--client-min-messages=warning psql -XAtq "$url" -c "$1"; }

# Starts a fresh service and ledger. Machine N has its own configuration and its own folder for packs.
fresh() {
	local n
	[ -z "$service" ] || { kill "$service"; wait "$service" 2> /dev/null || true; }
	rm -rf "$work/sb"
	on service "$B/unpilot-sandbox" --quiet --dir "$work/sb" --port 0 --registry "$work/registry.csv" --log "$work/service.log" \
		--latency "$latency" --pending-polls 0 &
	service=$!
	until [ -e "$work/sb/port" ]; do sleep 0.05; done
	ledger 'DROP SCHEMA public CASCADE; CREATE SCHEMA public'
	for n in 1 2 3; do
		sed -e "s|^url = sqlite.*|url = ${url//&/\\&}\nlease = 5s|; s/^poll-interval.*/poll-interval = 100ms/; s/^poll-deadline.*/poll-deadline = 10m/" \
			-e "s/^parallel.*/parallel = 2/; s|^directory = .*handoff.*|directory = $work/sb/handoff$n|" "$work/sb/unpilot.conf" > "$work/$n.conf"
		sed -i "/^\[oem-direct\]/a batch-size = $batch\nparallel = 2" "$work/$n.conf"
		grep -q '^\[limits\]' "$work/$n.conf" || echo '[limits]' >> "$work/$n.conf"
		sed -i '/^max-devices/d; /^max-fail-percent/d; s/^\[limits\]/[limits]\nmax-devices = 0\nmax-fail-percent = 100/' "$work/$n.conf"
		awk '!(section $0 in seen) || !/=/ {print} /^\[/ {section = $0} /=/ {sub(/ *=.*/, ""); seen[section $0]}' \
			"$work/$n.conf" > "$work/$n.tmp"
		mv "$work/$n.tmp" "$work/$n.conf"
		(on "$n" "$B/unpilot" -c "$work/$n.conf" init -q)
	done
}

# The outcome of every row, and how often each batch was sent.
outcomes() { ledger "SELECT line, outcome FROM row ORDER BY line"; }

worker() { # N COMMAND...
	local n=$1
	shift
	on "$n" env ${ahead[n]} "$B/unpilot" -c "$work/$n.conf" "$@" > "$work/$n.out" 2> "$work/$n.err" &
	workers+=($!)
}

join() { # prints the exit codes of the workers that were not killed
	local pid code
	codes=''
	for pid in "${workers[@]}"; do
		code=0
		wait "$pid" || code=$?
		[ $code -eq 137 ] || codes="$codes $code"
	done
	workers=()
}

# The first machine imports the list as a plan, so that only sending is measured.
plan() {
	(on 1 "$B/unpilot" -c "$work/1.conf" plan -q "$work/list.csv" > /dev/null)
	run=$(ledger 'SELECT name FROM run')
}

timed() { # WORKERS: prints the seconds from first request to last answer, and of the whole run
	local n start end
	fresh
	plan
	start=$(date +%s%N)
	worker 1 apply -q "$run"
	for n in $(seq 2 "$1"); do
		until [ "$(ledger 'SELECT state FROM run')" != 0 ]; do sleep 0.05; done
		worker "$n" resume -q
	done
	join
	end=$(date +%s%N)
	echo "$(ledger 'SELECT MAX(at) - MIN(at) FROM attempt') $(((end - start) / 1000000000))"
}

packs() { find "$work"/sb/handoff* -name handoff.xml 2> /dev/null | wc -l; }

gcc -shared -fPIC -D_GNU_SOURCE -o "$work/clock.so" "$here/tests/drill/clock.c"
sh "$here/samples/make-fleet.sh" "$devices" 20 "$work/list.csv" "$work/registry.csv" "$work/expected.csv"
url=$(sh "$here/tests/postgres.sh" start "$work/pg")

if sh "$here/tests/drill/net.sh" make "unpilot-drill-$$" 3 2> "$work/net"; then
	net=unpilot-drill-$$
	echo "== each machine has a network of its own"
else
	echo "== all machines share one network: $(tail -n 1 "$work/net")"
fi
echo "== $devices devices, batches of $batch, two in parallel on each machine, answers after $latency ms"
one=''
for n in 1 2 3; do
	timed "$n" > "$work/seconds"
	read -r seconds whole < "$work/seconds"
	one=${one:-$seconds}
	outcomes > "$work/outcomes.$n"
	cmp "$work/outcomes.1" "$work/outcomes.$n" || fail "outcomes of $n workers differ from those of one"
	[ "$(ledger 'SELECT COUNT(*) FROM batch WHERE attempts<>1 OR state<>3')" = 0 ] || fail "a batch was not sent exactly once"
	[ "$(packs)" -eq 20 ] || fail "$(packs) packs instead of 20"
	awk "BEGIN {printf \"workers %d: sent in %d s, %.2f times as fast; with guards and packs %d s\\n\", $n, $seconds, $one / $seconds, $whole}"
done

echo "== three workers, one killed, PostgreSQL restarted"
fresh
plan
worker 1 apply -q "$run"
until [ "$(ledger 'SELECT state FROM run')" != 0 ]; do sleep 0.05; done
worker 2 resume -q
worker 3 resume -q
third=$((devices / batch / 3))
until [ "$(ledger 'SELECT COUNT(*) FROM batch WHERE state=3')" -ge "$third" ]; do sleep 0.1; done
victim=$(ledger "SELECT claimed_by FROM batch WHERE state IN (1,2) LIMIT 1")
kill -9 "${workers[1]}"
sh "$here/tests/postgres.sh" "${RESTART:-restart}" "$work/pg"
join
lost=$(ledger 'SELECT COUNT(*) FROM batch WHERE lost>0')
again=$(ledger 'SELECT COUNT(*) FROM batch WHERE attempts>1')
echo "exit codes of the other two:$codes; lost answers: $lost batches; sent again: $again batches; killed: machine $victim"
[ "$(ledger 'SELECT COUNT(*) FROM batch WHERE state<>3')" = 0 ] || fail "some batches are not finished"
[ "$again" -le "$lost" ] || fail "a batch with a known answer was sent again"
[ "$lost" -le 4 ] || fail "more answers were lost than one machine had requests in flight"
[ "$(packs)" -eq 20 ] || fail "$(packs) packs instead of 20"
# In a batch that was sent again, not-registered counts as deregistered: the reason says so.
ledger "SELECT line, CASE WHEN outcome=1 AND reason LIKE '%may have deregistered%' THEN '?' ELSE outcome::text END
	FROM row ORDER BY line" > "$work/asked"
awk -F'|' 'NR == FNR {one[$1] = $2; next} $2 == "?" && one[$1] <= 1 {$2 = one[$1]} {print $1 "|" $2}' \
	"$work/outcomes.1" "$work/asked" > "$work/outcomes.drill"
cmp "$work/outcomes.1" "$work/outcomes.drill" || fail "outcomes differ from those of a single run"
echo "same outcomes as a single run: $(ledger 'SELECT COUNT(*) FROM row') rows, 20 packs, written once"
