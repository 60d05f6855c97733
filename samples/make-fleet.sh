#!/bin/sh
# make-fleet.sh N CUSTOMERS LIST REGISTRY EXPECTED: writes a made-up list of N devices of that many
# customers, the registry that implies an outcome for each, and "line,outcome" for every line.
set -eu
[ $# -eq 5 ] || { echo "usage: make-fleet.sh N CUSTOMERS LIST REGISTRY EXPECTED" >&2; exit 2; }
awk -v n="$1" -v customers="$2" -v list="$3" -v registry="$4" -v expected="$5" '
function outcome(i, r) {
	r = (i * 7919) % 100
	if (r < 85) return "deregistered"
	if (r < 90) return "not-registered"
	if (r < 94) return "not-ours"
	if (r < 97) return "not-found"
	return "not-unique"
}
BEGIN {
	split("entra hybrid unknown", join_word, " ")
	split("intune was-intune none other unknown", mdm, " ")
	split("repair retire resell", purpose, " ")
	print "Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Name,Join Type,MDM,Registered Via,Purpose,Ticket" > list
	print "Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error" > registry
	for (i = 1; i <= n; i++) {
		o = outcome(i)
		serial = sprintf("FB%08d", i)
		pkid = i % 2 && o != "not-unique" ? sprintf("33050%08d", i) : ""
		c = i % customers + 1
		printf "%s,%s,Fabrikam,Book %d,C%03d,Contoso %d,%s,%s,%s,%s,RMA-%d\n", serial, pkid, i % 9, c, c, \
			join_word[i % 3 + 1], mdm[i % 5 + 1], i % 4 ? "partner" : "customer", purpose[i % 3 + 1], i > list
		print i + 1 "," o > expected
		if (o == "not-found") continue
		printf "%s,Fabrikam,Book %d,%s,%s,%s,\n", serial, i % 9, pkid, o == "not-ours" ? "them" : "us", \
			o == "not-registered" ? o : "registered" > registry
		if (o == "not-unique") printf "%s,Fabrikam,Book %d,,us,registered,\n", serial, i % 9 > registry
	}
}'
