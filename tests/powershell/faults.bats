bats_require_minimum_version 1.5.0
load helpers

# two [OPTION...]: two devices, both in both lists; S-2 is registered by the customer.
two() {
	device S-1
	theirs S-2
	practice "$(tenant S-1,yes,yes,,PC-1,,entra,1 S-2,yes,yes,,PC-2,ann@contoso.example,entra,1)" "$@"
}

ALL=$(printf '%s\n' 'managed S-1' 'managed S-2' 'autopilot S-1' 'autopilot S-2')

@test "a refused device does not stop the others, and stands in the summary" {
	two --scenario "$(scenario 'unmanage 1 status 403')"
	execute
	[ "$status" -eq 1 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-2' 'autopilot S-2')" ]
	[[ "$output" == *"S-1: Intune shows it"*"Intune did not delete it: status 403"* ]]
	[ "$(steps 1)" = "I1=left I3=left A1=left A2?=left" ]
	# the refused deletion does not count, and is tried again
	execute
	[ "$status" -eq 0 ]
	[ "$(steps 1)" = "I1=done I3=gone A1=gone A2?=done" ]
}

@test "429 and 503 are repeated; lost answers and 404 count as deleted; the user may stay assigned" {
	two --scenario "$(scenario 'unmanage 1 status 429 Retry-After=0' 'deregister 1 status 503' 'unmanage 3 reset' 'deregister 3 as 404' 'unassign * status 500')"
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$ALL" ]
	grep -q 'deleted autopilot serial="S-2" .*user=ann' "$LOG"
	[[ "$output" == *"S-2: the user stays assigned: status 500"* ]]
	[ "$(steps 2)" = "I1=done I3=gone A2=done A1=gone" ]
}

@test "a look that fails is repeated; a list that stays unreadable deletes nothing" {
	two --scenario "$(scenario 'managed 1-2 status 500' 'autopilot 1 garbage' 'managed 100- status 500')"
	script -TenantId "$TENANT"
	[ "$status" -eq 1 ]
	[[ "$output" == *"would be deleted from Intune: S-1"* ]]
}

@test "no list: 1; no right to read it: 2; half a list is no list; nothing is deleted" {
	two --page-size 1 --scenario "$(scenario 'managed 2-4 status 500' 'managed 5 status 403' 'managed 6-8 say {}')"
	execute
	[ "$status" -eq 1 ]
	[[ "$output" == *"a list could not be read"* ]]
	execute
	[ "$status" -eq 2 ]
	execute
	[ "$status" -eq 1 ]
	[ -z "$(deleted)" ]
	[ ! -e "$WORK"/receipt-contoso-*.json ]
}

@test "lists come in pages" {
	two --page-size 1
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$ALL" ]
}

@test "sync: started, running, too soon and refused are told apart, and none ends the run" {
	two --scenario "$(scenario 'sync 1 status 409' 'sync 2 status 403')"
	execute
	[ "$status" -eq 0 ]
	[[ "$output" == *"a sync is running already"*"did not start a sync: status 403"* ]]
	[ "$(deleted)" = "$ALL" ]
}

@test "records that go slowly: the script looks first, waits as long as needed, and says so" {
	two --disappear-after 3
	execute
	[ "$status" -eq 0 ]
	[[ "$output" == *"a sync has started"*"less than 10 minutes ago"* ]]
	[ "$(deleted)" = "$ALL" ]
	grep -q '^sleep 10$' "$GRAPH_CALLS"
}

@test "records that do not go: the waiting ends, they are left; Autopilot waits for Intune" {
	two --disappear-after 1000
	execute
	[ "$status" -eq 1 ]
	[ "$(deleted)" = "$(head -2 <<< "$ALL")" ]
	[ "$(slept)" -le 300 ]
	[ "$(steps 2)" = "I1=left I3=left A2=left A1=left" ]
	[[ "$output" == *"its Autopilot record stays as long as Intune shows it"* ]]
}

@test "deleting again what is still listed: 404 and 400 are good news" {
	two --disappear-after 1000
	execute
	execute
	[ "$status" -eq 1 ]
	[ "$(grep -c 'graph DELETE .* 404' "$LOG")" -eq 2 ]
	refute grep -q 'did not delete it' <<< "$output"
}

@test "a deregistration that Graph forgot is good news, too: 400 Cannot find device with ztd Id" {
	device S-1
	practice "$(tenant S-1,,yes,,,,entra,1)" --disappear-after 1000
	execute
	execute
	[ "$status" -eq 1 ]
	grep -q 'graph DELETE .*AutopilotDeviceIdentities.* 400' "$LOG"
	refute grep -q 'did not delete it' <<< "$output"
}

@test "each write has its pause, the unassignment of a user too: Graph takes 200 in Intune and 100 in Autopilot in 20 seconds" {
	two
	execute
	[ "$status" -eq 0 ]
	grep -q 'deleted autopilot serial="S-2"' "$LOG"
	[ "$(grep -c '^pause 100$' "$GRAPH_CALLS")" -eq 2 ]
	[ "$(grep -c '^pause 200$' "$GRAPH_CALLS")" -eq 3 ] || { cat "$GRAPH_CALLS"; false; }
}

@test "a 400 with any of the names that Graph has for a record that is gone or going is good news; others are not" {
	device S-1
	practice "$(tenant S-1,,yes,,,,entra,1)"
	cd "$WORK"
	sed -n '/^function Test-GoneAnswer/,/^}/p' "$PACK/cleanup.ps1" > gone.ps1
	{
		echo '. ./gone.ps1'
		# the third is spelled as Graph spells it
		for text in 'Cannot find device with ztd Id' ZtdDeviceAlreadyDeleted ZtdDeviceDeletionInProgess ZtdDeviceDeletionInProgress 'BadRequest a fault'; do
			echo "Test-GoneAnswer ([pscustomobject]@{ Status = 400; Text = 'status 400 $text' })"
		done
	} > ask.ps1
	run "$PWSH" -NoProfile -NonInteractive -File ask.ps1 3>&-
	[ "$output" = "$(printf '%s\n' True True True True False)" ] || { echo "$output"; false; }
}

@test "a serial number that turns unclear during the waiting is left, not taken as gone" {
	two --disappear-after 2
	printf '%s\n' 'Serial Number,Managed,Autopilot,Keys' s-1,yes,,1 > "$BATS_TEST_TMPDIR/arrivals.csv"
	GRAPH_ARRIVALS=$BATS_TEST_TMPDIR/arrivals.csv GRAPH_ARRIVE_AT=$D/arrivals.csv execute
	[ "$status" -eq 1 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-1' 'managed S-2' 'autopilot S-2')" ]
	[ "$(steps 1)" = "I1=left I3=left A1=left A2?=left" ]
	[[ "$output" == *"S-1: Intune has several records like it, or one that is not exactly like it"* ]]
}

@test "Multi Admin Approval: the reason is asked for, codes are kept, and the same requests go on after the approval" {
	two --approval
	execute
	[ "$status" -eq 1 ]
	[[ "$output" == *"use -ApprovalReason"* ]]
	execute -ApprovalReason 'Returned for repair: "RMA" ä'
	[ "$status" -eq 1 ]
	[[ "$output" == *"waits for the approval of a second administrator"* ]]
	[ "$(grep -c '"event":"approval"' "$WORK"/cleanup-contoso-*.log)" -eq 2 ]
	[ -z "$(deleted)" ]
	touch "$D/approved"
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$ALL" ]
}

@test "Multi Admin Approval answers 400 in words that nobody documents: any 400 from Intune names the option, a 403 and Autopilot do not" {
	two --scenario "$(scenario 'unmanage 1 status 400' 'unmanage 2 status 403')"
	execute
	[ "$status" -eq 1 ]
	[[ "$output" == *"S-1: Intune did not delete it: status 400"*"If the tenant has Multi Admin Approval: use -ApprovalReason"* ]]
	refute grep -q '^WARNING: S-2: Intune did not delete it: status 403.*-ApprovalReason' <<< "$output"
	execute -ApprovalReason why # a reason was sent, so it is not the cause
	refute grep -q 'use -ApprovalReason' <<< "$output"
}

@test "an approval code that Graph does not accept is not sent again" {
	two --approval
	execute -ApprovalReason one
	sed -i 's/"code":"[^"]*"/"code":"old"/' "$WORK"/cleanup-contoso-*.log
	touch "$D/approved"
	execute -ApprovalReason one
	[ "$status" -eq 1 ]
	execute -ApprovalReason one # asks anew
	execute
	[ "$status" -eq 0 ]
}

@test "a device without a recovery key is not deleted; -WithoutKeys deletes it" {
	device S-1
	device S-2
	device S-3
	practice "$(tenant S-1,yes,yes,,,,entra,0 S-2,yes,yes,,,,entra,1 S-3,,yes,00000000-0000-0000-0000-000000000000,,,entra,0)"
	execute
	[ "$status" -eq 1 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-2' 'autopilot S-2')" ]
	[[ "$output" == *"S-1: "*"no recovery key was found"* ]]
	execute -WithoutKeys
	[ "$status" -eq 0 ]
	refute grep -q BitlockerKey <<< "$(tail -1 "$GRAPH_CALLS")"
}

@test "keys are found under an id in capitals; a look at them that fails deletes nothing" {
	device S-1
	device S-2
	practice "$(tenant S-1,yes,yes,ABCDEF00-0000-4000-8000-00000000000A,,,entra,1 S-2,yes,yes,,,,entra,1)" \
		--scenario "$(scenario 'keys 2 status 403')"
	execute
	[ "$status" -eq 1 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-1' 'autopilot S-1')" ]
	[[ "$output" == *"S-2: "*"could not look for a recovery key"* ]]
}

@test "the keys that go with the Intune record do not stop the Autopilot record in the next run" {
	device S-1
	practice "$(tenant S-1,yes,yes,,,,entra,1)" --scenario "$(scenario 'deregister 1 status 403' 'keys 2- say {"value":[]}')"
	execute
	[ "$status" -eq 1 ]
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-1' 'autopilot S-1')" ]
}

@test "killed in the middle and run again: nothing is forgotten, and nothing is deleted twice" {
	local i list=()
	for i in $(seq 101 160); do
		device "S-$i"
		list+=("S-$i,yes,yes,,,,entra,1")
	done
	practice "$(tenant "${list[@]}")" --scenario "$(scenario 'unmanage 20 hang')"
	cd "$WORK"
	"$PWSH" -NoProfile -NonInteractive -File "$PACK/cleanup.ps1" -Execute -TenantId "$TENANT" '-Confirm:$false' > /dev/null 2>&1 3>&- &
	local pid=$!
	until [ "$(grep -c '^deleted' "$LOG")" -eq 20 ]; do sleep 0.1; done
	kill -9 "$pid"
	wait "$pid" || true
	printf '{"at":"half a li' >> "$(echo "$WORK"/cleanup-contoso-*.log)"
	[ ! -e "$WORK"/receipt-contoso-*.json ]
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted | sort | uniq -d)" = "" ]
	[ "$(deleted | wc -l)" -eq 120 ]
	[ "$(receipt '[.done[] | select(.step == "I1" and .state == "done" and .record != null)] | length')" -eq 60 ]
	unpilot close "$WORK"/receipt-*.json
}

@test "1,200 devices: 1,000 today, none more in a second run, the rest tomorrow" {
	local i
	for i in $(seq 1001 2200); do
		[ -e "$LIST" ] || device "S-$i"
		echo "S-$i,Fabrikam,Book,contoso,entra,intune,partner,retire" >> "$LIST"
		echo "S-$i,Fabrikam,Book,,us,registered," >> "$REGISTRY"
		echo "S-$i,yes,,,,,entra,1"
	done > "$BATS_TEST_TMPDIR/rows"
	sed -i 2d "$LIST" "$REGISTRY"
	mapfile -t i < "$BATS_TEST_TMPDIR/rows"
	practice "$(tenant "${i[@]}")"
	execute -WithoutKeys > /dev/null
	[ "$status" -eq 1 ]
	[[ "$output" == *"Today 1000 of 1200 devices"* ]]
	[ "$(deleted | wc -l)" -eq 1000 ]
	execute -WithoutKeys > /dev/null
	[ "$status" -eq 1 ]
	[[ "$output" == *"Today 0 of 200 devices"* ]]
	[ "$(deleted | wc -l)" -eq 1000 ]
	sed -i 's/"at":"[^"]*"/"at":"2026-01-01T00:00:00Z"/' "$WORK"/cleanup-contoso-*.log
	execute -WithoutKeys > /dev/null
	[ "$status" -eq 0 ]
	[ "$(deleted | wc -l)" -eq 1200 ]
}
