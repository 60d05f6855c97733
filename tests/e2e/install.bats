# make install, and checks of the installed files.
load helpers

# Uses the programs under test, so that make has nothing to build.
setup_file() {
	export ROOT=$BATS_TEST_DIRNAME/../.. DEST=$BATS_FILE_TMPDIR/dest
	make -s -C "$ROOT" -o all install B="$(dirname "$UNPILOT")" DESTDIR="$DEST" prefix=/usr
}

@test "everything is installed in its place" {
	local f
	for f in bin/unpilot bin/unpilot-sandbox share/man/man1/unpilot.1 share/man/man1/unpilot-sandbox.1 \
		share/man/man5/unpilot.conf.5 share/man/man5/unpilot-handoff.5 \
		share/bash-completion/completions/unpilot share/zsh/vendor-completions/_unpilot \
		share/fish/vendor_completions.d/unpilot.fish lib/systemd/system/unpilot.service \
		lib/systemd/system/unpilot.timer lib/systemd/system/unpilot-spool.path lib/sysusers.d/unpilot.conf \
		lib/tmpfiles.d/unpilot.conf share/unpilot/profiles/oem-direct.conf \
		share/doc/unpilot/examples/unpilot.conf share/doc/unpilot/examples/unpilot.rules.yml \
		share/doc/unpilot/schema/device.json share/doc/unpilot/schema/receipt-2.json; do
		[ -f "$DEST/usr/$f" ] || { echo "$f is not there"; return 1; }
	done
	[ ! -e "$DEST/etc" ]
	[ -z "$(find "$DEST" -type f -perm /022)" ]
	"$DEST/usr/bin/unpilot" --version
}

@test "units name the prefix, and uninstall removes every file" {
	local to=$BATS_TEST_TMPDIR/other
	make -s -C "$ROOT" -o all install B="$(dirname "$UNPILOT")" DESTDIR="$to" prefix=/opt/unpilot
	grep -q '^ExecStart=/opt/unpilot/bin/unpilot run' "$to/opt/unpilot/lib/systemd/system/unpilot.service"
	refute grep -r /usr/bin/unpilot "$to/opt/unpilot/lib"
	make -s -C "$ROOT" uninstall B="$(dirname "$UNPILOT")" DESTDIR="$to" prefix=/opt/unpilot
	[ -z "$(find "$to" -type f)" ]
}

@test "the program reads the example configuration and the profiles" {
	run "$UNPILOT" -c "$DEST/usr/share/doc/unpilot/examples/unpilot.conf" apply x
	[ "$status" -eq 2 ]
	[[ $output != *unknown* && $(grep -v ^next: <<< "$output") != *example* ]] || { echo "$output"; return 1; }
	# the same with every commented key switched on
	sed 's/^;\([a-z-]* = \)/\1/; s,/etc/unpilot/profile.conf,'"$DEST/usr/share/unpilot/profiles/oem-direct.conf,; s,/var/lib/unpilot,$BATS_TEST_TMPDIR," \
		"$DEST/usr/share/doc/unpilot/examples/unpilot.conf" > "$BATS_TEST_TMPDIR/all.conf"
	printf '[ledger]\nurl = sqlite:%s/ledger.db\n[handoff]\ndirectory = %s/handoff\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" >> "$BATS_TEST_TMPDIR/all.conf"
	sed -i '/^skip-list/d; /^certificate/d; /^key/d; /^url = https/d' "$BATS_TEST_TMPDIR/all.conf"
	"$UNPILOT" -c "$BATS_TEST_TMPDIR/all.conf" init -q
	"$UNPILOT" -c "$BATS_TEST_TMPDIR/all.conf" plan --out "$BATS_TEST_TMPDIR" "$ROOT/samples/lists/dialects/tab.csv"
}

# A copy of the units that names programs of this machine.
units() {
	mkdir -p "$BATS_TEST_TMPDIR/units"
	cp "$DEST"/usr/lib/systemd/system/* "$BATS_TEST_TMPDIR/units"
	cd "$BATS_TEST_TMPDIR/units"
	sed -i "s,/usr/bin/unpilot,$(realpath "$UNPILOT")," unpilot.service
	cp unpilot-alert@.service unpilot-alert@night.service
}

@test "systemd reads the units, and the service is confined (2.0 or better)" {
	command -v systemd-analyze > /dev/null || skip "no systemd-analyze"
	units
	run systemd-analyze verify --man=no ./unpilot.service ./unpilot.timer ./unpilot-spool.path \
		./unpilot-spool.service ./unpilot-alert@night.service
	[ "$status" -eq 0 ] && [ -z "$output" ] || { echo "$output"; return 1; }
	systemd-analyze security --offline=true --threshold=20 ./unpilot.service
	systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' unpilot.timer)"
}

@test "the spool unit waits a minute after a change, and longer beside an entry that nobody takes" {
	local wait dir=$BATS_TEST_TMPDIR/incoming
	wait=$(sed -n "s,^ExecStart=/bin/sh -c '\(.*\)'$,\1,p" "$DEST/usr/lib/systemd/system/unpilot-spool.service")
	[ -n "$wait" ]
	wait=${wait//exec sleep/echo} wait=${wait//\/var\/lib\/unpilot\/spool\/incoming/$dir}
	mkdir "$dir"
	[ "$(sh -c "$wait")" = 900 ]
	touch "$dir/list.csv"
	[ "$(sh -c "$wait")" = 60 ]
	[ "$(sh -c "${wait//-cmin -5/-cmin +5}")" = 900 ]
}

# The calls that the unit allows, resolved with systemd's own tables, line by line like systemd.
allowed_calls() {
	local line allowed=
	while read -r line; do
		case $line in
		~*) allowed=$(comm -23 <(printf '%s\n' "$allowed") <(for set in ${line#\~}; do calls_of "$set"; done | sort -u)) ;;
		*) allowed=$({ printf '%s\n' "$allowed"; for set in $line; do calls_of "$set"; done; } | sort -u) ;;
		esac
	done < <(sed -n 's/^SystemCallFilter=//p' "$DEST/usr/lib/systemd/system/unpilot.service")
	printf '%s\n' "$allowed"
}

calls_of() { # @SET or CALL
	[ "${1#@}" != "$1" ] || { echo "$1"; return; }
	systemd-analyze syscall-filter "$1" | sed -n 's/^    \([a-z@0-9_-]*\)$/\1/p' | while read -r call; do
		case $call in @*) calls_of "$call" ;; *) echo "$call" ;; esac
	done
}

@test "a whole run makes no call that the unit forbids" {
	command -v systemd-analyze > /dev/null || skip "no systemd-analyze"
	[ -z "${NO_VALGRIND:-}" ] || skip "the sanitizers make calls of their own"
	strace -o /dev/null true 2> /dev/null || skip "no ptrace here"
	start_service "$ROOT/samples/registry.csv"
	strace -f -qq -o "$BATS_TEST_TMPDIR/trace" "$UNPILOT" -c "$CONF" run -q "$ROOT/samples/lists/returns.csv" || [ $? -eq 1 ]
	sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$BATS_TEST_TMPDIR/trace" | sort -u > "$BATS_TEST_TMPDIR/made"
	grep -q sendto "$BATS_TEST_TMPDIR/made"
	allowed_calls > "$BATS_TEST_TMPDIR/allowed"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/allowed")" -gt 100 ]
	run comm -23 "$BATS_TEST_TMPDIR/made" "$BATS_TEST_TMPDIR/allowed"
	[ -z "$output" ] || { echo "forbidden: $output"; return 1; }
}

@test "Prometheus reads the alert rules" {
	command -v promtool > /dev/null || skip "no promtool"
	promtool check rules "$DEST/usr/share/doc/unpilot/examples/unpilot.rules.yml"
}

@test "man finds the pages" {
	command -v man > /dev/null || skip "no man"
	man -M "$DEST/usr/share/man" -w unpilot
	man -M "$DEST/usr/share/man" -w 5 unpilot.conf
}

# libkrb5 also has a profile_release, and libpq over TCP calls it.
@test "no library can call a function of ours instead of its own" {
	[ -z "$(nm -D --defined-only "$UNPILOT" | awk '$2 == "T"')" ]
}
