# No text shows a secret, no file receives one, and nobody else decides what is read.
bats_require_minimum_version 1.5.0
load helpers

# everything: all that a run prints and leaves behind, besides the configuration itself.
nowhere() { # WORD
	refute grep -rqF "$1" "$BATS_TEST_TMPDIR" --include=* --exclude=unpilot.conf --exclude=separate*
}

@test "a proxy address with a raw @ in its password is refused by every command, and quoted by none" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	for proxy in 'http://ann:tops3@cret@127.0.0.1:1' 'http://ann:tops3/cret@127.0.0.1:1' 'http://ann:tops3#cret@127.0.0.1:1'; do
		configure oem-direct proxy "$proxy"
		for command in 'config check' 'config show' 'config show --json' doctor 'doctor --json' "run $L" "run --json $L" "plan $L" status resume init; do
			run -2 unpilot $command --log-file "$BATS_TEST_TMPDIR/log"
			[[ "$output" != *tops3* && "$output" != *cret* ]] || { echo "$command: $output"; return 1; }
			[[ "$output" == *"[oem-direct] proxy"*"percent-encode"* ]] || { echo "$command: $output"; return 1; }
		done
	done
	nothing_sent
	nowhere tops3
	# percent-encoded it is taken, and libcurl's texts do not show it either
	configure oem-direct proxy http://ann:tops3%40cret@127.0.0.1:1
	configure oem-direct retries 0
	run -0 unpilot config check
	run -5 unpilot run "$L" --log-file "$BATS_TEST_TMPDIR/log"
	[[ "$output" != *tops3* ]]
	run unpilot doctor
	[[ "$output" != *tops3* ]]
	nowhere tops3
}

@test "the environment's proxy is read as strictly" {
	start_service samples/registry.csv
	export https_proxy='http://ann:tops3@cret@127.0.0.1:1'
	run -2 unpilot run "$(list ,3305000000001,,,c1)"
	[[ "$output" == *"the environment variable https_proxy"*"percent-encode"* ]]
	[[ "$output" != *tops3* ]]
	run unpilot doctor
	[[ "$output" != *tops3* ]]
	https_proxy='' run -0 unpilot run -q "$(list ,3305000000001,,,c1)"
}

@test "a ledger address of another kind is not quoted" {
	start_service samples/registry.csv
	configure ledger url mysql://ann:tops3cret@db.example/unpilot
	run -2 unpilot status
	[[ "$output" == *'"mysql"'* && "$output" != *tops3cret* ]]
}

@test "SSLKEYLOGFILE is ignored" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	export SSLKEYLOGFILE=$BATS_TEST_TMPDIR/keys
	run -0 unpilot run "$L"
	[[ "$output" == *"SSLKEYLOGFILE is ignored"* ]]
	run unpilot doctor -q
	[ ! -e "$SSLKEYLOGFILE" ]
}

@test "a configuration that group or others can write is refused, with owner, mode and remedy" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1)
	configure metrics metrics-file "$BATS_TEST_TMPDIR/m.prom"
	for mode in 0664 0646 0666; do
		chmod $mode "$CONF"
		for command in "run $L" "plan $L" status 'config check' init resume "verify $D" report 'letter x'; do
			run -2 unpilot $command
			[[ "$output" == *"$CONF: users other than its owner $(id -un) can write this configuration (mode $mode): chmod go-w $CONF"* ]] ||
				{ echo "$command: $output"; return 1; }
		done
	done
	nothing_sent
	[ ! -e "$BATS_TEST_TMPDIR/m.prom" ] # nobody else names files to be written
	chmod 0644 "$CONF"
	run -0 unpilot run -q "$L"
}

@test "control characters in a name act on no terminal and in no line of JSON" {
	start_service samples/registry.csv
	name=$BATS_TEST_TMPDIR/$'l\xe2\x80\xaeist\xc2\x9b31m\e[1m.csv'
	cp "$(list ,3305000000001,,,c1)" "$name"
	acts() { grep -qP '\xe2\x80\xae|\xc2\x9b|\x1b' "$1"; }
	unpilot plan "$name" > "$BATS_TEST_TMPDIR/plan" 2>&1
	grep -q 'l?ist?31m?\[1m.csv' "$BATS_TEST_TMPDIR/plan"
	unpilot run -v --log-file "$BATS_TEST_TMPDIR/log" --log-json "$name" > "$BATS_TEST_TMPDIR/run" 2>&1
	unpilot run --again --json "$name" > "$BATS_TEST_TMPDIR/json" 2> "$BATS_TEST_TMPDIR/err"
	for f in plan run log json err; do
		refute acts "$BATS_TEST_TMPDIR/$f"
	done
	[ "$(head -1 "$BATS_TEST_TMPDIR/json" | jq -r .list)" = "$name" ]
	grep -qF '\u202e' "$BATS_TEST_TMPDIR/json"
}

@test "a pack folder that is a symbolic link is refused: 7, nothing is written behind it, and resume goes on without it" {
	start_service samples/registry.csv
	L=$(list ,3305000000001,,,c1 ,3305000000003,,,c2)
	run=$(unpilot plan --json "$L" | tail -1 | jq -r .run)
	mkdir -p "$BATS_TEST_TMPDIR/elsewhere" "$D/handoff/$run"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$D/handoff/$run/c1"
	run -7 unpilot apply -q "$run"
	[[ "$output" == *"$D/handoff/$run/c1: a symbolic link"* ]]
	[ -z "$(ls "$BATS_TEST_TMPDIR/elsewhere")" ]
	rm "$D/handoff/$run/c1"
	run -0 unpilot resume -q
	[ -s "$D/handoff/$run/c1/index.html" ]
	# the administrator may make the folder of all packs a link
	mv "$D/handoff" "$BATS_TEST_TMPDIR/packs"
	ln -s "$BATS_TEST_TMPDIR/packs" "$D/handoff"
	run -0 unpilot report -q
	rm -r "$BATS_TEST_TMPDIR/packs/$run"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$D/handoff/$run"
	run -7 unpilot report -q
	[ -z "$(ls "$BATS_TEST_TMPDIR/elsewhere")" ]
}

@test "a product key or a hash in a list reaches no text, log or file: in quotation marks, within a text, as a name of a column" {
	start_service samples/registry.csv
	key=VK7JG-NPHTM-C97JM-9MPGT-3V66T dashed=VK7JG–NPHTM–C97JM–9MPGT–3V66T
	hash=T0$(printf 'aB3%.0s' {1..60})
	head='Serial Number,Product Key ID,Manufacturer,Model,Customer'
	texts() { # the list on standard input
		cat > "$BATS_TEST_TMPDIR/$1.csv"
		run unpilot run -v --again --log-file "$BATS_TEST_TMPDIR/log" --log-json "$BATS_TEST_TMPDIR/$1.csv"
		printf '%s\n' "$output" > "$BATS_TEST_TMPDIR/$1.texts"
		rm "$BATS_TEST_TMPDIR/$1.csv"
	}
	printf '%s\n' "$head" ",“$key”,,,c1" ",3305000000001,,,c1" | texts quotes
	printf '%s\n' "$head,Note" ",3305000000001,,,c1,“$hash”" | texts hash
	printf '%s\n' "$head,Note" ",3305000000001,,,c1,Schlüssel $key" | iconv -t cp1252 | texts encoding
	printf '%s\n' "$head,Note" ",3305000000001,,,c1,Schlüssel $dashed" | texts dashes
	printf '%s\n' "Note,Product Key ID,Customer" "#$key,3305000000001,c1" ",3305000000002,c1" | texts comment
	printf '%s\n' "$head,Schlüssel $key,Customer key $key,Product Key $key" ",33,,,c1,1,2,3" | texts name
	printf '%s\n' "Customer key $key,Serial Number (key $key),Manufacturer,Model" "c1,S1,M,N" "c1,S1,M" | texts customer
	printf '%s\n' "$key,x 1" "S1,$key" | texts headless
	printf '%s\t%s\n' "$key" x x x > "$BATS_TEST_TMPDIR/separate.words"
	configure lists words "$BATS_TEST_TMPDIR/separate.words"
	printf '%s\n' "$head" ",3305000000001,,,c1" | texts words
	grep -q 'encoding.*"Schlüssel (a secret)"' "$BATS_TEST_TMPDIR/encoding.texts"
	grep -q 'marks around values are dropped: 1 row, for example "“(a secret)”"' "$BATS_TEST_TMPDIR/quotes.texts"
	grep -q 'Customer key (a secret)' "$D"/handoff/*/failed.csv
	for word in VK7JG aB3aB3 3V66T NPHTM; do nowhere $word; done
}

@test "no address shows a password; config check refuses the ledger's as every command does" {
	start_service samples/registry.csv
	cp "$CONF" "$BATS_TEST_TMPDIR/separate.conf"
	for url in 'postgresql://127.0.0.1:1/db?password=tops3cret' 'postgresql://127.0.0.1:1/db?sslmode=require&pass%77ord=tops3cret' \
		'postgresql://ann:tops3cret@127.0.0.1:1/db' 'postgresql://ann:x/tops3cret@127.0.0.1:1/db' 'postgresql://ann:%zztops3cret@127.0.0.1:1/db' \
		'postgresql://127.0.0.1:1/db?sslpassword=tops3cret' 'mysql://ann:tops3cret@h/db' mysql:tops3cret 'host=x password=tops3cret'; do
		configure ledger url "$(sed 's/&/\\&/g' <<< "$url")"
		for command in status 'config check' 'config check --json' "run --json $(list ,3305000000001,,,c1)" doctor 'config show' 'config show --json' "ledger copy ${url// /,} x"; do
			run unpilot $command --log-file "$BATS_TEST_TMPDIR/log"
			case $command in config\ show*) code=0 ;; *) code=2 ;; esac
			[[ "$output" != *tops3cret* && $status -eq $code ]] || { echo "$url $command: $status $output"; return 1; }
			[[ $code = 0 || "$output" == *"ledger"*url* ]] || { echo "$url $command: $output"; return 1; }
			[[ "$output" != *good* ]]
		done
	done
	for key in 'oem-direct url' 'partner-center url' 'partner-center authority' 'notify url' 'oem-direct proxy' 'partner-center proxy'; do
		for url in 'https://ann:tops3cret@127.0.0.1:1/x' 'https://127.0.0.1:1/x?code=tops3cret' 'https://ann:x/tops3cret@127.0.0.1:1/x' \
			'https://127.0.0.1:1/x?subscription-key=tops3cret&y=1'; do
			cp "$BATS_TEST_TMPDIR/separate.conf" "$CONF"
			configure ${key% *} ${key#* } "$(sed 's/&/\\&/g' <<< "$url")"
			configure run route ${key% *}
			sed -i 's/^route = notify/route = oem-direct/' "$CONF"
			for command in 'config check' 'config show' 'config show --json' doctor; do
				run unpilot $command --log-file "$BATS_TEST_TMPDIR/log"
				[[ "$output" != *tops3cret* ]] || { echo "$key $url $command: $output"; return 1; }
			done
		done
	done
	nowhere tops3cret
	cp "$BATS_TEST_TMPDIR/separate.conf" "$CONF"
	configure ledger url 'postgresql://127.0.0.1:1/db?passfile=/etc/p\&sslkey=/etc/k'
	[[ "$(unpilot config show)" == *"postgresql://127.0.0.1:1/db?passfile=/etc/p&sslkey=/etc/k ;"* ]]
}
