#!/bin/sh
# deps.sh "PACKAGE...": installs those of these Debian packages that are missing. A word "a|b" asks for one of the two: one that
# is installed, else the first that apt offers. Does nothing if none is missing.
# deps.sh --list "PACKAGE...": prints what it would install, from the lists that apt has.
set -eu

list=
[ "$1" != --list ] || { list=yes; shift; }
installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
offered() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

missing=
for word in $*; do
	found=
	for package in $(echo "$word" | tr '|' ' '); do
		! installed "$package" || found=yes
	done
	[ -n "$found" ] || missing="$missing $word"
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || { echo "no apt-get here; install these yourself:$missing" >&2; exit 1; }
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
[ -n "$list" ] || $sudo apt-get update -q
chosen=
for word in $missing; do
	choice=
	for package in $(echo "$word" | tr '|' ' '); do
		[ -n "$choice" ] || ! offered "$package" || choice=$package
	done
	[ -n "$choice" ] || { echo "apt offers no package $word" >&2; exit 1; }
	chosen="$chosen $choice"
done
[ -z "$list" ] || { echo "${chosen# }"; exit 0; }
echo "installing:$chosen"
# Waits for another installation, such as the unattended upgrades of a new machine.
# shellcheck disable=SC2086 # a list of words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 -y -q --no-install-recommends $chosen
