#!/usr/bin/env bash
# unprivileged.sh BUILD NAMES ARGUMENT...: as root, copies the tree and the programs of BUILD into a folder of the user "nobody" and
# runs "make ARGUMENT..." there as that user, who cannot become another one. Writes to the file NAMES what is left for root: an
# expression for the names of the tests that were skipped because they need it; nothing if there is none.
set -euo pipefail
build=$1 names=$2
shift 2
dir=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-nobody.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/unpilot"
# Keeps the times of files, so that nothing is compiled again.
{ git ls-files -z; find "$build" -print0; } | tar -c --null --no-recursion -T - | tar -x -C "$dir/unpilot"
chown -R nobody: "$dir"
(
	cd "$dir/unpilot"
	setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups --no-new-privs \
		env HOME="$dir" USER=nobody LOGNAME=nobody make --no-print-directory -j"$(nproc)" "$@"
) | tee "$build/unprivileged.log"
sed -n 's/^ok [0-9]* \(.*\) # skip *(\{0,1\}\(needs root\|cannot mount\|no mount namespaces here\))\{0,1\}$/\1/p' "$build/unprivileged.log" |
	sed 's/[][().*+?{}|^$\\]/\\&/g' | paste -sd '|' | sed 's/..*/^(&)$/' > "$names"
