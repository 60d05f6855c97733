# At the operator's side: naming runs, help, suggestions, status and find.
bats_require_minimum_version 1.5.0
load helpers

newest() { unpilot status --json | jq -r 'select(.type == "run").run' | head -1; }

@test "a run is named by its id, by the beginning of one id, or as latest" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	unpilot run -q "$l"
	first=$(newest)
	unpilot plan -q --again "$l"
	second=$(newest)
	[ "$first" != "$second" ]
	[ "$(unpilot status --json latest | jq -r 'select(.type == "run").run')" = "$second" ]
	[ "$(unpilot status --json "${first%?}" | jq -r 'select(.type == "run").run')" = "$first" ]
	run -2 unpilot status 2
	[[ "$output" == *"2 runs begin with \"2\": $second, $first: give more of the id"* ]]
	run -2 unpilot status ""
	run -2 unpilot status nonesuch
	[[ "$output" == *'the ledger has no run "nonesuch": see "unpilot status"'* ]]
	run -0 unpilot resume "${first%?}"
	run -0 unpilot apply -q --again latest
	[ "$(unpilot status --json latest | jq -r 'select(.type == "run").state')" = finished ]
}

@test "apply of a run that is no plan says so" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,c1)"
	run -2 unpilot apply latest
	[[ "$output" == *'is no plan, because "unpilot run" made it: nothing sent'* ]]
	unpilot letter -q "$(list ,3305000000003,,,c2)"
	run -2 --separate-stderr unpilot apply letter
	[[ "$stderr" == *'letter-'*' is no plan, because "unpilot letter" made it: nothing sent'* ]]
	run -2 --separate-stderr unpilot resume letter
	[[ "$stderr" == *'next: unpilot status letter-'* ]]
}

@test "report without a run takes the latest run that sent something" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	unpilot plan -q "$l"
	run -2 unpilot report
	[[ "$output" == *"no run of the ledger has sent anything yet"* ]]
	unpilot run -q "$l"
	first=$(newest)
	unpilot plan -q --again "$l"
	run -0 unpilot report
	[[ "$output" == *"reports: "*"$first"$'\n'"clean-up: "* ]]
}

# says TEXT ARGUMENT...: the command ends with 2 and prints this line and the next step.
says() {
	local text=$1
	shift
	run -2 "$UNPILOT" "$@"
	[[ "${lines[0]}" == "unpilot: $text" && "${lines[1]}" == 'next: unpilot help'* && ${#lines[@]} -eq 2 ]] ||
		{ echo "$output"; return 1; }
}

@test "mistyped commands and options get a suggestion, and the command's help is named" {
	run -2 "$UNPILOT" rnu
	[[ "$output" == *'unknown command "rnu": did you mean "run"? ("unpilot help" lists the commands)'* ]]
	run -2 "$UNPILOT" frobnicate
	[[ "$output" == *'unknown command "frobnicate" ("unpilot help" lists the commands)'* ]]
	says 'unknown option "--paralel": did you mean "--parallel"? (see "unpilot run --help")' run --paralel 3
	says 'unknown option "--paralel": did you mean "--parallel"? (see "unpilot --help")' --paralel=3 run
	says 'unknown option "--frob" (see "unpilot run --help")' run --frob
	says 'unknown option "-x" (see "unpilot run --help")' run -qx
	says '"--max" can be --max-devices or --max-per-customer (see "unpilot run --help")' run --max 3
	says '--out needs a value: --out=DIR (see "unpilot run --help")' run --out
	says '-c needs a value: -c FILE (see "unpilot run --help")' run -c
	says '--json takes no value (see "unpilot run --help")' run --json=yes
	run -2 "$UNPILOT" run --stats soon
	[[ "$output" == 'unpilot: --stats: '*'(see "unpilot run --help")'* ]]
	run -2 "$UNPILOT" status --again
	[[ "$output" == *'--again has no meaning for "status": see "unpilot status --help"'* ]]
	run "$UNPILOT" -c /dev/null status -- --paralel
	[[ "$output" != *"unknown option"* ]]
}

@test "an argument too many, or an option with an empty value, is a mistake" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	unpilot run -q "$l"
	for command in 'status latest' 'report latest' 'resume latest' 'help run' doctor; do
		run -2 --separate-stderr unpilot $command extra
		[[ "$stderr" == *"\"extra\" is one argument too many: unpilot ${command%% *} "*"next: unpilot help ${command%% *} -c $CONF" ]]
		[ -z "$output" ]
	done
	# an unset variable of a script turns no guard off, and names no folder
	for option in out=DIR skip-list=FILE columns=NAMES route=ROUTE metrics-file=FILE log-file=FILE max-devices=N; do
		says "--${option%=*} has an empty value: --$option (see \"unpilot run --help\")" run "--${option%=*}=" "$l"
		says "--${option%=*} has an empty value: --$option (see \"unpilot run --help\")" run "--${option%=*}" '' "$l"
	done
	says '--config has an empty value: --config=FILE (see "unpilot status --help")' status -c ''
	# rows without a customer have an empty key
	run -2 unpilot report --customer ''
	[[ "$output" == *'the ledger has no customer ""'* ]]
	# a wrong value is a mistake beside a run, too
	for option in --since=soon --limit=x; do
		run -2 --separate-stderr unpilot status latest $option
		[[ "$stderr" == *"${option%=*}: "*"next: unpilot help status -c $CONF" ]]
	done
}

@test "a customer with rejected rows only is known: report has nothing to write (1), status answers, find proposes nothing that fails" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,33,,,rej ,3305000000001,,,c1)" || [ $? -eq 1 ]
	run -1 --separate-stderr unpilot report --customer rej
	[[ "$stderr" == *"every row of customer \"rej\" was rejected: there is nothing to report"*"next: unpilot find rej -c $CONF" ]]
	[ ! -e "$D/handoff/open-rej" ]
	run -0 unpilot status --customer rej
	[[ "$output" == *finished* ]]
	run -0 unpilot find rej
	[[ "$output" == *"customer rej"* && "$output" != *report* ]]
	run -0 unpilot find c1
	[[ "$output" == *"unpilot report --customer=c1"* ]]
	for command in report status; do
		run -2 unpilot $command --customer rje
		[[ "$output" == *'the ledger has no customer "rje": did you mean "rej"?'* ]]
	done
}

@test "help describes a command" {
	diff <("$UNPILOT" help) <("$UNPILOT" --help)
	diff <("$UNPILOT" help run) <("$UNPILOT" run --help)
	run -2 "$UNPILOT" help satus
	[[ "$output" == *'did you mean "status"?'* ]]
}

@test "mistyped keys, sections and customers get a suggestion" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	run -2 unpilot report --customer Contosso
	[[ "$output" == *'the ledger has no customer "Contosso": did you mean "contoso"?'* ]]
	run -2 unpilot forget --customer Contosso
	[[ "$output" == *'the ledger has no customer "Contosso": did you mean "contoso"?'* ]]
	run -2 unpilot report --customer fabrikam
	[[ "$output" == *'the ledger has no customer "fabrikam"'* ]]
	run -1 --separate-stderr unpilot find Contosso
	[[ "$stderr" == *'customer is "Contosso": did you mean "contoso"?'*"next: unpilot find contoso -c $CONF" ]]
	configure limits max-device 5
	run -2 unpilot config check
	[[ "$output" == *'unknown key "max-device" in section [limits]: did you mean "max-devices"?'* ]]
	sed -i 's/^max-device /max-devices /; s/^\[limits\]/[limit]/' "$CONF"
	run -2 unpilot config check
	[[ "$output" == *'unknown section [limit]: did you mean "limits"?'* ]]
}

@test "forget asks on a terminal, and needs --yes elsewhere" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	run -2 unpilot forget --customer contoso < /dev/null
	[[ "$output" == *"forget needs --yes where nobody can be asked: nothing erased"* ]]
	run -2 --separate-stderr unpilot forget --customer contoso --json < /dev/null
	[ "$(jq -c '[.runs, .rows, .receipts, .exit_code]' <<< "$output")" = '[0,0,0,2]' ]
	run -0 unpilot forget --customer contoso --dry-run
	run -2 script -qec "$UNPILOT -c $CONF forget --customer contoso" /dev/null <<< no
	[[ "$output" == *'Erase 1 row of 1 run and 0 receipts of customer "contoso"? [y/N]'*"nothing erased"* ]]
	run -0 script -qec "$UNPILOT -c $CONF forget --customer contoso" /dev/null <<< y
	run -2 unpilot forget --yes --customer contoso
	[[ "$output" == *'no customer "contoso"'* ]]
}

@test "status is a table of 80 columns, newest first, plans apart" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso)
	unpilot run -q "$l"
	first=$(newest)
	unpilot run -q --again "$(list ,3305000000003,,,fabrikam ,,,,fabrikam)" || true
	second=$(newest)
	unpilot plan -q --again "$(list ,3305000000001,,,contoso)"
	plan=$(newest)
	run -0 unpilot status
	[ "$(cut -d' ' -f1 <<< "$output" | tr '\n' ' ')" = "RUN $second $first  Plans PLAN $plan " ]
	[ "$(awk '{if (length > n) n = length} END {print n}' <<< "$output")" -le 80 ]
	[[ "${lines[2]}" =~ ^$first\ [0-9-]{10}\ [0-9:]{5}Z\ finished\ +1\ +1\ +0\ +[0-9]+$ ]]
	[ "$(unpilot status --limit 1 | cut -d' ' -f1 | tr '\n' ' ')" = "RUN $second  Plans PLAN $plan " ]
	[ "$(unpilot status --customer contoso | cut -d' ' -f1 | tr '\n' ' ')" = "RUN $first  Plans PLAN $plan " ]
	[ "$(unpilot status --json --customer fabrikam | jq -r .run)" = "$second" ]
	[ -z "$(unpilot status --since 2999-01-01)" ]
	[ "$(unpilot status --json --since 1h | wc -l)" -eq 3 ]
	[ "$(unpilot status --json --open | jq -r .run | tr '\n' ' ')" = "$second $first " ]
	run -0 unpilot status "$second"
	[[ "$output" == *"1 device needs a person"*"1 "*": "* ]]
	run -2 unpilot status --customer Contosso
	[[ "$output" == *'did you mean "contoso"?'* ]]
	run -2 unpilot status --since soon
	[[ "$output" == *'--since: "soon" is neither a date'* ]]
	run -2 unpilot status --limit x
}

@test "find proposes the command for a customer's pack, and needs a word" {
	start_service samples/registry.csv
	unpilot run -q "$(list ",3305000000001,,,it's us")"
	run -0 unpilot find "it's us"
	command=$(sed -n 's/^a pack of all that is open: unpilot //p' <<< "$output")
	run -0 bash -c "$UNPILOT $command"
	[[ "$output" == "report: $D/handoff/open-"* ]]
	run -2 unpilot find ''
	[[ "$output" == *'find needs a serial number'* ]]
}

@test "find names every run, customer, outcome, date and open step of a device" {
	start_service samples/registry.csv
	printf '%s\n' 'Serial Number,Product Key ID,Customer,Ticket' 'FB-1001,3305000000001,contoso,T-77' > "$BATS_TEST_TMPDIR/t.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/t.csv"
	first=$(newest)
	unpilot run -q --again "$BATS_TEST_TMPDIR/t.csv"
	second=$(newest)
	for word in FB-1001 3305000000001 T-77; do
		run -0 unpilot find "$word"
		[[ "$output" == RUN*"$second "*"Z not-registered "*contoso*"$first "*"Z deregistered "*contoso*"open steps: "* ]]
	done
	[ "$(unpilot find --json FB-1001 | jq -c '[.type, .run, .customer, .outcome, .ticket]' | tail -1)" = \
		"[\"device\",\"$first\",\"contoso\",\"deregistered\",\"T-77\"]" ]
	[ "$(unpilot find --json FB-1001 | jq -s '.[1].open_steps | length')" -gt 0 ]
	run -1 unpilot find fb-1001
	[[ "$output" == *'"fb-1001": only the case differs from "FB-1001"'* ]]
	run -1 unpilot find FB-100
	[[ "$output" == *'no serial number, Product Key ID, ticket or customer is "FB-100"'* ]]
	run -0 unpilot find FB-100 T-77
	run -2 unpilot find
}

# widest: columns of the widest line of the output.
widest() { awk '{if (length > n) n = length} END {print n}' <<< "${output//$'\r'/}"; }

@test "status RUN is a table of the customers: closed, open, wait, needs a person with the reason" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	run_id=$(newest)
	run -0 unpilot status "$run_id"
	[[ "${lines[0]}" =~ ^run\ $run_id\ \ finished\ \ started\ [0-9-]{10}\ [0-9:]{5}Z$ ]]
	[[ "$output" == *"  33 deregistered, 2 not-registered, 2 not-ours, 2 not-found, 1 not-unique, 1 refused, 3 rejected"* ]]
	[[ "$output" =~ CUSTOMER\ +CLOSED\ +OPEN\ +ACTIONS\ +WAIT\ +PERSON\ +OLDEST ]]
	[[ "$output" == *"9 devices need a person"*"  2 not-found: "* ]]
	[ "$(awk '$1 == "fabrikam" {print $2, $5, $6}' <<< "$output")" = "0 0 4" ]
	[ "$(unpilot status --json "$run_id" | jq '[.customers[].needs_person] | add')" -eq 9 ]
	[ "$(unpilot status --json "$run_id" | jq '[.customers[].reasons[].devices] | add')" -eq 9 ]
	[ "$(unpilot status --json "$run_id" | jq '[.customers[] | .devices_left, .devices_closed] | add')" -gt 30 ]
	# on a terminal: 80 columns, local time
	TZ=Asia/Kolkata run -0 script -qec "$UNPILOT -c $CONF status $run_id" /dev/null
	[ "$(widest)" -le 80 ]
	started=$(unpilot status --json "$run_id" | jq -r .started)
	[[ "$output" == *"started $(TZ=Asia/Kolkata date -d "$started" '+%Y-%m-%d %H:%M')"* ]]
	TZ=Asia/Kolkata run -0 script -qec "$UNPILOT -c $CONF status" /dev/null
	[ "$(widest)" -le 80 ]
	[[ "$output" == *"$(TZ=Asia/Kolkata date -d "$started" '+%Y-%m-%d %H:%M') "* ]]
}

@test "status RUN counts devices that wait, not the rows that repeat them" {
	start_service samples/registry.csv --pending-polls 99
	configure oem-direct poll-deadline 50ms
	run -6 unpilot run -q "$(list ,3305000000001,,,contoso ,3305000000001,,,contoso ,3305000000003,,,contoso)"
	run -0 unpilot status latest
	[[ "$output" == *"  3 pending"* ]]
	[ "$(awk '$1 == "contoso" {print $3, $5}' <<< "$output")" = "2 2" ]
	[ "$(unpilot status --json latest | jq 'select(.type == "open").pending')" -eq 3 ]
}

@test "a held device tells its reason: run, plan, status, JSON and the operator's page" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso)
	unpilot run -q "$l"
	list ,3305000000001,,,contoso ,3305000000003,,,contoso > /dev/null
	reason="deregistered in run $(newest) on $(date -u +%F): --again sends it once more"
	run unpilot plan "$l"
	[[ "$output" == *"  1 held: $reason"* ]]
	[ "$(grep -c 'held: deregistered' <<< "$output")" -eq 1 ] # once
	[ "$(unpilot plan --json "$l" | jq -r 'select(.type == "plan").held[0].reason')" = "$reason" ]
	run unpilot run "$l"
	[[ "$output" == *"  1 held: $reason"* ]]
	[[ "$output" == *"2 rows, "* ]]
	run_id=$(newest)
	run -0 unpilot status "$run_id"
	[[ "$output" == *"1 held: $reason"* ]]
	[ "$(unpilot status --json "$run_id" | jq -r '.customers[0].reasons[] | select(.outcome == "held").reason')" = "$reason" ]
	grep -qF "${reason%:*}" "$D/handoff/$run_id/index.html"
}

@test "a plan that would send nothing says so, and names no digest" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso)
	run -0 unpilot plan "$l"
	[[ "$output" == *"1 device to deregister"*"digest "*"customer contoso: 1 row"*"1 row, 1 not-sent"* ]]
	[[ "${lines[-1]}" == "send it with: unpilot apply 20"*" --digest "* ]]
	unpilot run -q "$l"
	run unpilot plan "$l"
	[[ "$output" == *": nothing would be sent"* ]]
	[[ "$output" != *digest* ]]
	[[ "$output" != *"send it with"* ]]
}

@test "status --watch ends with the run, and needs a terminal" {
	start_service samples/registry.csv --latency 700
	run -2 unpilot status --watch
	[[ "$output" == *"--watch needs a terminal"* ]]
	unpilot run -q "$(list ,3305000000001,,,contoso)" 3>&- &
	pid=$!
	until [ -n "$(unpilot status --json 2>/dev/null)" ]; do sleep 0.05; done
	run -0 script -qec "$UNPILOT -c $CONF status --watch latest" /dev/null
	wait $pid
	[[ "$output" == *"  finished  "* ]]
}

@test "find shows what was asked, what the service said, pack, mail, reports and titles of open steps" {
	start_service samples/registry.csv
	printf '%s\n' 'Serial Number,Product Key ID,Customer,Ticket,Join Type,MDM' 'FB-1001,3305000000001,contoso,T-77,entra,intune' \
		'FB-1001,3305000000001,contoso,T-77,entra,intune' > "$BATS_TEST_TMPDIR/t.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/t.csv"
	run_id=$(newest)
	pack=$D/handoff/$run_id/contoso
	row=$(sqlite3 "$D/ledger.db" 'SELECT min(id) FROM list_row')
	cat > "$BATS_TEST_TMPDIR/receipt.json" <<-END
	{"schema":"unpilot-receipt/2","run":"$run_id","customer":"contoso","by":"Ann","generated":"$(date -u +%FT%TZ)","source":"page",
	 "done":[{"device":"$row","step":"B1","at":"$(date -u +%FT%TZ)","state":"done"}]}
	END
	unpilot close -q "$BATS_TEST_TMPDIR/receipt.json"
	service_id=$(sqlite3 "$D/ledger.db" 'SELECT service_id FROM batch')
	run -0 unpilot find FB-1001
	[[ "$output" == *"list: $BATS_TEST_TMPDIR/t.csv, line 2"* ]]
	[[ "$output" == *"asked: 20"*", 1 request"*"batch: 1, BatchId $service_id"*"sent 20"*", accepted 20"*", done 20"* ]]
	[[ "$output" == *"service said: deregistered"*"pack: $pack"*"mail: $pack/mail.txt"* ]]
	[[ "$output" =~ reported:\ [0-9:Z\ -]+\ Save\ BitLocker\ keys\ and\ LAPS\ passwords\ \(B1\):\ done,\ by\ Ann ]]
	[[ "$output" == *"open steps: "*"Retire"*"("* || "$output" == *"open steps: "*"(I"*"); "* ]]
	# an equal row has the batch of the row that was asked
	[ "$(grep -c '  batch: 1, ' <<< "$output")" -eq 2 ]
	unpilot find --json FB-1001 > "$BATS_TEST_TMPDIR/got"
	[ "$(jq -s -c '.[1] | [.requests, .pack, .mail, (.attempts | map(.what))]' "$BATS_TEST_TMPDIR/got")" = \
		"[1,\"$pack\",\"$pack/mail.txt\",[\"sent\",\"accepted\",\"done\"]]" ]
	[ "$(jq -s -c '.[1].reported[0] | [.step, .title, .state, .by]' "$BATS_TEST_TMPDIR/got")" = '["B1","Save BitLocker keys and LAPS passwords","done","Ann"]' ]
	[ "$(jq -s '.[1] | (.open | map(.step)) == .open_steps' "$BATS_TEST_TMPDIR/got")" = true ]
	# a customer: its runs with their packs
	run -0 unpilot find contoso
	[[ "$output" == "customer contoso"*"$run_id "*" finished"*"  $pack"* ]]
	[ "$(unpilot find --json contoso | jq -r '[.type, .run, .pack, .mail] | join(" ")')" = "customer $run_id $pack $pack/mail.txt" ]
	run -1 unpilot find Contoso
	[[ "$output" == *'is "Contoso": only the case differs from "contoso"'*"next: unpilot find contoso "* ]]
	run -0 script -qec "$UNPILOT -c $CONF find FB-1001" /dev/null
	[ "$(grep -v / <<< "$output" | grep -v BatchId | awk '{if (length > n) n = length} END {print n}')" -le 81 ]
	# a device that was never sent
	unpilot run -q --again "$(list Default\ string,,,,contoso)" || true
	unpilot plan -q --again "$(list ,3305000000007,,,contoso)"
	run -0 unpilot find 3305000000007
	[[ "$output" == *"asked: never"* ]]
}

@test "a mistyped run id gets a suggestion" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	run_id=$(newest)
	near=${run_id%????}zzz${run_id: -1}
	run -2 unpilot status "${run_id/T/t}x"
	[[ "$output" == *"the ledger has no run \"${run_id/T/t}x\": did you mean \"$run_id\"?: see"* ]]
	run -2 unpilot status "$near"
	[[ "$output" != *"did you mean"* ]]
}

@test "close of a file that is no receipt says what it looks like" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,contoso)"
	pack=$D/handoff/$(newest)/contoso
	says() {
		run -2 unpilot close "$1"
		[[ "$output" == *"$1: no receipt, it looks like $2; the receipt is the file that \"Download receipt\""*": nothing of this receipt is recorded"* ]] || { echo "$output"; return 1; }
	}
	says "$pack/index.html" "a web page, such as index.html of a pack"
	says "$pack/handoff.json" "handoff.json of a pack"
	says "$pack/handoff.xml" "handoff.xml of a pack"
	says "$pack/mail.txt" "a mail"
	says "$pack/devices.csv" "a list of devices"
	says "$pack/../summary.json" "summary.json of a run"
	says /dev/null "an empty file"
	says "$CONF" "a file that is not JSON"
	printf '{"schema":"unpilot-receipt/2","run":1}' > "$BATS_TEST_TMPDIR/r.json"
	run -2 unpilot close "$BATS_TEST_TMPDIR/r.json"
	[[ "$output" == *'r.json: "customer" is missing'* ]]
}

# as_nobody COMMAND...: runs the program as another user.
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$UNPILOT" -c "$CONF" "$@"; }

@test "without permission: the user, the file or folder, its mode and owner, and what is wanted" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,contoso)
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_RUN_TMPDIR/file" 2> /dev/null || true
	chmod 750 "$D"
	run -2 as_nobody status
	[[ "$output" == *"$CONF: cannot open: Permission denied: user nobody has to enter this folder: $D (mode 0750, owner root)"* ]]
	chmod 755 "$D"
	chmod 600 "$CONF"
	run -2 as_nobody status
	[[ "$output" == *"user nobody has to read this file: $CONF (mode 0600, owner root)"* ]]
	chmod 644 "$CONF"
	run -2 as_nobody status
	[[ "$output" == *"user nobody has to read this file: $D/ledger.db (mode 0600, owner root)"* ]]
	run -2 as_nobody plan "$l"
	[[ "$output" == *"user nobody has to write this file: $D/ledger.db (mode 0600, owner root)"* ]]
	run -2 as_nobody status --log-file "$D/log"
	[[ "$output" == *"log file $D/log: cannot open: Permission denied: user nobody has to create files in this folder: $D (mode 0755, owner root)"* ]]
	run -2 as_nobody init
	[[ "$output" == *"$D/handoff: cannot write: Permission denied: user nobody has to create files in this folder: $D/handoff (mode 0750, owner root)"* || "$output" == *"enter this folder: $D/handoff"* ]] || { echo "$output"; return 1; }
	configure ledger url "sqlite:$D/new/ledger.db"
	run -2 as_nobody init
	[[ "$output" == *"$D/new: cannot create the directory: Permission denied: user nobody has to create files in this folder: $D (mode 0755, owner root)"* ]]
}

@test "one error is printed once, with what to do" {
	start_service samples/registry.csv
	cp "$CONF" "$D/other.conf"
	l=$(list ,3305000000001,,,contoso)
	once() { # TEXT: in exactly one line of standard error
		[ "$(grep -cF "$1" <<< "$stderr")" -eq 1 ] || { echo "$stderr"; return 1; }
	}
	configure oem-direct certificate "$D/foreign-client.pem"
	configure oem-direct key "$D/foreign-client.key"
	run -3 --separate-stderr unpilot run "$l"
	once "the service refuses the client certificate: ask it which one it takes"
	cp "$D/other.conf" "$CONF"
	sed -i '/^ca-file/d' "$CONF"
	run -3 --separate-stderr unpilot run "$l"
	once "the service's certificate is not trusted: set ca-file to its issuer"
	cp "$D/other.conf" "$CONF"
	run -2 --separate-stderr unpilot run "$BATS_TEST_TMPDIR/nosuch.csv"
	once "nosuch.csv: cannot open"
	[[ "$stderr" == *"next: ls -l $BATS_TEST_TMPDIR" ]]
	run -2 --separate-stderr unpilot status --since tomorrow
	[[ "$stderr" == *"next: unpilot help status -c "* ]]
	unpilot run -q "$l"
	run -4 --separate-stderr unpilot run "$l"
	once "this very list was sent"
}

@test "a full disk is named by the file that is on it" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	start_service samples/registry.csv
	mkdir "$BATS_TEST_TMPDIR/disk"
	mount -t tmpfs -o size=2500k t "$BATS_TEST_TMPDIR/disk" || skip "cannot mount"
	sh samples/make-fleet.sh 3000 3 "$BATS_TEST_TMPDIR/l.csv" "$BATS_TEST_TMPDIR/r.csv" "$BATS_TEST_TMPDIR/e.csv"
	configure ledger url "sqlite:$BATS_TEST_TMPDIR/disk/ledger.db"
	unpilot init -q
	run --separate-stderr unpilot run "$BATS_TEST_TMPDIR/l.csv"
	umount "$BATS_TEST_TMPDIR/disk"
	[ "$status" -ne 0 ]
	[[ "$stderr" == *"disk is full: make room on the disk of sqlite:$BATS_TEST_TMPDIR/disk/ledger.db"* ]] || { echo "$stderr"; return 1; }
}

# columns: the width in columns of each line, by the East Asian width of its characters
columns() {
	/usr/bin/python3 -c 'import sys, unicodedata as u
for line in sys.stdin: print(sum(0 if u.combining(c) else 2 if u.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n")))'
}

@test "tables count columns of the terminal: keys of wide characters stay in line" {
	start_service samples/registry.csv
	wide=東京都千代田区丸の内一丁目株式会社修理センター東館
	unpilot run -q "$(list ,3305000000001,,,"$wide" ,3305000000003,,,修理 ,3305000000005,,,"📦📦 Lager" ,3305000000007,,,"$(printf 'Mu\314\210ller')" ,3305000000009,,,contoso)" || [ $? -eq 1 ]
	run -0 unpilot status latest
	rows=$(grep -A5 '^CUSTOMER ' <<< "$output" | tail -5 | sed 's/ [0-9]* s$//') # without the age
	[ "$(wc -l <<< "$rows")" -eq 5 ]
	[ "$(columns <<< "$rows" | sort -u | wc -l)" -eq 1 ] || { echo "$rows"; columns <<< "$rows"; return 1; }
	[ "$(columns <<< "$rows" | head -1)" -le 80 ]
	grep -q '^東京都[^ ]*\.\.\. ' <<< "$rows"
}
