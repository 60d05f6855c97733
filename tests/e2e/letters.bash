# Letters and their receipts.

sql() { sqlite3 "$D/ledger.db" "$1"; }

# fleet: two customers with three devices; prints the path.
fleet() {
	{
		echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Purpose'
		echo 'CT-1,Contoso,Book 1,contoso,hybrid,intune,repair'
		echo 'CT-2,Contoso,Book 1,contoso,entra,intune,repair'
		echo 'CT-2,Contoso,Book 1,contoso,entra,intune,repair'
		echo 'FB-1,Fabrikam,Slate 2,fabrikam,,,repair'
	} > "$BATS_TEST_TMPDIR/fleet.csv"
	echo "$BATS_TEST_TMPDIR/fleet.csv"
}

sign() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Fabrikam -days 2 \
		-keyout "$D/sign.key" -out "$D/sign.pem" 2>/dev/null
	chmod 600 "$D/sign.key"
	configure handoff sign-certificate "$D/sign.pem"
	configure handoff sign-key "$D/sign.key"
}

# receipt PACK BY [STEPS [SOURCE [SERIALS]]]: answers these steps, or all, of these devices, or all. STEPS
# and SERIALS are words.
receipt() {
	local run customer now
	run=$(jq -r .run "$1/handoff.json") customer=$(jq -r .customer "$1/handoff.json") now=$(moment)
	xmllint --format "$1/handoff.xml" |
		awk -v steps="$3" -v serials="${5:-}" -v at="$now" '
			function attr(name,  v) { v = $0; if (!sub(".* " name "=\"", "", v)) return ""; sub("\".*", "", v); return v }
			/<catalogue>/ { exit }
			/<group / { n = 0 }
			/<step ref=/ && attr("kind") ~ /^(do|if|check)$/ { id[++n] = attr("ref") }
			/<device id=/ {
				if (serials != "" && index(" " serials " ", " " attr("serial") " ") == 0) next
				for (i = 1; i <= n; i++)
					if (steps == "" || index(" " steps " ", " " id[i] " ") > 0)
						printf "{\"device\":\"%s\",\"step\":\"%s\",\"at\":\"%s\",\"state\":\"done\"}\n", attr("id"), id[i], at
			}' |
		jq -s --arg run "$run" --arg customer "$customer" --arg by "$2" --arg now "$now" --arg source "${4:-page}" \
			'{schema: "unpilot-receipt/2", run: $run, customer: $customer, by: $by, generated: $now, source: $source, done: .}'
}
