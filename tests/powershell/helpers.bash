# Runs cleanup.ps1 of real packs in real PowerShell, against the practice service as Microsoft Graph.
load ../e2e/helpers.bash
HERE=$BATS_TEST_DIRNAME
TENANT=11111111-2222-3333-4444-555555555555

# tenant LINE...: writes the tenant and prints its path.
tenant() {
	printf '%s\n' 'Serial Number,Managed,Autopilot,Entra Device ID,Device Name,User,Join Type,Keys' "$@" > "$BATS_TEST_TMPDIR/tenant.csv"
	echo "$BATS_TEST_TMPDIR/tenant.csv"
}

# device SERIAL [MDM] [JOIN] [CUSTOMER]: adds a device to list and registry. We deregister it; the customer deletes it from Intune.
device() {
	[ -e "$LIST" ] || {
		echo 'Serial Number,Manufacturer,Model,Customer,Join Type,MDM,Registered Via,Purpose' > "$LIST"
		echo 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error' > "$REGISTRY"
	}
	printf '%s,Fabrikam,Book,%s,%s,%s,partner,retire\n' "$1" "${4:-contoso}" "${3:-entra}" "${2:-intune}" >> "$LIST"
	printf '%s,Fabrikam,Book,,us,registered,\n' "$1" >> "$REGISTRY"
}

# theirs SERIAL [CUSTOMER]: adds a device that the customer registered, so that the customer also deregisters it.
theirs() {
	device "$1" intune entra "${2:-contoso}"
	sed -i '$s/,partner,retire$/,customer,retire/' "$LIST"
	sed -i '$s/,us,/,them,/' "$REGISTRY"
}

# practice TENANT [OPTION...]: starts the service over registry and tenant, and makes the packs. Sets PACK, the pack of
# contoso, and WORK, the folder in which the script runs.
practice() {
	local file=$1
	shift
	start_service "$REGISTRY" --graph "$file" "$@"
	unpilot run -q "$LIST" || [ $? -eq 1 ]
	PACK=$(echo "$D"/handoff/*/contoso)
	WORK=$BATS_TEST_TMPDIR/work
	mkdir -p "$WORK"
	: > "$LOG" # from here on Graph alone
	export GRAPH_URL GRAPH_TENANT=$TENANT GRAPH_ACCOUNT=ann@contoso.example GRAPH_SCOPES=all GRAPH_CALLS=$BATS_TEST_TMPDIR/calls
	GRAPH_URL=https://localhost:$(cat "$D/graph-port")
	export SSL_CERT_FILE=$D/ca.pem PSModulePath=$HERE/modules POWERSHELL_TELEMETRY_OPTOUT=1 NO_COLOR=1
	: > "$GRAPH_CALLS"
}

# script [ARGUMENT...]: runs the script of the pack in WORK. Sets status and output.
script() {
	cd "$WORK"
	run timeout 300 "$PWSH" -NoProfile -NonInteractive -File "$PACK/cleanup.ps1" "$@" 3>&-
	echo "$output"
}

execute() { script -Execute -TenantId "$TENANT" "-Confirm:\$false" "$@"; }

deleted() { sed -n 's/^deleted \([a-z]*\) serial="\([^"]*\)".*/\1 \2/p' "$LOG"; }

receipt() { jq -r "$1" "$WORK"/receipt-contoso-*.json; }

setup() {
	: "${PWSH:=$(command -v pwsh || true)}"
	LIST=$BATS_TEST_TMPDIR/list.csv REGISTRY=$BATS_TEST_TMPDIR/registry.csv
	[ -n "$PWSH" ] || skip "no PowerShell: there is no dotnet to install it with"
}

# answer LINES [ARGUMENT...]: runs the script for somebody who types these lines at its questions.
answer() {
	local lines=$1
	shift
	cd "$WORK"
	run bash -c 'printf "%b" "$1" | timeout 300 "$2" -NoProfile -File "$3" "${@:4}"' bash "$lines" "$PWSH" "$PACK/cleanup.ps1" "$@" 3>&-
	echo "$output"
}

# scenario LINE...: writes faults and prints their path.
scenario() {
	printf '%s\n' "$@" > "$BATS_TEST_TMPDIR/scenario"
	echo "$BATS_TEST_TMPDIR/scenario"
}

# steps DEVICE: prints the answers of the receipt for a device: "I1=done I3=gone"
steps() { receipt "[.done[] | select(.device == \"$1\") | .step + \"=\" + .state] | join(\" \")"; }

# slept: the seconds that the script asked for
slept() { awk '$1 == "sleep" {n += $2} END {print n + 0}' "$GRAPH_CALLS"; }

# Whatever a test does: the script never sends a request beyond its few, never deletes a device outside the pack, and deletes from
# Autopilot only what Intune does not have.
teardown() {
	if [ -n "${SERVICE:-}" ]; then
		kill "$SERVICE" && wait "$SERVICE" || true
		refute grep -q FORBIDDEN "$LOG"
		refute grep -E '^deleted autopilot .*managed=yes' "$LOG"
		[ ! -e "$LIST" ] || [ -z "$(deleted | cut -d' ' -f2 | sort -u | grep -vxFf <(cut -d, -f1 "$LIST"))" ]
	fi
}
