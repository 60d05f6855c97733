# tests/skipped.sh: which skipped tests are a mistake.
bats_require_minimum_version 1.5.0
load helpers

judges() { # CODE TEXT LINE...: these lines of a log, on a machine that has the commands in BIN
	local code=$1 text=$2
	shift 2
	printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/log"
	run "-$code" env PATH="$BIN" sh "$TESTS/skipped.sh" "$BATS_TEST_TMPDIR/log"
	[[ "$output" == "$text" ]] || { echo "$output"; return 1; }
}

@test "a test that was skipped although the machine has what it needs is a mistake" {
	BIN=$BATS_TEST_TMPDIR/bin
	mkdir "$BIN"
	for command in sh sed awk grep; do ln -s "$(command -v $command)" "$BIN"; done
	judges 0 '' 'ok 1 reads' '[       OK ] reads' 'not ok 2 writes'
	judges 1 'skipped although this machine has it: reads (because)' 'ok 1 reads # skip because'
	judges 0 'skipped: reads (no promtool)' 'ok 1 reads # skip no promtool'
	ln -s "$(type -P true)" "$BIN/promtool"
	judges 1 'skipped although this machine has it: reads (no promtool)' 'ok 1 reads # skip no promtool'
	judges 1 'skipped although this machine has it: writes (because)' '[      WHY ] because' '[  SKIPPED ] writes'
	judges 0 'skipped: writes (no fish)' '[      WHY ] no fish' '[  SKIPPED ] writes' '[  SKIPPED ] 1 test(s), listed below:' '[  SKIPPED ] writes'
	judges 0 '' '[      WHY ] because' '[  SKIPPED ] shares' '[       OK ] shares'
}

@test "a test that does not say why it was skipped is a mistake" {
	BIN=$PATH
	judges 1 'skipped without a reason: shares' '[  SKIPPED ] shares'
	judges 1 'skipped without a reason: reads' 'ok 1 reads # skip'
}
