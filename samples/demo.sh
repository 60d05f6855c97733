#!/bin/sh
# demo.sh DIR: starts the practice service in DIR and sends it the sample returns. The list holds
# bad rows and devices of others on purpose: the run's exit code is expected to be 1.
# UNPILOT and SANDBOX name the programs.
set -eu
dir=${1:-build/demo}
unpilot=${UNPILOT:-build/unpilot}
sandbox=${SANDBOX:-build/unpilot-sandbox}
samples=$(dirname "$0")
expected=1

mkdir -p "$dir"
rm -f "$dir/port"
"$sandbox" --dir "$dir" --port 0 --registry "$samples/registry.csv" --log "$dir/service.log" --quiet &
service=$!
trap 'kill "$service" 2>/dev/null || :; wait "$service" 2>/dev/null || :' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tries=0
until [ -s "$dir/port" ]; do
	tries=$((tries + 1))
	if [ "$tries" -gt 100 ] || ! kill -0 "$service" 2>/dev/null; then
		echo "demo: the practice service did not start" >&2
		exit 1
	fi
	sleep 0.1
done

echo "demo: $unpilot -c $dir/unpilot.conf run $samples/lists/returns.csv --again"
code=0
"$unpilot" -c "$dir/unpilot.conf" run "$samples/lists/returns.csv" --again || code=$?
if [ "$code" -ne "$expected" ]; then
	echo "demo: exit code $code, expected $expected" >&2
	exit 1
fi

reports=$(ls -d "$dir"/handoff/*/ | tail -n 1)
echo "demo: exit code $code, as expected: the list has bad rows and devices of others"
echo "demo: the page for each customer:"
ls "$reports"*/index.html
echo "demo: rows to mend and feed back: ${reports}rejects.csv ${reports}failed.csv"
