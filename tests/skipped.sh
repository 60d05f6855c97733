#!/bin/sh
# skipped.sh LOG: prints the tests that LOG, the output of "make test", skipped. Fails if this machine has what one of them asked for,
# so that no test is skipped by accident. A unit test that needs a server is skipped once and runs later, on PostgreSQL.
set -eu
log=$1

has() { # REASON: true if this machine has it
	case $1 in
	"no fish" | "no man" | "no promtool" | "no systemd-analyze") command -v "${1#no }" ;;
	"no mount namespaces here") unshare -m true ;;
	"cannot mount") unshare -m mount -t tmpfs none /mnt ;;
	"needs root") [ "$(id -u)" -eq 0 ] ;;
	"no PostgreSQL server here") sh "$(dirname "$0")/postgres.sh" have ;;
	"ptrace is not allowed" | "no ptrace here") strace -o /dev/null true ;;
	"no PowerShell"*) command -v dotnet ;;
	files_elsewhere_cannot_be_opened) grep -q landlock /sys/kernel/security/lsm ;;
	tells_an_old_algorithm_from_a_wrong_passphrase) openssl list -providers -provider legacy ;;
	*) true ;; # a reason that is not in this table
	esac > /dev/null 2>&1
}

unit() { sed -n 's/^\[ *'"$1"' *\] //p' "$log" | sort -u; }
{
	sed -n 's/^ok [0-9]* \(.*\) # skip *(\{0,1\}\([^)]*\))\{0,1\}$/\2	\1/p' "$log"
	unit OK > "$log.ok"
	unit SKIPPED | grep -v ' test(s)' | grep -vxFf "$log.ok" | sed 's/.*/&	&/' || true
	rm -f "$log.ok"
} | {
	code=0
	while IFS='	' read -r reason name; do
		if has "$reason"; then
			echo "skipped although this machine has it: $name ($reason)"
			code=1
		else
			echo "skipped: $name ($reason)"
		fi
	done
	exit $code
}
