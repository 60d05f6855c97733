# Options and keys agree in program, --help, man pages and completions.
load helpers

setup() {
	ROOT=$BATS_TEST_DIRNAME/../..
	MAN=$ROOT/partner/man
	COMPLETIONS=$ROOT/partner/dist/completions
}

coming() { sed -n "s/^$1 //p" "$BATS_TEST_DIRNAME/coming.txt"; }

commands() { "$UNPILOT" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }

# options TEXT...: the long options that a command's help lists.
options_of() { "$UNPILOT" "$1" --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p' | sort -u; }

all_options() {
	echo --version
	for c in $(commands); do options_of "$c"; done
}

# The long options of a man page (.Fl -name).
man_options() { grep -o 'Fl -[a-z][a-z-]*' "$1" | sed 's/^Fl /-/' | sort -u; }

# no_more A B WHY: every line of A is in B.
no_more() {
	local more
	more=$(comm -23 <(sort -u <<< "$1") <(sort -u <<< "$2"))
	[ -z "$more" ] || { echo "$3:" $more; return 1; }
}

@test "every command's help has its options and an example" {
	[ "$(commands | wc -l)" -ge 9 ]
	for c in $(commands); do
		[ "$(options_of "$c" | wc -l)" -ge 3 ]
		"$UNPILOT" "$c" --help | grep -A1 '^Examples\?:' | grep -q "^  unpilot.* $c"
	done
}

@test "unpilot.1 names every option and command, and no other" {
	no_more "$(all_options)" "$(man_options "$MAN/unpilot.1")" "not in unpilot.1"
	no_more "$(man_options "$MAN/unpilot.1")" "$(all_options; coming option)" "not in the program"
	local pages
	pages=$(sed -n '/^\.Bl/,/^\.El/s/^\.It Cm \([a-z]*\)\( .*\)\?$/\1/p' "$MAN/unpilot.1" | grep -v '^max$')
	no_more "$(commands)" "$pages" "not in unpilot.1"
	no_more "$pages" "$(commands; coming command)" "not in the program"
}

@test "--json: unpilot.1 names its commands, and unpilot-handoff.5 every key of its lines" {
	local named c
	named=$(sed -n '/^\.It Fl -json$/{n;s/^\.Pq Cm //;s/ , /\n/g;p}' "$MAN/unpilot.1")
	no_more "$named" "$(for c in $(commands); do ! options_of "$c" | grep -qx -- --json || echo "$c"; done)" "no --json"
	no_more "$(for c in $(commands); do ! options_of "$c" | grep -qx -- --json || echo "$c"; done)" "$named" "not in unpilot.1"
	grep -l '"const": *"[a-z]*"' "$ROOT"/samples/schema/*.json |
		xargs jq -r '(.properties // {}), (.["$defs"] // {} | .[].properties // {}) | select(.type.const) | keys[]' | sort -u > "$BATS_TEST_TMPDIR/keys"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/keys")" -gt 60 ]
	no_more "$(cat "$BATS_TEST_TMPDIR/keys")" \
		"$(sed -n '/^\.Ss summary/,/^\.Ss rejects/p' "$MAN/unpilot-handoff.5" | grep -E '^\.(It|Cm|Pq|Po)' | tr -c 'a-z_-' '\n')" "not in unpilot-handoff.5"
}

@test "defaults, outcomes and exit codes in unpilot.1 and unpilot.conf.5 are right" {
	local line code
	"$UNPILOT" --help | sed -n '/^Exit codes:/,$s/^  \([0-9][0-9, ]*[0-9]\|[0-9]\)  .*/\1/p' | while read -r code; do
		grep -q "^\.It $code$" "$MAN/unpilot.1" || { echo "exit code $code"; return 1; }
	done
	for line in $(grep -o '\[OUTCOME_[A-Z_]*\] = "[a-z-]*"' "$ROOT/partner/vocabulary.c" | cut -d'"' -f2); do
		grep -q "^\.It Sy $line$" "$MAN/unpilot.1" || { echo "outcome $line"; return 1; }
	done
	grep -q "1 to $(sed -n 's/^#define BATCH_SIZE_MAX \([0-9]*\).*/\1/p' "$ROOT/partner/app/config.c") " "$MAN/unpilot.conf.5"
}

config_keys() { "$UNPILOT" config show --json -c /dev/null | jq -r '.section + " " + .key'; }

man_keys() {
	awk '/^\.Ss \[/ {section = substr($2, 2, length($2) - 2)} /^\.Sh/ {section = ""}
		/^\.It Cm / && section != "" {print section, $3}' "$MAN/unpilot.conf.5"
}

@test "unpilot.conf.5 names every key, and no other" {
	[ "$(config_keys | wc -l)" -ge 40 ]
	no_more "$(config_keys)" "$(man_keys)" "not in unpilot.conf.5"
	no_more "$(man_keys)" "$(config_keys; coming key)" "not in the program"
}

@test "unpilot-sandbox.1 names every option, and no other" {
	local known
	known=$("$SANDBOX" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u)
	[ "$(wc -l <<< "$known")" -ge 10 ]
	no_more "$known" "$(man_options "$MAN/unpilot-sandbox.1")" "not in unpilot-sandbox.1"
	no_more "$(man_options "$MAN/unpilot-sandbox.1")" "$known
$(coming sandbox)" "not in the program"
}

# bash_completes WORD...: prints the completions of the last word.
bash_completes() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _unpilot; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$COMPLETIONS/unpilot.bash" "$@"
}

@test "bash completes every command's options, and no other" {
	local offered
	no_more "$(commands)" "$(bash_completes unpilot '')" "commands not completed"
	no_more "$(bash_completes unpilot '')" "$(commands; coming command)" "not in the program"
	for c in $(commands); do
		offered=$(bash_completes unpilot "$c" --)
		no_more "$(options_of "$c")" "$offered" "$c: not completed"
		no_more "$offered" "$(options_of "$c"; coming option)" "$c: not in the program"
	done
}

@test "bash completes words, files and folders where they belong" {
	cd "$BATS_TEST_TMPDIR"
	mkdir packs
	touch returns.csv
	[ "$(bash_completes unpilot re)" = "resume"$'\n'"report" ] || [ "$(bash_completes unpilot re)" = "report"$'\n'"resume" ]
	[ "$(bash_completes unpilot -q run ret)" = returns.csv ]
	[ "$(bash_completes unpilot -c FILE run --route = par)" = partner-center ]
	[ "$(bash_completes unpilot run --out p)" = packs ]
	[ "$(bash_completes unpilot config sh)" = show ]
	[ "$(bash_completes unpilot -c run pl)" = plan ] # "run" is a file name here
}

@test "fish completes every command's options, and no other" {
	command -v fish > /dev/null || skip "no fish"
	cat > "$BATS_TEST_TMPDIR/ask.fish" <<-'END'
	source $argv[1]
	for line in $argv[2..]
		complete -C "$line" | string replace -r '\t.*' "" | string match -r '^[a-z-].*' | string replace -r '^' "$line|"
	end
	END
	local c lines=('unpilot ') offered got
	for c in $(commands); do lines+=("unpilot $c --"); done
	HOME=$BATS_TEST_TMPDIR fish --no-config "$BATS_TEST_TMPDIR/ask.fish" "$COMPLETIONS/unpilot.fish" "${lines[@]}" > "$BATS_TEST_TMPDIR/got"
	got=$BATS_TEST_TMPDIR/got
	no_more "$(commands)" "$(sed -n 's/^unpilot |//p' "$got")" "commands not completed"
	for c in $(commands); do
		offered=$(sed -n "s/^unpilot $c --|\(--[a-z-]*\)=\?$/\1/p" "$got")
		no_more "$(options_of "$c")" "$offered" "$c: not completed"
		no_more "$offered" "$(options_of "$c"; coming option)" "$c: not in the program"
	done
}

@test "zsh names every option, and no other" {
	local named
	named=$(grep -oE -- '--[a-z-]+[]=[[]|\{-.\+?,--[a-z-]+=?\}' "$COMPLETIONS/_unpilot" | grep -oE -- '--[a-z-]+' | sort -u)
	no_more "$(all_options)" "$named" "not completed"
	no_more "$named" "$(all_options; coming option)" "not in the program"
}
