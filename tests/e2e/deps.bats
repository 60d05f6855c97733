# tests/deps.sh: which packages it chooses on a fresh system.
bats_require_minimum_version 1.5.0
load helpers

# fresh SYSTEM: stand-ins of apt and dpkg on which nothing is installed, and which offers what packages.txt says.
fresh() {
	BIN=$BATS_TEST_TMPDIR/$1
	mkdir -p "$BIN"
	awk -v name="$1" '!/^#/ && (NF == 1 || $0 ~ " " name "( |$)") {print $1}' "$BATS_TEST_DIRNAME/packages.txt" > "$BIN/offered"
	printf '#!/bin/sh\nexit 1\n' > "$BIN/dpkg-query"
	printf '#!/bin/sh\ntouch "$(dirname "$0")/used"\n' > "$BIN/apt-get"
	printf '#!/bin/sh\nif grep -qxF -e "$2" "%s"; then echo "  Candidate: 1.0"; else echo "  Candidate: (none)"; fi\n' "$BIN/offered" > "$BIN/apt-cache"
	chmod +x "$BIN/dpkg-query" "$BIN/apt-get" "$BIN/apt-cache"
}

chosen() { # WORD...: the words in their order
	run --separate-stderr env PATH="$BIN:$PATH" sh "$TESTS/deps.sh" --list "$*"
	[ "$status" -eq 0 ] || { echo "$stderr"; return 1; }
	[ ! -e "$BIN/used" ]
	echo "$output"
}

# Every word of every list of the Makefile.
words() {
	make -s -C "$TESTS/.." -pn help 2> /dev/null | sed -n 's/^\(BUILD\|TEST\|CHECK\)_DEPS = //p'
	sed -n 's/.*install_deps,\(.*\))$/\1/p' "$TESTS/tests.mk" "$TESTS/../partner/dist/install.mk" | sed 's/\$([A-Z_]*)//g; s/\$(.*//'
}

@test "each of four systems offers everything that building, tests and lints need" {
	local system count
	count=$(words | wc -w)
	[ "$count" -gt 50 ]
	for system in bookworm trixie noble resolute; do
		fresh $system
		[ "$(chosen "$(words | tr '\n' ' ')" | wc -w)" -eq "$count" ] || { chosen "$(words | tr '\n' ' ')"; echo "on $system"; return 1; }
	done
}

@test "of two names it takes the one that the system offers" {
	local asked='pkg-config|pkgconf postgresql-15|postgresql chromium|chromium-browser'
	fresh bookworm
	[ "$(chosen "$asked")" = "pkg-config postgresql-15 chromium" ]
	fresh trixie
	[ "$(chosen "$asked")" = "pkg-config postgresql chromium" ]
	fresh noble
	[ "$(chosen "$asked")" = "pkg-config postgresql chromium-browser" ]
	fresh resolute
	[ "$(chosen "$asked")" = "pkgconf postgresql chromium-browser" ]
}

@test "a name that is installed is enough, and one that nobody offers is an error" {
	fresh trixie
	printf '#!/bin/sh\n[ "$4" != pkgconf ] || echo "install ok installed"\n' > "$BIN/dpkg-query"
	[ "$(chosen 'pkg-config|pkgconf git')" = git ]
	[ -z "$(chosen pkgconf)" ]
	run -1 env PATH="$BIN:$PATH" sh "$TESTS/deps.sh" --list 'git libnone-dev|libnone2-dev'
	[ "$output" = "apt offers no package libnone-dev|libnone2-dev" ]
}
