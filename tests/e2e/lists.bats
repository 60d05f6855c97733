bats_require_minimum_version 1.5.0
load helpers

# Lists as they occur in practice, read by the program.

L=samples/lists/dialects

offline() { # makes a configuration without credentials and service
	CONF=$BATS_TEST_TMPDIR/c
	printf '[ledger]\nurl = sqlite:%s/l.db\n[handoff]\ndirectory = %s/out\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" > "$CONF"
	"$UNPILOT" -c "$CONF" init -q
}

@test "make-fixtures.sh writes exactly the stored fixtures" {
	sh samples/lists/make-fixtures.sh "$BATS_TEST_TMPDIR/f"
	diff -r "$BATS_TEST_TMPDIR/f" $L
}

@test "a hash file has the size of genuine ones" {
	[ "$(wc -c < $L/utf16le_bom_3col.csv)" -eq $((8120 + 2 * 8)) ]
}

@test "plan --json names each list's format, encoding and delimiter, and needs no credentials" {
	offline
	run --separate-stderr unpilot plan --json $L/utf16le_bom_5col_gwai_partner.csv $L/quoted_intune_export_7col.csv $L/semicolon_sep_line.csv
	[ "$status" -eq 1 ]
	[ "$(jq -r 'select(.type == "list") | "\(.format)|\(.encoding)|\(.delimiter)|\(.rows)|\(.rejected)"' <<< "$output")" = \
		"Get-WindowsAutopilotInfo -Partner|UTF-16LE|comma|2|1
Intune export|UTF-8|comma|2|0
unpilot|UTF-8|semicolon|1|0" ]
	[ "$(jq -r 'select(.type == "device") | .outcome' <<< "$output" | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 4 not-sent; 1 rejected;" ]
}

@test "plan prints the format; run logs it" {
	offline
	run --separate-stderr unpilot plan $L/cp1252_ours.csv
	[ "$status" -eq 0 ]
	[[ "$output" == *"list $L/cp1252_ours.csv: unpilot (Windows-1252, comma): 2 rows, 0 rejected"* ]]
	start_service samples/registry.csv
	run --separate-stderr unpilot run $L/utf8_bom_5col_partner.csv
	[[ "$stderr" == *"$L/utf8_bom_5col_partner.csv: Partner Center (UTF-8, comma): 2 rows, 0 rejected"* ]]
}

@test "rows that repeat a device are counted and sent once" {
	start_service samples/registry.csv
	run unpilot run $L/duplicate_rows.csv
	[[ "$output" == *"1 row repeats a device and is asked once: 2 devices to deregister"* ]]
	[ "$(grep -c '^device' "$LOG")" -eq 2 ]
}

@test "files that are not lists: 2, and the message says what they look like" {
	offline
	while IFS='|' read -r name sentence; do
		run unpilot plan $L/$name.csv
		echo "$name: $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"$L/$name.csv: "*"$sentence"* ]]
	done <<- 'END'
		excel_workbook|this is an Excel workbook: save it as CSV UTF-8
		excel_old_workbook|this is an old Excel workbook: save it as CSV UTF-8
		zip|this looks like a ZIP archive
		pdf|this looks like a PDF document
		html|this looks like a web page
		json|this looks like a JSON document
		binary|this is a binary file
		0-byte|the file is empty
		bom_only|the list holds no device
		header_only|the list holds no device
		letter|no header
		mixed_encoding_glued|line 3: text in another encoding begins here
		mixed_encoding_glued_utf16_first|line 3: text in another encoding begins here
		broken_all_through|20 of 20 rows
		sep_pipe|"sep=|" names a delimiter that is not supported
	END
}

@test "a list without a header: 2, unless --columns or the configuration names the columns" {
	offline
	run unpilot plan $L/headerless_make_model_serial.csv
	[ "$status" -eq 2 ]
	[[ "$output" == *"line 1: no header"*"--columns"* ]]
	run --separate-stderr unpilot plan --json --columns 'Manufacturer, Model, Serial Number' $L/headerless_make_model_serial.csv
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type == "device") | .serial' <<< "$output" | tr '\n' ' ')" = "FBHL-001 FBHL-002 " ]
	printf '[lists]\ncolumns = Manufacturer, -, Serial Number\n' >> "$CONF"
	run --separate-stderr unpilot plan --json $L/headerless_make_model_serial.csv
	[ "$status" -eq 1 ] # no model
	run unpilot plan --columns 'Manufacturer, Model' $L/headerless_make_model_serial.csv
	[ "$status" -eq 2 ]
	[[ "$output" == *"neither \"Serial Number\" nor \"Product Key ID\""* ]]
	run unpilot plan --columns 'Serial Number' $L/tab.csv
	[ "$status" -eq 0 ]
	[[ "$output" == *"this list has a header, so the columns given are ignored"* ]]
}

@test "a file of one column needs no header" {
	offline
	run --separate-stderr unpilot plan --json $L/headerless_one_column.csv
	[ "$status" -eq 1 ]
	[ "$(jq -r 'select(.type == "device") | "\(.product_key_id) \(.outcome)"' <<< "$output" | head -2 | tr '\n' ';')" = \
		"3305000000011 not-sent;3305000000012 not-sent;" ]
}

@test "tuples are sent exactly as given, with blanks, case and special letters" {
	start_service samples/registry.csv
	printf 'Serial Number,Manufacturer,Model\nAb 1  x,Fabrikam , Büro 14\n' | iconv -f UTF-8 -t UTF-16LE > "$BATS_TEST_TMPDIR/l.csv"
	run unpilot run "$BATS_TEST_TMPDIR/l.csv"
	[[ "$output" == *"begins or ends with a blank"* ]]
	grep -qF 'serial=Ab 1  x manufacturer=Fabrikam  model= Büro 14 result=' "$LOG"
}

@test "1 % damaged rows: 99 % are deregistered" {
	awk 'BEGIN {print "Product Key ID,Note"; for (i = 1; i <= 1000; i++) {
		note = "fine"
		if (i % 100 == 50) note = i % 200 == 50 ? "\"never closed" : "a, comma"
		printf "33060%08d,%s\n", i, note}}' > "$BATS_TEST_TMPDIR/l.csv"
	awk 'BEGIN {print "Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error"; for (i = 1; i <= 1000; i++)
		printf ",,,33060%08d,us,registered,\n", i}' > "$BATS_TEST_TMPDIR/r.csv"
	start_service "$BATS_TEST_TMPDIR/r.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 1 ]
	[ "$(tail -1 <<< "$output" | jq -c '[.counts.deregistered, .counts.rejected]')" = "[990,10]" ]
	[ "$(grep -c '^device' "$LOG")" -eq 990 ]
}

@test "rejects.csv: byte order mark for Excel, file, line, column, reason with advice, whole row" {
	start_service samples/registry.csv
	unpilot run -q $L/unquoted_comma_manufacturer.csv $L/words.csv || true
	cd "$(run_dir)"
	[ "$(head -c 3 rejects.csv | od -An -tx1 | tr -d ' ')" = efbbbf ]
	head -1 rejects.csv | grep -q 'file,line,column,reason,Device Serial Number,'
	grep -qF 'unquoted_comma_manufacturer.csv,3,,more values (6) than columns (5): put a value with a comma in quotation marks,FBUC-002,,,Micro-Fabrikam Co.," Ltd.",' rejects.csv
	grep 'FBUC-002' rejects.csv | grep -qF ',Book 14'
	grep -qF 'words.csv,7,MDM,"""yes"" is not a known word: write intune' rejects.csv
	refute grep -q T0 rejects.csv
}

@test "a column named company, organisation or account in each language names the customer; of a longer name there is a warning" {
	offline
	for name in Unternehmen Konto Organización Organizzazione Organização Companhia Onderneming Organizacja Spółka Przedsiębiorstwo; do
		printf 'Serial Number,Manufacturer,Model,%s\nFBCO01,Fabrikam,Book 14,contoso\n' "$name" > "$BATS_TEST_TMPDIR/l.csv"
		run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/l.csv"
		[ "$(jq -r 'select(.type == "device") | .customer' <<< "$output")" = contoso ] || { echo "$name: $stderr"; false; }
		sed -i "1s/$name/$name (X) 2/" "$BATS_TEST_TMPDIR/l.csv"
		run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/l.csv"
		[[ "$stderr" == *'speaks of a customer'* ]] || { echo "$name: $stderr"; false; }
	done
}

@test "failed.csv of lists in different formats is one list with every column" {
	start_service samples/registry.csv
	run unpilot run -q $L/merged_other_headers.csv $L/graph_export_9col.csv $L/utf16le_no_bom.csv
	[ "$status" -eq 1 ]
	cp "$(run_dir)failed.csv" "$BATS_TEST_TMPDIR/failed.csv"
	cat "$BATS_TEST_TMPDIR/failed.csv"
	grep -q 'enrolmentState' "$BATS_TEST_TMPDIR/failed.csv"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/failed.csv"
	[ "$status" -eq 0 ]
	[ "$(jq -r 'select(.type == "device") | .serial' <<< "$output" | sort | tr '\n' ' ')" = "FB16-005 FBGR-001 FBGR-002 FBMH-001 FBMH-002 " ]
}

@test "a corrected failed.csv is accepted" {
	start_service samples/registry.csv
	printf 'Colour,Product Key ID\nred,330500000001\nblue,3305000000003\n' > "$BATS_TEST_TMPDIR/l.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || true
	sed 's/330500000001/3305000000001/' "$(run_dir)failed.csv" > "$BATS_TEST_TMPDIR/again.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/again.csv"
	[ "$status" -eq 0 ]
	[ "$(tail -1 <<< "$output" | jq .counts.deregistered)" -eq 1 ]
}

@test "failed.csv has the column for such numbers also if only its last row needs it" {
	start_service samples/registry.csv
	printf 'S/N,Manufacturer,Model,Kunde\n12346,Fabrikam,FX-1,c\n12347,Fabrikam,FX-1,c\n0012345,Fabrikam,FX-2,c\n' > "$BATS_TEST_TMPDIR/l.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || true
	[ "$(sed '1s/^\xef\xbb\xbf//; s/\r//' "$(run_dir)failed.csv")" = 'S/N,Manufacturer,Model,Kunde,Digits As Written
12346,Fabrikam,FX-1,c,
12347,Fabrikam,FX-1,c,
0012345,Fabrikam,FX-2,c,Serial Number=0012345' ]
	run ls -A "$(run_dir)"
	[[ "$output" != *.failed.csv* ]]
}

@test "failed.csv notes numbers that a spreadsheet would change, and a row that lost its zeros says so, twice" {
	start_service samples/registry.csv
	printf 'S/N,Manufacturer,Model,Kunde,Note\n0012345,Fabrikam,007,0042,a\n12346,Fabrikam,FX-1,c,b\n00999,Fabrikam,FX-2,c,d\n' > "$BATS_TEST_TMPDIR/l.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/l.csv" || true
	again=$BATS_TEST_TMPDIR/again.csv
	sed '1s/^\xef\xbb\xbf//; s/\r//' "$(run_dir)failed.csv" > "$again"
	[ "$(cat "$again")" = 'S/N,Manufacturer,Model,Kunde,Note,Digits As Written
0012345,Fabrikam,007,0042,a,"Serial Number=0012345, Model=007, Customer=0042"
12346,Fabrikam,FX-1,c,b,
00999,Fabrikam,FX-2,c,d,Serial Number=00999' ]
	run --separate-stderr unpilot plan --json "$again"
	[ "$(jq -r 'select(.type == "device") | .outcome' <<< "$output" | sort -u)" = not-sent ]
	# a German spreadsheet, and a person who corrects the last row
	sed '2s/.*/12345;Fabrikam;7;42;a;Serial Number=0012345, Model=007, Customer=0042/; 4s/.*/00998;Fabrikam;FX-2;c;d;Serial Number=00999/; s/,/;/g; s/=\([0-9]*\);/=\1,/g' "$again" > "$again.de"
	run --separate-stderr unpilot run --again --json "$again.de"
	[ "$status" -eq 1 ]
	[[ "$stderr" == *'Serial Number: "12345" was "0012345" when failed.csv was written'* ]]
	sed '1s/^\xef\xbb\xbf//; s/\r//' "$(grep -l ^12345, "$D"/handoff/*/failed.csv)" > "$again"
	[ "$(cat "$again")" = 'S/N,Manufacturer,Model,Kunde,Note,Digits As Written
12345,Fabrikam,7,42,a,"Serial Number=0012345, Model=007, Customer=0042"
12346,Fabrikam,FX-1,c,b,
00998,Fabrikam,FX-2,c,d,Serial Number=00998' ]
	sed -i 's/00998,/998,/' "$again"
	run --separate-stderr unpilot plan --json "$again"
	[ "$(jq -r 'select(.type == "device") | .outcome' <<< "$output" | tr '\n' ' ')" = "rejected not-sent rejected " ]
}

@test "no key or hash of any fixture reaches the ledger, the packs, the log or the service" {
	start_service samples/registry.csv
	run unpilot run -v $L/secrets_and_placeholders.csv $L/utf16le_bom_3col.csv $L/unquoted_comma_manufacturer.csv $L/trailing_commas.csv
	[ "$status" -eq 1 ]
	never='T0[A-Za-z0-9+/]{8}|BBBBB|CCCCC|GGGGG|HJKMP|hjkmp'
	refute grep -qE "$never" <<< "$output"
	refute grep -raqE "$never" "$D"/*.db* "$D/handoff" "$LOG"
}

@test "two columns with the same name keep both values in failed.csv" {
	start_service samples/registry.csv
	printf 'Product Key ID,Note,Note\n3305000000099,left,right\n' > "$BATS_TEST_TMPDIR/a.csv"
	printf 'Product Key ID,Colour\n3305000000098,red\n' > "$BATS_TEST_TMPDIR/b.csv"
	unpilot run -q "$BATS_TEST_TMPDIR/a.csv" "$BATS_TEST_TMPDIR/b.csv" || true
	[ "$(sed '1s/^\xef\xbb\xbf//; s/\r//' "$(run_dir)failed.csv")" = "Product Key ID,Note,Note,Colour
3305000000099,left,right,
3305000000098,,,red" ]
}

@test "320 MB of UTF-16 with hashes are read in 200 MB of address space" {
	[ -z "${NO_VALGRIND:-}" ] || skip "sanitizers are on"
	offline
	rows() { awk 'BEGIN {h = "T0"; while (length(h) < 4000) h = h "QUJDREVGR0hJSktMTU5P"
		print "Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model"
		for (i = 1; i <= 40000; i++) printf "FB%08d,,%s,Fabrikam,Book 14\n", i, h}' | iconv -f UTF-8 -t UTF-16LE; }
	ulimit -v 200000
	run --separate-stderr unpilot plan --max-devices 0 <(rows)
	[ "$status" -eq 0 ]
	[[ "$output" == *"40000 rows, 0 rejected"* ]]
}

@test "one customer key with two names: all its rows are rejected, before anything is sent" {
	start_service samples/registry.csv
	printf 'Serial Number,Manufacturer,Model,Customer,Customer Name\nFBCN01,Fabrikam,Book 14,K1,Contoso Ltd\nFBCN02,Fabrikam,Book 14,K2,Fabrikam\nFBCN03,Fabrikam,Book 14,K1,Northwind Traders\nFBCN04,Fabrikam,Book 14,K2,FABRIKAM.\nFBCN05,Fabrikam,Book 14,k2,Fabrikam\n' \
		> "$BATS_TEST_TMPDIR/l.csv"
	run unpilot run "$BATS_TEST_TMPDIR/l.csv"
	[[ "$output" == *'rejected 2 rows: one customer has the names "Contoso Ltd" and "Northwind Traders"'* ]]
	[[ "$output" == *'l.csv:5: customer "K2" has the names "Fabrikam" and "FABRIKAM."'* ]]
	[[ "$output" == *'l.csv:6: customers "K2" and "k2" differ in letter case only: they get two packs'* ]]
	refute grep -qE 'FBCN01|FBCN03' "$LOG"
	grep -q 'FBCN02' "$LOG"
	[ "$(grep -c 'one customer has the names' "$(run_dir)rejects.csv")" -eq 2 ]
}

# named FILE SERIAL KEY NAME: a list of one row
named() { printf 'Serial Number,Manufacturer,Model,Customer,Customer Name\n%s,Fabrikam,Book 14,%s,%s\n' "$2" "$3" "$4" > "$1"; }

@test "one customer key with two names in two lists of a run: all its rows are rejected, also those of a third list" {
	start_service samples/registry.csv
	cd "$BATS_TEST_TMPDIR"
	named a.csv FBCN01 K1 'Contoso Ltd'
	named b.csv FBCN03 K1 'Northwind Traders'
	named c.csv FBCN05 K1 'Contoso Ltd'
	named d.csv FBCN02 K2 Fabrikam
	run unpilot run a.csv b.csv c.csv d.csv
	[ "$status" -eq 1 ]
	[[ "$output" == *'b.csv: rejected 1 row: one customer has the names "Contoso Ltd" and "Northwind Traders"'* ]]
	[[ "$output" == *'b.csv: rejected 1 row of the lists before: one customer has the names'* ]]
	[[ "$output" == *'c.csv: rejected 1 row: one customer has the names'* ]]
	refute grep -qE 'FBCN01|FBCN03|FBCN05' "$LOG"
	grep -q 'FBCN02' "$LOG"
	[ ! -e "$(run_dir)K1" ]
}

@test "the spool: names in a list that is refused do not count, and those in the lists before it do" {
	start_service samples/registry.csv
	S=$BATS_TEST_TMPDIR/spool
	mkdir -p "$S/incoming"
	configure spool directory "$S"
	cd "$S/incoming"
	named "$BATS_TEST_TMPDIR/b.csv" FBCN02 K3 Wingtip
	run unpilot run -q "$BATS_TEST_TMPDIR/b.csv"
	named a.csv FBCN01 K1 'Contoso Ltd'
	cp "$BATS_TEST_TMPDIR/b.csv" b.csv # the guard for repeated lists refuses it
	named c.csv FBCN04 K3 Fabrikam
	named d.csv FBCN05 K1 'Northwind Traders'
	touch -d '1 hour ago' -- *.csv
	run unpilot run
	ls "$S"/failed/*.b.csv
	[[ "$output" == *'d.csv: rejected 1 row of the lists before: one customer has the names "Contoso Ltd" and "Northwind Traders"'* ]]
	refute grep -qE 'FBCN01|FBCN05' "$LOG"
	grep -q 'FBCN04' "$LOG"
}

@test "a device has one situation, that of its first row, and a warning says so" {
	start_service samples/registry.csv --pending-polls 0
	printf 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Purpose,MDM\n,3305000000001,,,c1,repair,intune\n,3305000000001,,,c1,resell,none\n' > "$BATS_TEST_TMPDIR/a.csv"
	printf 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Purpose\nFBCN01,3305000000003,Fabrikam,Book 14,c1,retire\nFBCN01,,Fabrikam,Book 14,c1,resell\n' > "$BATS_TEST_TMPDIR/b.csv"
	run --separate-stderr unpilot run --json "$BATS_TEST_TMPDIR/a.csv" "$BATS_TEST_TMPDIR/b.csv"
	[[ "$stderr" == *"2 of these rows name another situation (Join Type, MDM, Registered Via or Purpose) than the first row of the device, which counts"* ]]
	[ "$(jq -c '[.devices[].purpose] | sort' "$(run_dir)c1/handoff.json")" = '["repair","retire"]' ] || { jq -c .devices "$(run_dir)c1/handoff.json"; return 1; }
	# both rows have the same open steps
	[ "$(unpilot find --json 3305000000001 | jq -c .open_steps | sort | uniq -c | awk '{print $1}')" = 2 ]
}

@test "one Product Key ID with several tickets: all its rows are rejected" {
	start_service samples/registry.csv
	printf 'Product Key ID,Ticket\n3305000000001,RMA-1\n3305000000001,RMA-2\n3305000000003,RMA-3\n3305000000003,RMA-3\n' > "$BATS_TEST_TMPDIR/l.csv"
	run unpilot run "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 1 ]
	[ "$(grep -c 'listed with 2 tickets' "$(run_dir)rejects.csv")" -eq 2 ]
	refute grep -q 3305000000001 "$LOG"
	grep -q 3305000000003 "$LOG"
}

@test "one Product Key ID with several models and no serial number: all its rows are rejected" {
	offline
	printf '%s\n' 'Product Key ID,Serial Number,Manufacturer,Model' 3305000000001,,Fabrikam,FX-14 3305000000001,,Fabrikam,FX-15 3305000000003,FB1,Fabrikam,FX-14 \
		'3305000000003,FB1,Fabrikam,FX 14' 3305000000004,,Fabrikam,FX-14 3305000000004,,, > "$BATS_TEST_TMPDIR/l.csv"
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/l.csv"
	[ "$(jq -r 'select(.type == "device") | .outcome' <<< "$output" | tr '\n' ' ')" = "rejected rejected not-sent not-sent not-sent not-sent " ]
	grep -q 'listed with 2 models' <<< "$output"
}

@test "[lists] encoding and words: other code pages, names of columns of one's own" {
	printf 'Inventar,Hersteller,Modell,Kunde,Kundenname\nFBEW01,Fabrikam,Book 14,k1,Łódź Żabka\n' | iconv -f UTF-8 -t CP1250 > "$BATS_TEST_TMPDIR/l.csv"
	printf 'Serial Number\tInventar\tde\tour own\n' > "$BATS_TEST_TMPDIR/words.tsv"
	offline
	run unpilot plan "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 2 ]
	[[ "$output" == *'this line has "Inventar", "Hersteller", "Modell", "Kunde", "Kundenname"'* ]]
	configure lists words "$BATS_TEST_TMPDIR/words.tsv"
	run unpilot plan "$BATS_TEST_TMPDIR/l.csv"
	[[ "$output" == *'read as Windows-1252, for example "£ódŸ ¯abka"'*'[lists] encoding'* ]]
	configure lists encoding CP1250
	run unpilot plan --json "$BATS_TEST_TMPDIR/l.csv"
	refute grep -q 'set \[lists\] encoding' <<< "$output"
	grep -q '"encoding":"CP1250"' <<< "$output"
	grep -q '"header_line":1,"columns":"Serial Number (\\"Inventar\\"), Manufacturer' <<< "$output"
	printf 'Inventar,Hersteller,Modell,Kunde\nFBEW02,Fabrikam,Book 14,日立\n' | iconv -f UTF-8 -t EUC-JP > "$BATS_TEST_TMPDIR/l.csv"
	configure lists encoding EUC-JP # two of these bytes are also UTF-8
	run --separate-stderr unpilot plan --json "$BATS_TEST_TMPDIR/l.csv"
	[ "$(jq -r 'select(.type == "device") | .customer' <<< "$output")" = 日立 ]
	configure lists encoding KLINGON
	run unpilot plan "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 2 ]
	[[ "$output" == *'"KLINGON" is not known'* ]]
}

@test "one reason for all of the first 1,000 rows: the list is refused as a whole, with its first lines" {
	offline
	{ echo 'Serial Number,Manufacturer,Model'; for i in $(seq 1100); do echo "1.2E+$((i % 20 + 10)),Fabrikam,Book 14"; done; } > "$BATS_TEST_TMPDIR/l.csv"
	run unpilot plan "$BATS_TEST_TMPDIR/l.csv"
	[ "$status" -eq 2 ]
	[[ "$output" == *'each of the first 1000 rows is rejected for one reason: Serial Number'*'1.2E+11,Fabrikam,Book 14 | 1.2E+12'* ]]
}

@test "several reasons for all of the first 1,000 rows: the list is refused as well; not if one row is good" {
	start_service samples/registry.csv
	odd() { echo 'Serial Number,Product Key ID,Manufacturer,Model,Customer'; seq 1 500 | sed 's/.*/x\n,123,,,c1/'; }
	odd > "$BATS_TEST_TMPDIR/odd.csv"
	run unpilot plan "$BATS_TEST_TMPDIR/odd.csv"
	[ "$status" -eq 2 ]
	[[ "$output" == *'each of the first 1000 rows is rejected, the last one: Product Key ID'* ]] || { echo "$output"; return 1; }
	odd | sed '900s/.*/,3305000000001,,,c1/' > "$BATS_TEST_TMPDIR/good.csv"
	run unpilot plan -q "$BATS_TEST_TMPDIR/good.csv"
	[ "$status" -eq 1 ]
}

@test "a list's line counts the rows that are rejected when all lists are read" {
	start_service samples/registry.csv
	list ,3305000000001,,,c1 ,3305000000003,,,c1 ,33,,,c1 > /dev/null
	mv "$BATS_TEST_TMPDIR/list.csv" "$BATS_TEST_TMPDIR/a.csv"
	{ cat "$(list ,3305000000001,,,c2)"; printf 'Product Key ID,Customer\n3305000000005,c2\n3305000000005,c3\n'; } > "$BATS_TEST_TMPDIR/b.csv"
	cd "$BATS_TEST_TMPDIR"
	run --separate-stderr unpilot plan --json a.csv b.csv
	[ "$(jq -c 'select(.type == "list") | [.list, .rows, .rejected]' <<< "$output" | tr '\n' ' ')" = '["a.csv",3,2] ["b.csv",3,3] ' ] || { echo "$output"; return 1; }
	run unpilot plan a.csv b.csv
	[[ "$output" == *"list a.csv: "*": 3 rows, 2 rejected"*"list b.csv: "*": 3 rows, 3 rejected"* ]]
	run -1 unpilot run a.csv b.csv
	[[ "$output" == *"a.csv: "*": 3 rows, 2 rejected"*"b.csv: "*": 3 rows, 3 rejected"* ]]
	run -1 unpilot letter "$(list ,3305000000007,,,c1 ,3305000000007,,,c2)"
	[[ "$output" == *"2 rows are rejected and in no letter"* ]] || { echo "$output"; return 1; }
}
