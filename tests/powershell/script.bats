bats_require_minimum_version 1.5.0
load helpers

# Three devices: S-1 in both lists, S-2 gone already, S-3 registered by the customer.
three() {
	device S-1
	device S-2
	theirs S-3
	practice "$(tenant S-1,yes,yes,,PC-1,,entra,1 S-3,yes,yes,,PC-3,ann@contoso.example,entra,1 \
		S-10,yes,yes,,PC-10,,entra,1 OTHER,yes,yes,,PC-X,,entra,1)" "$@"
}

@test "a read-only run deletes nothing, ends with 1, and its receipt says what is gone" {
	three
	script -TenantId "$TENANT"
	[ "$status" -eq 1 ]
	[[ "$output" == *"Gone from Intune and Windows Autopilot: 1 of 3 devices."* ]]
	[[ "$output" == *"would be deleted from Intune: S-1"* ]]
	[ -z "$(deleted)" ]
	refute grep -qE 'POST|DELETE|recoveryKeys' "$LOG"
	[ "$(receipt '[.schema, .source, .customer, .by] | join(" ")')" = "unpilot-receipt/2 script contoso ann@contoso.example" ]
	[ "$(receipt '[.done[] | select(.device == "2") | .step + "=" + .state] | join(" ")')" = "I1=gone I3=gone A1=gone A2?=not-applicable" ]
	[ "$(receipt '[.done[] | select(.device == "1") | .state] | unique | join(" ")')" = "left" ]
	unpilot close "$WORK"/receipt-*.json
}

@test "an execution deletes in order, unassigns the user, and its receipt is taken" {
	three
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-1' 'managed S-3' 'autopilot S-1' 'autopilot S-3')" ]
	grep -q 'deleted autopilot serial="S-3" join=entra managed=no autopilot=yes keys=1 user=-' "$LOG"
	[ "$(receipt '[.done[] | select(.device == "3") | .step + "=" + .state] | join(" ")')" = "I1=done I3=gone A2=done A1=gone" ]
	[ "$(receipt '.done[] | select(.device == "3" and .step == "I1") | .record')" = 00000001-0000-4000-8000-000000000002 ]
	unpilot close "$WORK"/receipt-*.json
	unpilot find S-3 | grep -q 'open steps: B1 F2 F3 D1 W1 X1'
}
