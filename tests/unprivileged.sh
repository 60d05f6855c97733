#!/bin/sh
# unprivileged.sh ARGUMENT...: as root, clones the last commit into a folder of the user "nobody" and runs "make ARGUMENT..." there as
# that user, who cannot become another one.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-nobody.XXXXXX")
trap 'rm -rf "$dir"' EXIT
git clone -q . "$dir/unpilot"
chown -R nobody: "$dir"
cd "$dir/unpilot"
setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups --no-new-privs \
	env HOME="$dir" USER=nobody LOGNAME=nobody make --no-print-directory -j"$(nproc)" "$@"
