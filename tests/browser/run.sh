#!/bin/sh
# Runs a small fleet and one of 5,000 devices against the practice service, then opens their packs in a browser.
# Run by "make browser". B: the build directory, with the node modules.
set -eu
dir=$(mktemp -d)
service=
trap 'kill $service 2>/dev/null || true; rm -rf "$dir"' EXIT
sh samples/make-fleet.sh 5000 1 "$dir/large.csv" "$dir/r.csv" "$dir/e.csv"
head -301 "$dir/large.csv" > "$dir/small.csv"
"$B/unpilot-sandbox" --quiet --dir "$dir/sb" --port 0 --registry "$dir/r.csv" --log "$dir/log" &
service=$!
tries=0
until [ -e "$dir/sb/port" ]; do
	tries=$((tries + 1))
	[ $tries -lt 200 ]
	sleep 0.05
done
sed -i 's/^poll-interval.*/poll-interval = 20ms/' "$dir/sb/unpilot.conf"
"$B/unpilot" -c "$dir/sb/unpilot.conf" init -q
# Exit code 1 is right, because some devices of the fleet cannot be deregistered.
for size in small large; do
	"$B/unpilot" -c "$dir/sb/unpilot.conf" run -q --again --out "$dir/$size" "$dir/$size.csv" || [ $? -eq 1 ]
done
"$B/unpilot" -c "$dir/sb/unpilot.conf" letter -q --out "$dir/letters" samples/lists/returns.csv || [ $? -eq 1 ]
cp tests/browser/*.mjs "$B/browser/"
node --no-deprecation "$B/browser/script.mjs" "$dir"/small/*/*/cleanup.ps1
node --no-deprecation "$B/browser/page.mjs" "$dir"/small/*/*/ "$dir"/large/*/*/ "$dir"/letters/*/*/letter.html
