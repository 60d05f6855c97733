# The Partner Center route against the practice service.
bats_require_minimum_version 1.5.0
load helpers
load center

@test "300 devices of 3 customers in 7 batches, pages of 100: all gone from the list, each deleted once" {
	center
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 300 ]
	[ "$(deletes)" -eq 300 ]
	deleted_once
	no_alarms
	# all pages of a customer were read before its first deletion
	first=$(grep -n '^partner DELETE' "$LOG" | head -1 | cut -d: -f1)
	[ "$(head -"$first" "$LOG" | grep -c '^partner GET .*/devices 200')" -ge 3 ]
	# nothing went to OEM Direct
	nothing_sent
}

@test "both forms of paging; endless paging gives unknown, never not-found" {
	center --paging links --page-size 7
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 300 ]
	kill "$SERVICE"; wait "$SERVICE" || true
	rm -rf "$D"
	center --paging loop --page-size 7
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count not-found)" -eq 0 ]
	[ "$(count unknown)" -gt 0 ]
	[[ "$stderr" == *"inventory is incomplete"* ]]
}

@test "an incomplete list gives unknown; resume reads it again" {
	printf 'devices 2 less\n' > "$BATS_TEST_TMPDIR/scenario"
	center --scenario "$BATS_TEST_TMPDIR/scenario"
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count not-found)" -eq 0 ]
	unknown=$(count unknown)
	[ "$unknown" -gt 0 ]
	before=$(deletes)
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 300 ]
	[ "$(deletes)" -eq 300 ]
	[ "$before" -eq $((300 - unknown)) ]
}

@test "killed in the middle of a throttled run, then resumed: the outcomes of an undisturbed run" {
	center
	unpilot run -q --json "$L" > "$BATS_TEST_TMPDIR/undisturbed"
	kill "$SERVICE"; wait "$SERVICE" || true
	rm -rf "$D"
	center --throttle 60 --latency 2
	"$UNPILOT" -c "$CONF" run -q "$L" 3>&- &
	pid=$!
	until [ "$(grep -c '^partner DELETE' "$LOG")" -ge 40 ]; do sleep 0.01; done
	kill -9 "$pid"
	wait "$pid" || true
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	echo "$output" > "$BATS_TEST_TMPDIR/resumed"
	diff <(outcomes "$BATS_TEST_TMPDIR/undisturbed") <(outcomes "$BATS_TEST_TMPDIR/resumed")
	grep -q ' 429 ' "$LOG"
	deleted_once
	no_alarms
}

@test "one customer is always throttled: the others finish, exit 5, resume finishes it" {
	printf 'delete with=00000000-0000-4000-8000-00000000c002 status 429 Retry-After=1\n' > "$BATS_TEST_TMPDIR/scenario"
	center --scenario "$BATS_TEST_TMPDIR/scenario"
	configure partner-center busy-deadline 2s
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 5 ]
	[ "$(count deregistered)" -gt 0 ]
	[ "$(count not-sent)" -gt 0 ]
	[ "$(jq -r 'select(.type=="device" and .outcome=="not-sent") | .customer' <<< "$output" | sort -u | wc -l)" -eq 1 ]
}

@test "three refusals in a row stop a customer, not the run" {
	printf 'delete with=00000000-0000-4000-8000-00000000c002 status 403\n' > "$BATS_TEST_TMPDIR/scenario"
	center --scenario "$BATS_TEST_TMPDIR/scenario"
	configure limits max-fail-percent 100
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 1 ]
	[ "$(count refused)" -eq 3 ]
	[ "$(grep -c '^fault delete' "$LOG")" -eq 3 ]
	[ "$(count not-sent)" -gt 0 ]
	[ "$(count deregistered)" -gt 0 ]
	sed 's/<[^>]*>//g; s/&gt;/>/g' "$(run_dir)index.html" | grep -q 'Partner Center > Customers > the customer > Devices > select the device > Delete device'
	refute grep -q msoemops "$(run_dir)index.html"
}

@test "a deleted device stays in the list for a while: pending until it is gone" {
	center --disappear-after 3
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 300 ]
	kill "$SERVICE"; wait "$SERVICE" || true
	rm -rf "$D"
	center --disappear-after 1000000
	configure partner-center poll-deadline 300ms
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 6 ]
	[ "$(count deregistered)" -eq 0 ]
	[ "$(count pending)" -eq 300 ]
}

@test "a device that is not in the inventory is not-found, and the report says who can remove it" {
	center
	sed -n '1,3p' "$L" > "$BATS_TEST_TMPDIR/some.csv"
	sed -n 3p "$L" | sed 's/^PC-[0-9]*/PC-UNKNOWN/' >> "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 1 ]
	[ "$(count deregistered)" -eq 2 ]
	[ "$(count not-found)" -eq 1 ]
	grep -q "Partner Center" "$(run_dir)"*/mail.txt "$(run_dir)"*/index.html
}

@test "two registrations of one serial: not-unique, and --all-matches takes both" {
	center
	row=$(grep ',PC-0251,' "$I")
	echo "$row" | sed 's/,33051[0-9]*,/,,/' >> "$I"
	kill "$SERVICE"; wait "$SERVICE" || true
	rm -rf "$D"
	center
	{ head -1 "$L"; grep '^PC-0251,' "$L"; } > "$BATS_TEST_TMPDIR/one.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/one.csv"
	[ "$status" -eq 1 ]
	[ "$(count not-unique)" -eq 1 ]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 0 ]
	[[ "$output" == *"--all-matches"* ]]
	run --separate-stderr unpilot run --json --again --all-matches "$BATS_TEST_TMPDIR/one.csv"
	[ "$status" -eq 0 ]
	[ "$(deletes)" -eq 2 ]
}

@test "plan reads the inventory, needs credentials and deletes nothing; apply deletes" {
	center
	run --separate-stderr unpilot plan --json "$L"
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type=="look").found' <<< "$output")" -eq 300 ]
	[ "$(jq -r 'select(.type=="device").reason' <<< "$output" | grep -c '^found: ')" -eq 300 ]
	[ "$(grep -c '^partner DELETE' "$LOG" || true)" -eq 0 ]
	run --separate-stderr unpilot apply --json "$(tail -1 <<< "$output" | jq -r .run)"
	[ "$status" -eq 0 ]
	[ "$(deletes)" -eq 300 ]
	chmod 644 "$D/app.key"
	run unpilot plan "$L"
	[ "$status" -eq 2 ]
}

@test "tokens: by secret, by refresh token that is replaced; a refused refresh token" {
	center --rotate-refresh-token
	sed -i '/^certificate\|^key = /d' "$CONF"
	configure partner-center client-secret-file "$D/client-secret"
	configure partner-center refresh-token-file "$D/refresh-token"
	configure partner-center scope https://api.partnercenter.microsoft.com/user_impersonation
	before=$(cat "$D/refresh-token")
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(cat "$D/refresh-token")" != "$before" ]
	[ "$(stat -c %a "$D/refresh-token")" = 600 ]
	# no file contains a secret
	refute grep -rqF -e "$before" -e "$(cat "$D/refresh-token")" -e "$(cat "$D/client-secret")" \
		"$D/ledger.db" "$D/handoff"
	echo wrong > "$D/client-secret"
	run --separate-stderr unpilot run --again --json "$L"
	[ "$status" -eq 3 ]
}

@test "a sign-in without MFA is explained, exit 3" {
	center --no-mfa
	sed -i '/^certificate\|^key = /d' "$CONF"
	configure partner-center client-secret-file "$D/client-secret"
	configure partner-center refresh-token-file "$D/refresh-token"
	configure partner-center scope https://api.partnercenter.microsoft.com/user_impersonation
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 3 ]
	[[ "$stderr" == *MFA* ]]
	[ "$(grep -c '^partner DELETE' "$LOG")" -eq 0 ]
}

@test "a row without a tenant, or with an invalid one, is rejected alone" {
	center
	{ sed -n '1,4p' "$L"; sed -n 5p "$L" | sed 's/00000000-0000-4000[^,]*//'; sed -n 6p "$L" | sed 's/00000000-0000-4000[^,]*/contoso.example/'; } > "$BATS_TEST_TMPDIR/some.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/some.csv"
	[ "$status" -eq 1 ]
	[ "$(count rejected)" -eq 2 ]
	[ "$(count deregistered)" -eq 3 ]
}

@test "OEM Direct never sees the tenant of a list" {
	printf 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error\nO-1,Fabrikam,Book,,us,registered,\n' > "$BATS_TEST_TMPDIR/r.csv"
	printf 'Serial Number,Manufacturer,Model,Customer Tenant ID\nO-1,Fabrikam,Book,00000000-0000-4000-8000-00000000c001\n' > "$BATS_TEST_TMPDIR/o.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv"
	run unpilot run -q "$BATS_TEST_TMPDIR/o.csv"
	[ "$status" -eq 0 ]
	refute grep -q c001 "$LOG"
	[ "$(sqlite3 "$D/ledger.db" "SELECT COUNT(*) FROM batch WHERE tenant<>''")" -eq 0 ]
}

@test "a lost answer: the same MS-RequestId again, and one deletion" {
	printf 'delete 3 hang\ndelete 7 reset\ndelete 9 status 503\n' > "$BATS_TEST_TMPDIR/scenario"
	center --scenario "$BATS_TEST_TMPDIR/scenario"
	configure partner-center timeout 500ms
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 300 ]
	no_alarms
	# the request that hung was sent twice with the same id
	grep '^partner DELETE' "$LOG" | awk '{print $3, $5}' | sort | uniq -c | grep -qE '^ *2 .*request='
}

@test "four in parallel, throttled: each deleted once" {
	center --throttle 50 --latency 5
	run --separate-stderr unpilot run --json --parallel 4 "$L"
	[ "$status" -eq 0 ]
	[ "$(count deregistered)" -eq 300 ]
	deleted_once
	no_alarms
}

@test "a token that expires during a run is renewed; if the renewal is refused, the run ends with 3" {
	center --token-seconds 1 --latency 10
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^partner POST .*/token 200' "$LOG")" -ge 2 ]
	kill "$SERVICE"; wait "$SERVICE" || true
	rm -rf "$D"
	printf 'delete 5- status 401\n' > "$BATS_TEST_TMPDIR/scenario"
	center --scenario "$BATS_TEST_TMPDIR/scenario"
	run --separate-stderr unpilot run --json "$L"
	[ "$status" -eq 3 ]
	[ "$(deletes)" -eq 4 ]
	[ "$(count not-sent)" -ge 295 ]
}

@test "killed at any moment, resumed: nothing lost, nothing deleted twice" {
	sh samples/partner-center/make-fleet.sh "$BATS_TEST_TMPDIR/i.csv" "$BATS_TEST_TMPDIR/all.csv"
	for at in 1 3 9 20 41 77; do
		rm -rf "$BATS_TEST_TMPDIR/sb"
		center --latency 3
		"$UNPILOT" -c "$CONF" run -q "$L" 3>&- &
		pid=$!
		until [ "$(grep -c '^partner ' "$LOG")" -ge $((at + 8)) ]; do sleep 0.005; done
		kill -9 "$pid"
		wait "$pid" || true
		run --separate-stderr unpilot resume --json
		[ "$status" -eq 0 ]
		[ "$(count deregistered)" -eq 300 ]
		deleted_once
		kill "$SERVICE"; wait "$SERVICE" || true
	done
}
