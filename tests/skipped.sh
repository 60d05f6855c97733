#!/bin/sh
# skipped.sh LOG: prints the tests that LOG, the output of "make test", skipped. Fails if one of them does not say why, or if this
# machine has what it asked for, so that no test is skipped by accident. A unit test that needs a server is skipped once and runs
# later, on PostgreSQL.
set -eu
log=$1

has() { # REASON: true if this machine has it
	case $1 in
	"no fish" | "no man" | "no promtool" | "no systemd-analyze") command -v "${1#no }" ;;
	"no mount namespaces here") unshare -m true ;;
	"cannot mount") unshare -m mount -t tmpfs none /mnt ;;
	"needs root") [ "$(id -u)" -eq 0 ] ;;
	"no PostgreSQL server here" | "the ledger is a file") sh "$(dirname "$0")/postgres.sh" have ;;
	"ptrace is not allowed" | "no ptrace here") strace -o /dev/null true ;;
	"no PowerShell"*) command -v dotnet ;;
	"no Landlock") grep -q landlock /sys/kernel/security/lsm ;;
	"no legacy provider of OpenSSL") openssl list -providers -provider legacy ;;
	*) true ;; # a reason that is not in this table, or none
	esac > /dev/null 2>&1
}

# The reason stands on the line before, or is missing. cmocka repeats the names at its end.
units() {
	awk '{ sub("\r$", "") }
	/^\[ *OK *\] / { ran[$NF] }
	/^\[ *WHY *\] / { why = $0; sub("^[^]]*\\] ", "", why); next }
	/^\[ *SKIPPED *\] / && !/test\(s\)/ { if (!($NF in reason)) reason[$NF] = why; why = "" }
	END { for (name in reason) if (!(name in ran)) print reason[name] "\t" name }' "$log"
}
{
	sed -n 's/^ok [0-9]* \(.*\) # skip *(\{0,1\}\([^)]*\))\{0,1\}$/\2	\1/p' "$log"
	units
} | {
	code=0
	while IFS= read -r line; do
		reason=${line%%	*} name=${line#*	}
		if [ -z "$reason" ]; then
			echo "skipped without a reason: $name"
			code=1
		elif has "$reason"; then
			echo "skipped although this machine has it: $name ($reason)"
			code=1
		else
			echo "skipped: $name ($reason)"
		fi
	done
	exit $code
}
