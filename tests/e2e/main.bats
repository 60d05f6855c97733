bats_require_minimum_version 1.5.0
load helpers

@test "every row of the sample list gets the outcome that its registry entry implies" {
	start_service samples/registry.csv
	run --separate-stderr unpilot run --json samples/lists/returns.csv
	[ "$status" -eq 1 ]
	counts=$(tail -1 <<< "$output" | jq -c .counts)
	[ "$counts" = '{"deregistered":33,"not-registered":2,"not-ours":2,"not-found":2,"not-unique":1,"refused":1,"alarm":0,"pending":0,"unknown":0,"not-sent":0,"held":0,"rejected":3}' ]
}

@test "--json: one line for each row with the documented keys; the last line equals summary.json" {
	start_service samples/registry.csv
	run --separate-stderr unpilot run --json samples/lists/returns.csv
	[ "$(grep -c . <<< "$output")" -eq 45 ]
	[ "$(head -44 <<< "$output" | jq -rc 'keys_unsorted | join(",")' | sort -u)" = \
		"type,list,line,serial,product_key_id,customer,outcome,reason,batch" ]
	[ "$(tail -1 <<< "$output" | jq -rc 'keys_unsorted | join(",")')" = "type,run,handoff,counts,exit_code" ]
	handoff=$(tail -1 <<< "$output" | jq -r .handoff)
	[ "$(tail -1 <<< "$output" | jq -S .)" = "$(jq -S . "$handoff/summary.json")" ]
	[ "$(head -44 <<< "$output" | jq -r .outcome | sort | uniq -c | tr -s ' ')" = \
		"$(tail -1 <<< "$output" | jq -r '.counts | to_entries[] | select(.value > 0) | " \(.value) \(.key)"' | sort -k2)" ]
}

@test "2,500 devices of 13 customers: right outcomes, none sent twice, no tenant" {
	sh samples/make-fleet.sh 2500 13 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv" --pending-polls 2
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 1 ]
	grep '"type":"device"' <<< "$output" | jq -r '"\(.line),\(.outcome)"' | diff - "$BATS_TEST_TMPDIR/e.csv"
	[ "$(grep -c '^device' "$LOG")" -eq 2500 ]
	[ -z "$(grep '^device' "$LOG" | cut -d' ' -f3- | sed 's/ result=.*//' | sort | uniq -d)" ]
	refute grep -q TENANT "$LOG"
	[ "$(grep -c '^submit' "$LOG")" -eq 3 ]
	[ "$(ls -d "$(run_dir)"C* | wc -l)" -eq 13 ]
}

@test "the same list again is refused with 4, and the message names the earlier run; --again sends it" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	first=$(basename "$(run_dir)")
	run unpilot run samples/lists/returns.csv
	[ "$status" -eq 4 ]
	[[ "$output" == *"$first"* ]]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
	run --separate-stderr unpilot run --json --again samples/lists/returns.csv
	[ "$(tail -1 <<< "$output" | jq '.counts["not-registered"]')" -eq 35 ]
}

@test "a device that was deregistered lately is held when it is in another list" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	run --separate-stderr unpilot run --json "$(list FB-1001,3305000000001,Fabrikam,Book\ 14,contoso)"
	[ "$status" -eq 1 ]
	[ "$(head -1 <<< "$output" | jq -r .outcome)" = held ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "equal rows are sent once; a device under two customers is rejected" {
	start_service samples/registry.csv
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,c1 ,3305000000001,,,c1 ,3305000000003,,,c1 ,3305000000003,,,c2)"
	[ "$(grep '"device"' <<< "$output" | jq -r .outcome | tr '\n' ' ')" = "deregistered deregistered rejected rejected " ]
	[ "$(grep -c '^device' "$LOG")" -eq 1 ]
}

@test "-q is silent on success; plan and --dry-run send nothing" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	run unpilot plan "$l"
	[ "$status" -eq 0 ]
	run unpilot run -n "$l"
	[ "$status" -eq 0 ]
	nothing_sent
	run unpilot run -q "$l"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "plan needs neither credentials nor a service" {
	printf '[ledger]\nurl = sqlite:%s/l.db\n[handoff]\ndirectory = %s/packs\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" > "$BATS_TEST_TMPDIR/c"
	"$UNPILOT" -c "$BATS_TEST_TMPDIR/c" init -q
	run --separate-stderr "$UNPILOT" plan --json -c "$BATS_TEST_TMPDIR/c" samples/lists/returns.csv
	[ "$status" -eq 1 ]
	[ "$(tail -1 <<< "$output" | jq '.counts["not-sent"]')" -eq 41 ]
}

@test "unusable lists and configurations: 2 with the place of the error, nothing sent" {
	start_service samples/registry.csv
	: > "$BATS_TEST_TMPDIR/empty"
	printf 'Serial Number\n' > "$BATS_TEST_TMPDIR/header"
	printf 'a,b\n1,2\n' > "$BATS_TEST_TMPDIR/nolist"
	printf '%%PDF-1.7\n' > "$BATS_TEST_TMPDIR/pdf"
	for f in empty header nolist pdf missing; do
		run unpilot run "$BATS_TEST_TMPDIR/$f"
		[ "$status" -eq 2 ]
		[[ "$output" == *"$BATS_TEST_TMPDIR/$f"* ]]
	done
	l=$(list ,3305000000001,,,c1)
	cp "$CONF" "$CONF.good"
	configure oem-direct colour red
	run unpilot run "$l"
	[ "$status" -eq 2 ]
	[[ "$output" == *"$CONF:"[0-9]*"unknown key \"colour\""* ]]
	cp "$CONF.good" "$CONF"
	configure oem-direct key "$D/nokey"
	run unpilot run "$l"
	[ "$status" -eq 2 ]
	cp "$CONF.good" "$CONF"
	chmod 644 "$D/client.key"
	run unpilot run "$l"
	[ "$status" -eq 2 ]
	[[ "$output" == *"chmod 600"* ]]
	chmod 600 "$D/client.key"
	printf '[request]\nserial = TenantID\n' > "$BATS_TEST_TMPDIR/profile"
	configure oem-direct profile "$BATS_TEST_TMPDIR/profile"
	run unpilot run "$l"
	[ "$status" -eq 2 ]
	[[ "$output" == *"$BATS_TEST_TMPDIR/profile:2:"* ]]
	nothing_sent
}

@test "a refused certificate: 3, nothing sent" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	for who in foreign-client expired-client; do
		configure oem-direct certificate "$D/$who.pem"
		configure oem-direct key "$D/$who.key"
		run unpilot run "$l"
		[ "$status" -eq 3 ]
	done
	nothing_sent
	refute grep -q '^device' "$LOG"
}

@test "a server certificate of another CA: 3, nothing sent" {
	start_service samples/registry.csv
	configure oem-direct ca-file "$D/foreign-client.pem"
	run unpilot run "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 3 ]
	nothing_sent
}

@test "the service is down: 5, rows not-sent; resume finishes the run when it is back" {
	start_service samples/registry.csv
	port=$(cat "$D/port")
	kill "$SERVICE"; wait "$SERVICE" || true; SERVICE=
	configure oem-direct retries 0
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 5 ]
	[ "$(tail -1 <<< "$output" | jq '.counts["not-sent"]')" -eq 1 ]
	rm "$D/port"
	cp "$CONF" "$CONF.mine"
	start_service samples/registry.csv --port "$port"
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(tail -1 <<< "$output" | jq '.counts.deregistered')" -eq 1 ]
	[ "$(ls "$D/handoff" | wc -l)" -eq 1 ]
}

@test "rows that are pending at the deadline: 6; resume collects them without sending again" {
	start_service samples/registry.csv --pending-polls 20
	configure oem-direct poll-deadline 100ms
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 6 ]
	[ "$(tail -1 <<< "$output" | jq .counts.pending)" -eq 1 ]
	configure oem-direct poll-deadline 1m
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 0 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
}

@test "an alarm stops the run: 4" {
	printf 'Serial Number,Product Key ID,Manufacturer,Model,Error\nA,3305000000001,,,806\n' > "$BATS_TEST_TMPDIR/r.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv"
	run --separate-stderr unpilot run --json "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 4 ]
	[ "$(tail -1 <<< "$output" | jq .counts.alarm)" -eq 1 ]
}

@test "--max-devices stops a run that is too large: 4, nothing sent" {
	start_service samples/registry.csv
	run --separate-stderr unpilot run --json --max-devices 1 "$(list ,3305000000001,,,c1 ,3305000000003,,,c1)"
	[ "$status" -eq 4 ]
	[ "$(tail -1 <<< "$output" | jq .counts.held)" -eq 2 ]
	nothing_sent
	run unpilot run --max-devices 2 "$BATS_TEST_TMPDIR/list.csv"
	[ "$status" -eq 0 ]
}

@test "customers get safe, unique folders with their own rows only" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,../../etc ,3305000000003,,,summary.json ,3305000000007,,, ,3305000000011,,,plain \
		,3305000000013,,,PLAIN)" || true
	cd "$(run_dir)"
	[ "$(find . -mindepth 2 -name index.html | wc -l)" -eq 5 ]
	[ -f index.html ]
	[ -d plain ]
	[ -d unassigned ]
	[ -f summary.json ]
	[ "$(ls | tr A-Z a-z | sort -u | wc -l)" -eq 9 ]
	grep -q 3305000000011 plain/handoff.json
	refute grep -rqE '33050000000(01|03|07|13)' plain
	xmllint --noout plain/handoff.xml
}

@test "failed.csv is a list with every original column" {
	start_service samples/registry.csv
	printf 'Colour,Serial Number,Product Key ID,Manufacturer,Model\n"red, dark",,3305000000099,,\nblue,,3305000000001,,\ngreen,,12,,\n' > "$BATS_TEST_TMPDIR/l.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || true
	[ "$(sed '1s/^\xef\xbb\xbf//; s/\r//' "$(run_dir)failed.csv")" = "$(printf 'Colour,Serial Number,Product Key ID,Manufacturer,Model\n"red, dark",,3305000000099,,\ngreen,,12,,')" ]
	run unpilot plan "$(run_dir)failed.csv"
	[ "$status" -eq 1 ]
}

@test "product keys and hashes are stored and written nowhere" {
	start_service samples/registry.csv
	hash=T0$(printf 'A%.0s' $(seq 2000))
	printf 'Serial Number,Product Key ID,Hardware Hash,Note,Customer\n,3305000000001,%s,AAAAA-BBBBB-CCCCC-DDDDD-EEEEE,c\n,FFFFF-GGGGG-HHHHH-JJJJJ-KKKKK,,,c\n' "$hash" > "$BATS_TEST_TMPDIR/l.csv"
	run unpilot run -v "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 1 ]
	refute grep -rqE 'A{40}|BBBBB|GGGGG' "$D" "$LOG"
	[[ "$output" != *BBBBB* ]]
	[[ "$output" != *GGGGG* ]]
}

@test "no request contains the tenant columns of a list" {
	start_service samples/registry.csv
	printf 'Product Key ID,Customer,Customer Tenant ID,TenantID,TenantDomain\n3305000000001,c,6babcaad-604b-40ac-a9d7-9fd97c0b779f,x,contoso.example\n' > "$BATS_TEST_TMPDIR/l.csv"
	run unpilot run "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 0 ]
	refute grep -q TENANT "$LOG"
}

@test "PKCS#12 with a passphrase from a file" {
	start_service samples/registry.csv
	configure oem-direct certificate "$D/client.p12"
	sed -i '/^key = /d' "$CONF"
	configure oem-direct key-passphrase-file "$D/client.pass"
	run unpilot run "$(list ,3305000000001,,,c1)"
	[ "$status" -eq 0 ]
	printf 'wrong\n' > "$D/client.pass"
	run unpilot run --again "$BATS_TEST_TMPDIR/list.csv"
	[ "$status" -eq 2 ]
}

@test "certificate and key are read once in each run; the next run reads new files" {
	start_service samples/registry.csv --latency 200
	configure oem-direct batch-size 1
	l=$(list ,3305000000001,,,c1 ,3305000000003,,,c1 ,3305000000007,,,c1)
	unpilot run -q --parallel 1 "$l" 3>&- &
	until grep -q '^submit' "$LOG"; do sleep 0.02; done
	cp "$D/foreign-client.pem" "$D/client.pem"
	cp "$D/foreign-client.key" "$D/client.key"
	wait $!
	[ "$(grep -c '^submit' "$LOG")" -eq 3 ]
	run unpilot run --again "$l"
	[ "$status" -eq 3 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 3 ]
}

@test "status and report name the run; a second run at the same time ends with 11" {
	start_service samples/registry.csv --latency 700
	l=$(list ,3305000000001,,,c1)
	unpilot run -q "$l" &
	first=$!
	until grep -q '^submit' "$LOG"; do sleep 0.02; done
	run unpilot run --again "$l"
	[ "$status" -eq 11 ]
	wait $first
	run unpilot status latest
	[[ "$output" == *"finished"*"1 deregistered"* ]]
	rm -r "$(run_dir)c1"
	run unpilot report
	[ "$status" -eq 0 ]
	[ -f "$(run_dir)c1/index.html" ]
}

@test "killed in the middle: resume sends again only batches without an answer" {
	sh samples/make-fleet.sh 2500 13 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv" --latency 1500
	interrupt_run KILL "$BATS_TEST_TMPDIR/l.csv"
	[ "$CODE" -eq 137 ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 1 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 4 ]
	[ "$(grep -o 'po=[^ ]*' "$LOG" | sort | uniq -c | awk '{print $1}' | sort | tr '\n' ' ')" = "1 1 2 " ]
	# rows that the lost request deregistered are not-registered now, and their reason says so
	[ "$(grep '"type":"device"' <<< "$output" | jq -r 'select(.reason != null) | select(.reason | contains("may have deregistered")) | .outcome' | sort | uniq -c | tr -s ' ')" = " 900 not-registered" ]
	grep '"type":"device"' <<< "$output" | jq -r 'if (.reason // "" | contains("may have deregistered")) and .line <= 1001 then "\(.line),lost" else "\(.line),\(.outcome)" end' > "$BATS_TEST_TMPDIR/got"
	awk -F, '$1 <= 1001 && ($2 == "deregistered" || $2 == "not-registered") {$2 = "lost"} {print $1 "," $2}' "$BATS_TEST_TMPDIR/e.csv" | diff - "$BATS_TEST_TMPDIR/got"
	[ "$(ls "$D/handoff" | wc -l)" -eq 1 ]
}

@test "a lost answer beyond resend-within stays unknown until --resend" {
	sh samples/make-fleet.sh 40 3 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv" --latency 1500
	configure oem-direct resend-within 0s
	interrupt_run KILL "$BATS_TEST_TMPDIR/l.csv"
	for i in 1 2; do
		run --separate-stderr unpilot resume --json
		[ "$status" -eq 6 ]
		[ "$(tail -1 <<< "$output" | jq .counts.unknown)" -eq 40 ]
	done
	[[ "$stderr" == *"resume --resend"* ]]
	[ "$(grep -c '^submit' "$LOG")" -eq 1 ]
	run --separate-stderr unpilot resume --json --resend
	[ "$status" -eq 1 ]
	[ "$(tail -1 <<< "$output" | jq .counts.unknown)" -eq 0 ]
	[ "$(grep -c '^submit' "$LOG")" -eq 2 ]
}

@test "SIGTERM ends a run in good order with 143; resume finishes it" {
	sh samples/make-fleet.sh 2500 13 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv" --latency 1500
	interrupt_run TERM "$BATS_TEST_TMPDIR/l.csv"
	[ "$CODE" -eq 143 ]
	run --separate-stderr unpilot resume --json
	[ "$status" -eq 1 ]
	grep '"type":"device"' <<< "$output" | jq -r '"\(.line),\(.outcome)"' | diff - "$BATS_TEST_TMPDIR/e.csv"
	[ "$(grep -c '^submit' "$LOG")" -eq 3 ]
}

@test "a run is clean under valgrind" {
	[ -z "${NO_VALGRIND:-}" ] || skip "sanitizers are on"
	start_service samples/registry.csv
	run valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite "$UNPILOT" -c "$CONF" run samples/lists/returns.csv
	[ "$status" -eq 1 ]
}

@test "help names every command; unknown commands and options are usage errors" {
	for c in run plan apply resume report status; do
		run "$UNPILOT" $c --help
		[ "$status" -eq 0 ]
		[[ "$output" == *"Usage: unpilot $c"* ]]
		"$UNPILOT" --help | grep -q "^  $c "
	done
	run "$UNPILOT" --version
	[ "$status" -eq 0 ]
	for bad in frobnicate "run --frob" "status --again" ""; do
		run "$UNPILOT" $bad
		[ "$status" -eq 2 ]
	done
}
