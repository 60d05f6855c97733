#!/bin/sh
# The main job on the sample list, against the practice service. Run by "make demo".
set -eu
dir=$(pwd)/$B/demo
rm -rf "$dir"
mkdir -p "$dir"
"$B/unpilot-sandbox" --quiet --dir "$dir" --port 0 --registry samples/registry.csv \
	--log "$dir/service.log" &
service=$!
trap 'kill $service 2>/dev/null' EXIT
tries=0
until [ -e "$dir/port" ]; do
	tries=$((tries + 1))
	[ $tries -lt 200 ] || { echo "the practice service did not start" >&2; exit 1; }
	sleep 0.05
done
echo "\$ unpilot -c $dir/unpilot.conf init"
"$B/unpilot" -c "$dir/unpilot.conf" init
echo
echo "\$ unpilot -c $dir/unpilot.conf run samples/lists/returns.csv"
code=0
"$B/unpilot" -c "$dir/unpilot.conf" run samples/lists/returns.csv || code=$?
echo
echo "The sample list holds bad rows and devices that cannot be deregistered, so the exit code is"
echo "1 (got $code). A hand-off page for each customer:"
find "$dir/handoff" -name index.html | sort
[ "$code" -eq 1 ]
