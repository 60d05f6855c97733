# Helpers for tests of the Partner Center route.

# center [OPTION...]: starts a service with 300 devices. Sets I (inventory), L (its list), CONF, LOG.
center() {
	I=$BATS_TEST_TMPDIR/inventory.csv L=$BATS_TEST_TMPDIR/l.csv
	[ -e "$I" ] || sh samples/partner-center/make-fleet.sh "$I" "$L"
	start_service /dev/null --partner-center "$I" "$@"
	CONF=$D/partner-center.conf
	sed -i 's/^poll-interval.*/poll-interval = 50ms/' "$CONF"
	configure limits canary 0
}

count() { tail -1 <<< "$output" | jq ".counts[\"$1\"]"; }

deletes() { grep -c '^partner DELETE .* 204 ' "$LOG"; }

# No device was deleted twice.
deleted_once() { [ -z "$(grep '^partner DELETE .* 204 ' "$LOG" | cut -d' ' -f3 | sort | uniq -d)" ]; }

# The practice service reports no mistake of the program.
no_alarms() { refute grep -qE 'REUSED|MISSING|REFUSED TENANT' "$LOG"; }

# outcomes FILE: prints "SERIAL OUTCOME" of the --json lines, sorted.
outcomes() { jq -r 'select(.type=="device") | "\(.serial) \(.outcome)"' "$1" | sort; }

# some N FILE: the first N rows of the list.
some() { sed -n "1,$(($1 + 1))p" "$L" > "$2"; }

C1=00000000-0000-4000-8000-00000000c001
C2=00000000-0000-4000-8000-00000000c002
C3=00000000-0000-4000-8000-00000000c003

# scenario LINE...: a service that plays these faults.
scenario() {
	printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/scenario"
	center --scenario "$BATS_TEST_TMPDIR/scenario"
}

# again: ends the service and forgets its directory.
again() {
	kill "$SERVICE"; wait "$SERVICE" || true
	rm -rf "$D"
}
