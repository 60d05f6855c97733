bats_require_minimum_version 1.5.0
load helpers

# Three devices: S-1 in both lists, S-2 gone already, S-3 registered by the customer. Others in the tenant look like them.
three() {
	device S-1
	device S-2
	theirs S-3
	practice "$(tenant S-1,yes,yes,,PC-1,,entra,1 S-3,yes,yes,,PC-3,ann@contoso.example,entra,1 \
		S-10,yes,yes,,PC-10,,entra,1 OTHER,yes,yes,,PC-X,,entra,1)" "$@"
}

ALL=$(printf '%s\n' 'managed S-1' 'managed S-3' 'autopilot S-1' 'autopilot S-3')

@test "a read-only run deletes nothing, ends with 1, and its receipt says what is gone" {
	three
	script -TenantId "$TENANT"
	[ "$status" -eq 1 ]
	[[ "$output" == *"Gone from Intune and Windows Autopilot: 1 of 3 devices."* ]]
	[[ "$output" == *"would be deleted from Intune: S-1"* ]]
	[ -z "$(deleted)" ]
	refute grep -qE 'POST|DELETE|recoveryKeys' "$LOG"
	[ "$(receipt '[.schema, .source, .customer, .by] | join(" ")')" = "unpilot-receipt/2 script contoso ann@contoso.example" ]
	[ "$(steps 2)" = "I1=gone I3=gone A1=gone A2?=not-applicable" ]
	[ "$(steps 1)" = "I1=left I3=left A1=left A2?=left" ]
	unpilot close "$WORK"/receipt-*.json
}

@test "an execution deletes in order, unassigns the user, and its receipt is taken" {
	three
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$ALL" ]
	grep -q 'deleted autopilot serial="S-3" join=entra managed=no autopilot=yes keys=1 user=-' "$LOG"
	[ "$(steps 1)" = "I1=done I3=gone A1=gone A2?=done" ]
	[ "$(steps 3)" = "I1=done I3=gone A2=done A1=gone" ]
	[ "$(receipt '.done[] | select(.device == "3" and .step == "I1") | .record')" = 00000001-0000-4000-8000-000000000002 ]
	unpilot close "$WORK"/receipt-*.json
	[ "$(unpilot find --json S-3 | jq -r '.open_steps | join(" ")')" = "B1 F3 D1 W1 X1" ]
	unpilot find S-3 | grep -Fx "  verified by the customer's Graph on $(date -u +%F)"
}

@test "-WhatIf says what would be deleted, and deletes nothing" {
	three
	script -Execute -WhatIf -TenantId "$TENANT"
	[ "$status" -eq 1 ]
	[[ "$output" == *"What if: Delete 2 devices from Intune"* ]]
	[[ "$output" == *"What if: Deregister 2 devices in Windows Autopilot"* ]]
	refute grep -qE 'POST|DELETE' "$LOG"
	[ -e "$WORK"/receipt-contoso-*.json ]
}

@test "somebody is asked before each kind of deletion, with the count" {
	three
	answer 'Y\nN\n' -Execute -TenantId "$TENANT"
	[ "$status" -eq 1 ]
	[[ "$output" == *"Delete 2 devices from Intune?"* ]]
	[[ "$output" == *"Deregister 2 devices in Windows Autopilot?"* ]]
	[ "$(deleted)" = "$(head -2 <<< "$ALL")" ]
	[ "$(steps 3)" = "I1=done I3=gone A2=left A1=left" ]
}

@test "nobody there to be asked: nothing is deleted, not even with \$ConfirmPreference None" {
	three
	script -Execute -TenantId "$TENANT"
	[ "$status" -eq 1 ]
	[[ "$output" == *"Nobody can be asked"* ]]
	cd "$WORK"
	run "$PWSH" -NoProfile -NonInteractive -Command "\$ConfirmPreference = 'None'; & '$PACK/cleanup.ps1' -Execute -TenantId $TENANT; exit \$LASTEXITCODE" 3>&-
	[ "$status" -eq 1 ]
	[ -z "$(deleted)" ]
}

@test "the tenant is asked before anything is read" {
	three
	answer 'N\n'
	[ "$status" -eq 2 ]
	[[ "$output" == *"Is this the tenant of the devices of contoso?"* ]]
	[ ! -s "$LOG" ]
	script
	[ "$status" -eq 2 ]
	[ ! -s "$LOG" ]
	answer 'Y\n'
	[ "$status" -eq 1 ]
}

@test "wrong tenant, wrong use, no sign-in, no rights, no module: 2, and nothing is read" {
	three
	script -Execute -TenantId 99999999-2222-3333-4444-555555555555 '-Confirm:$false'
	[ "$status" -eq 2 ]
	script -Execute '-Confirm:$false'
	[ "$status" -eq 2 ]
	script -TenantId contoso.example
	[ "$status" -eq 2 ]
	GRAPH_NO_LOGIN=1 execute
	[ "$status" -eq 2 ]
	GRAPH_SCOPES="DeviceManagementManagedDevices.ReadWrite.All User.Read" execute
	[ "$status" -eq 2 ]
	[[ "$output" == *"lacks DeviceManagementServiceConfig.ReadWrite.All, BitlockerKey.ReadBasic.All"* ]]
	PSModulePath=$BATS_TEST_TMPDIR execute
	[ "$status" -eq 2 ]
	[[ "$output" == *"Install-Module Microsoft.Graph.Authentication"* ]]
	[ ! -s "$LOG" ]
}

@test "in Constrained Language Mode it says so at once" {
	three
	cd "$WORK"
	run "$PWSH" -NoProfile -NonInteractive -Command "\$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; & '$PACK/cleanup.ps1'; exit \$LASTEXITCODE" 3>&-
	[ "$status" -eq 2 ]
	[[ "$output" == *"Constrained Language Mode"* ]]
	[ ! -s "$LOG" ]
}

@test "the session is this process's own; a code on another device can be used" {
	three
	script -TenantId "$TENANT" -UseDeviceCode
	grep -q '^connect scope=Process device=True DeviceManagementManagedDevices.Read.All DeviceManagementServiceConfig.Read.All$' "$GRAPH_CALLS"
}

@test "a serial number that is not equal byte by byte is left to people, and is not taken as gone" {
	device CASE-1
	device BLANK-1
	device TWICE-1
	device HIDDEN-1
	device SOFT-1
	device PART-1
	practice "$(tenant case-1,yes,yes,,,,entra,1 '"BLANK-1 ",yes,yes,,,,entra,1' TWICE-1,yes,yes,,,,entra,1 TWICE-1,yes,yes,,,,entra,1 \
		$'HIDDEN-\u200b1,yes,yes,,,,entra,1' $'SOFT\u00ad-1,yes,yes,,,,entra,1' PART-10,yes,yes,,,,entra,1)"
	execute -WithoutKeys
	[ "$status" -eq 1 ]
	[ -z "$(deleted)" ]
	[ "$(receipt '[.done[] | select(.state != "left") | .device] | unique | join(" ")')" = 6 ]
	[[ "$output" == *"Gone from Intune and Windows Autopilot: 1 of 6 devices."* ]]
}

@test "a device that stands twice in the list is deleted once, and reported twice" {
	device S-1
	echo 'S-1,Northwind,Tab,contoso,entra,intune,partner,retire' >> "$LIST"
	echo 'S-1,Northwind,Tab,,us,registered,' >> "$REGISTRY"
	practice "$(tenant S-1,yes,yes,,,,entra,1)"
	[ "$(grep -c "Serial = 'S-1'" "$PACK/cleanup.ps1")" -eq 2 ]
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-1' 'autopilot S-1')" ]
	[ "$(steps 1)" = "$(steps 2)" ]
	unpilot close "$WORK"/receipt-*.json
}

@test "a customer with a key beyond ASCII: the receipt names it exactly" {
	device S-1 intune entra 'Müller & 𠮷'
	practice "$(tenant S-1,yes,yes,,,,entra,1)"
	PACK=$(dirname "$(find "$D/handoff" -name cleanup.ps1)")
	execute
	[ "$status" -eq 0 ]
	unpilot close "$WORK"/receipt-*.json
}

@test "two packs against one tenant: each deletes its own devices, and both share the daily limit" {
	device S-1
	device N-1 intune entra northwind
	practice "$(tenant S-1,yes,yes,,,,entra,1 N-1,yes,yes,,,,entra,1)"
	execute -LogPath log
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$(printf '%s\n' 'managed S-1' 'autopilot S-1')" ]
	sed -i 's/^.DailyLimit = 1000/$DailyLimit = 1/' "$D"/handoff/*/northwind/cleanup.ps1
	PACK=$(echo "$D"/handoff/*/northwind)
	execute -LogPath log
	[ "$status" -eq 1 ]
	[[ "$output" == *"waits for tomorrow"* ]]
	[ "$(deleted | wc -l)" -eq 2 ]
	# what the other pack deleted is no answer of this one
	sed -i "s/Serial = 'N-1'/Serial = 'S-1'/" "$PACK/cleanup.ps1"
	script -LogPath log -TenantId "$TENANT"
	[ "$(jq -r '.done[0].state' "$WORK"/receipt-northwind-*.json)" = gone ]
}

@test "a pack without Autopilot steps works in Intune only" {
	three
	sed -i "s/Steps = '[^']*'/Steps = 'I1 I3'/" "$PACK/cleanup.ps1"
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$(head -2 <<< "$ALL")" ]
	refute grep -q Autopilot "$LOG"
	refute grep -q ServiceConfig "$GRAPH_CALLS"
}

@test "the script is of the age of Windows PowerShell 5.1" {
	three
	run "$PWSH" -NoProfile -NonInteractive -File "$HERE/grammar.ps1" "$PACK/cleanup.ps1" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	for line in 'a ? b : c' '$a ?? $b' 'a && b' '${a}?.b' 'Get-Date -AsUTC' '[string]::Join(",", $a)' '$a.Contains("b")' '1..3 | ForEach-Object -Parallel { 1 }'; do
		printf '%s\n' '$a = 1' "$line" > "$BATS_TEST_TMPDIR/new.ps1"
		sed -i 's/^a ? b : c$/$b = $a ? 1 : 2/; s/^a && b$/Get-Date \&\& Get-Date/' "$BATS_TEST_TMPDIR/new.ps1"
		run "$PWSH" -NoProfile -NonInteractive -File "$HERE/grammar.ps1" "$BATS_TEST_TMPDIR/new.ps1" 3>&-
		echo "$line: $output"
		[ "$status" -eq 1 ]
	done
}

@test "60 devices in every situation: each deletion in its order, by the steps of each device" {
	local i join mdm via purpose list=()
	for i in $(seq 0 59); do
		join=(entra hybrid unknown) mdm=(intune was-intune none other unknown) via=(partner customer) purpose=(repair retire resell)
		if [ $((i / 15 % 2)) -eq 0 ]; then device "M-$((100 + i))"; else theirs "M-$((100 + i))"; fi
		sed -i "\$s/,contoso,.*/,contoso,${join[i % 3]},${mdm[i / 3 % 5]},${via[i / 15 % 2]},${purpose[(i / 30 + i) % 3]}/" "$LIST"
		list+=("M-$((100 + i)),$([ $((i % 7)) -eq 6 ] || echo yes),$([ $((i % 5)) -eq 4 ] || echo yes),,PC-$i,,${join[i % 3]},$((i % 10 != 9))")
	done
	practice "$(tenant "${list[@]}")"
	execute
	[ "$status" -eq 1 ]
	deleted > "$BATS_TEST_TMPDIR/deleted"
	echo "# 60 devices: $(cut -d" " -f1 "$BATS_TEST_TMPDIR/deleted" | uniq -c | tr -s " \n" " ")" >&3
	unpilot close -q "$WORK"/receipt-contoso-*.json
	# the document and the tenant decide what had to be deleted
	for i in $(seq 0 59); do
		local serial=M-$((100 + i)) steps intune autopilot
		steps=" $(sed -n "s/.*Serial = '$serial'; Steps = '\([^']*\)'.*/\1/p" "$PACK/cleanup.ps1") "
		intune=$([ $((i % 7)) -eq 6 ] || echo yes) autopilot=$([ $((i % 5)) -eq 4 ] || echo yes)
		[ $((i % 10)) -ne 9 ] || continue # without a key nothing is deleted
		if [ -n "$intune" ] && [[ "$steps" == *" I"[12]" "* ]]; then
			echo "managed $serial"
			intune=
		fi
		[ -n "$intune" ] || [ -z "$autopilot" ] || [[ "$steps" != *" A2 "* && "$steps" != *" A2? "* && "$steps" != *" A4 "* ]] || echo "autopilot $serial"
	done | sort > "$BATS_TEST_TMPDIR/expected"
	diff <(sort "$BATS_TEST_TMPDIR/deleted") "$BATS_TEST_TMPDIR/expected"
	[ "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/deleted" | uniq | tr '\n' ' ')" = "managed autopilot " ]
}

@test "the script of a letter works in Intune only, and close takes its receipt" {
	three
	unpilot letter -q --again --out "$BATS_TEST_TMPDIR/letters" "$LIST"
	PACK=$(echo "$BATS_TEST_TMPDIR"/letters/*/contoso)
	execute
	[ "$status" -eq 0 ]
	[ "$(deleted)" = "$(head -2 <<< "$ALL")" ]
	refute grep -q Autopilot "$LOG"
	[ "$(steps 1 | wc -w)" -eq 0 ] # the rows of a letter have numbers of their own
	[ "$(receipt '[.done[] | .step] | unique | join(" ")')" = "I1 I3" ]
	unpilot close "$WORK"/receipt-*.json
}

@test "a pack of 1,000 devices: the times are in the output" {
	local i rows
	device first
	for i in $(seq 1001 2000); do
		echo "S-$i,Fabrikam,Book,contoso,entra,intune,partner,retire" >> "$LIST"
		echo "S-$i,Fabrikam,Book,,us,registered," >> "$REGISTRY"
		echo "S-$i,yes,yes,,,,entra,1"
	done > "$BATS_TEST_TMPDIR/rows"
	sed -i 2d "$LIST" "$REGISTRY"
	mapfile -t rows < "$BATS_TEST_TMPDIR/rows"
	practice "$(tenant "${rows[@]}")"
	SECONDS=0
	script -TenantId "$TENANT" > /dev/null
	echo "# 1,000 devices: looked at in $SECONDS s" >&3
	SECONDS=0
	execute > /dev/null
	[ "$status" -eq 0 ]
	[ "$(deleted | wc -l)" -eq 2000 ]
	echo "# 1,000 devices: deleted in $SECONDS s, and the script would pause $(slept) s in all" >&3
}
