#!/bin/sh
# Packs of 60 devices in 60 situations, of one device and of 5,000, made through the practice service, then
# opened in a browser. $B: where programs and node modules are. Run by "make browser".
set -eu
dir=$(mktemp -d)
service=
trap 'kill $service 2>/dev/null || true; rm -rf "$dir"' EXIT

# fleet N LIST REGISTRY: writes a list with every situation in turn, and its registry
fleet() {
	awk -v n="$1" -v list="$2" -v registry="$3" 'BEGIN {
		split("entra hybrid unknown", join_word, " ")
		split("intune was-intune none other unknown", mdm, " ")
		split("repair retire resell", purpose, " ")
		split("Dell Contoso Microsoft", maker, " ")
		print "Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Name,Join Type,MDM,Registered Via,Purpose,Ticket" > list
		print "Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error" > registry
		for (i = 0; i < n; i++) {
			serial = "CT-" 7000 + i
			made = maker[i % 3 + 1]
			model = made == "Microsoft" ? "Surface Laptop" : "Book " i % 9
			printf "%s,,%s,%s,contoso,Contoso Ltd,%s,%s,%s,%s,RMA-%d\n", serial, made, model, join_word[i % 3 + 1], \
				mdm[int(i / 3) % 5 + 1], int(i / 15) % 2 ? "customer" : "partner", purpose[(int(i / 30) + i) % 3 + 1], 7000 + i > list
			o = i % 60
			if (o >= 46 && o < 52) continue # not found
			party = o >= 40 && o < 46 ? "them" : "us"
			state = o >= 34 && o < 40 ? "not-registered" : "registered"
			print serial "," made "," model ",," party "," state "," (o >= 52 && o < 58 ? "640" : "") > registry
		}
	}'
}

# situations LIST REGISTRY: writes a customer with one device for each decision of each outcome
situations() {
	awk -v list="$1" -v registry="$2" 'BEGIN {
		joins = split("entra hybrid unknown", join_word, " ")
		mdms = split("intune was-intune none other unknown", mdm, " ")
		purposes = split("repair retire resell", purpose, " ")
		vias = split("partner customer", via, " ")
		errors = split("- 807 811 812 813 814 640", error, " ")
		print "Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Name,Join Type,MDM,Registered Via,Purpose,Ticket" > list
		print "Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error" > registry
		for (e = 1; e <= errors; e++) for (v = 1; v <= vias; v++) for (j = 1; j <= joins; j++) for (m = 1; m <= mdms; m++) for (p = 1; p <= purposes; p++) {
			n++
			printf "SN-%d,,Dell,Latitude,%s-%s-%s-%s-%s,Contoso Ltd,%s,%s,%s,%s,RMA-%d\n", n, error[e] == "-" ? 0 : error[e], via[v], join_word[j], mdm[m], \
				purpose[p], join_word[j], mdm[m], via[v], purpose[p], n > list
			printf "SN-%d,Dell,Latitude,,us,registered,%s\n", n, error[e] == "-" ? "" : error[e] > registry
		}
	}'
}

# serve REGISTRY: starts a service with this registry
serve() {
	[ -z "$service" ] || kill $service
	rm -rf "$dir/sb"
	"$B/unpilot-sandbox" --quiet --dir "$dir/sb" --port 0 --registry "$1" --log "$dir/log" &
	service=$!
	tries=0
	until [ -e "$dir/sb/port" ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ]
		sleep 0.05
	done
	sed -i 's/^poll-interval.*/poll-interval = 20ms/' "$dir/sb/unpilot.conf"
	"$B/unpilot" -c "$dir/sb/unpilot.conf" init > /dev/null
}

# pack LIST OUT: some devices cannot be deregistered (1), some have no certain answer (6)
pack() {
	"$B/unpilot" -c "$dir/sb/unpilot.conf" run -q --again --out "$2" "$1" 2> /dev/null || case $? in 1 | 6) ;; *) exit 1 ;; esac
}

# plan: the line of a plan of the sixty, which says how many wait for their customers
plan() { "$B/unpilot" -c "$dir/sb/unpilot.conf" plan --json --out "$dir/$1" "$dir/sixty.csv" 2> /dev/null | grep '"type":"plan"'; }

cp tests/browser/*.mjs "$B/browser/"
fleet 60 "$dir/sixty.csv" "$dir/sixty.reg"
serve "$dir/sixty.reg"
printf '[limits]\nletter = require\n' >> "$dir/sb/unpilot.conf"
"$B/unpilot" -c "$dir/sb/unpilot.conf" letter -q --out "$dir/asked" "$dir/sixty.csv"
plan planned | grep -q '"waiting":60,'
RECEIPT=$dir/letter.json node --no-deprecation "$B/browser/before.mjs" "$dir"/planned/*/index.html "$dir"/asked/*/contoso/
# the receipt that the browser saved makes all devices ready
"$B/unpilot" -c "$dir/sb/unpilot.conf" close "$dir/letter.json"
plan ready | grep -qv '"waiting"'
serve "$dir/sixty.reg"
pack "$dir/sixty.csv" "$dir/sixty"
{ head -1 "$dir/sixty.csv"; echo 'CT-7000,,Contoso,Book 0,contoso,Contoso Ltd,entra,intune,partner,repair,RMA-1'; } > "$dir/one.csv"
{ head -1 "$dir/sixty.reg"; echo 'CT-7000,Contoso,Book 0,,us,registered,'; } > "$dir/one.reg"
"$B/unpilot" -c "$dir/sb/unpilot.conf" letter -q --no-record --out "$dir/letters" "$dir/sixty.csv"
cp -r "$dir/sb" "$dir/sixty.sb"
sed -i "s|$dir/sb/|$dir/sixty.sb/|g" "$dir/sixty.sb/unpilot.conf"
printf '[handoff]\nlanguage = de\n' >> "$dir/sb/unpilot.conf"
pack "$dir/sixty.csv" "$dir/german"
serve "$dir/one.reg"
pack "$dir/one.csv" "$dir/one"
fleet 5000 "$dir/large.csv" "$dir/large.reg"
serve "$dir/large.reg"
sed -i 's/^\[limits\]/[limits]\nmax-devices = 0/' "$dir/sb/unpilot.conf"
pack "$dir/large.csv" "$dir/large"
situations "$dir/all.csv" "$dir/all.reg"
serve "$dir/all.reg"
sed -i 's/^\[limits\]/[limits]\nmax-customers = 0/' "$dir/sb/unpilot.conf"
pack "$dir/all.csv" "$dir/all"
cp -r "$dir/all" "$dir/alle"
printf '[handoff]\nlanguage = de\n' >> "$dir/sb/unpilot.conf"
"$B/unpilot" -c "$dir/sb/unpilot.conf" report -q
node --no-deprecation "$B/browser/script.mjs" "$dir"/sixty/*/*/cleanup.ps1
RECEIPT=$dir/receipt.json node --no-deprecation "$B/browser/page.mjs" "$dir"/sixty/*/contoso/ "$dir"/one/*/contoso/ "$dir"/german/*/contoso/ \
	"$dir"/large/*/contoso/ "$dir"/letters/*/contoso/letter.html "$dir"/sixty/*/index.html "$dir"/all/* "$dir"/alle/*
# the receipt that the browser downloaded is one that we take
"$B/unpilot" -c "$dir/sixty.sb/unpilot.conf" close "$dir/receipt.json"
