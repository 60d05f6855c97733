#!/bin/sh
# make-fleet.sh INVENTORY LIST: a made-up partner with 300 devices of 3 customers in 7 batches, one
# of them with 250 devices, so that a list has pages; and the list that names every one of them.
set -eu
[ $# -eq 2 ] || { echo "usage: make-fleet.sh INVENTORY LIST" >&2; exit 2; }
awk -v inventory="$1" -v list="$2" '
function batch(customer, name, n, i, serial, model) {
	if (n == 0)
		print tenant[customer] "," name ",,,,,,," company[customer] "," domain[customer] > inventory
	for (i = 0; i < n; i++) {
		serial = sprintf("PC-%04d", ++made)
		model = "Book " 13 + made % 3
		printf "%s,%s,,%s,33051%08d,Fabrikam,%s,,%s,%s\n", tenant[customer], name, serial, made, model,
			company[customer], domain[customer] > inventory
		printf "%s,Fabrikam,%s,%s,%s,%s,%s\n", serial, model, customer, tenant[customer],
			made % 2 ? "entra" : "hybrid", made % 3 ? "intune" : "none" > list
	}
}
BEGIN {
	tenant["contoso"] = "00000000-0000-4000-8000-00000000c001"
	tenant["fabrikam"] = "00000000-0000-4000-8000-00000000c002"
	tenant["northwind"] = "00000000-0000-4000-8000-00000000c003"
	company["contoso"] = "Contoso"; domain["contoso"] = "contoso.example"
	company["fabrikam"] = "Fabrikam"; domain["fabrikam"] = "fabrikam.example"
	company["northwind"] = "Northwind Traders"; domain["northwind"] = "northwind.example"
	print "Customer Tenant ID,Batch,Device ID,Serial Number,Product Key ID,Manufacturer,Model," \
		"Allowed Operations,Company,Domain" > inventory
	print "Serial Number,Manufacturer,Model,Customer,Customer Tenant ID,Join Type,MDM" > list
	batch("contoso", "Test batch", 250)
	batch("contoso", "repairs 2026/03", 10)
	batch("fabrikam", "100% returned+checked", 12)
	batch("fabrikam", "Lager S\303\274d", 8)
	batch("fabrikam", "empty", 0)
	batch("northwind", "testbatch", 15)
	batch("northwind", "a?b#c&d", 5)
}'
