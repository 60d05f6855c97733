# boot.sh SUITE DEB JOURNAL: installs the package into a fresh Debian that has systemd, boots it without a network, and lets the units
# work through a night (boot/night.sh). The booted machine checks its own journal; its text goes to JOURNAL. As root.
# B keeps downloaded packages.
set -euo pipefail
suite=$1 deb=$2 journal=$3
here=$(dirname "$0")/boot
work=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-boot.XXXXXX")
root=$work/root
BOOT_SECONDS=600 # the path unit waits a minute on purpose; the rest takes another

trap 'rm -rf --one-file-system "$work"' EXIT
. partner/dist/root.sh
make_root "$suite" "$root"
cp "$deb" "$root/root/unpilot.deb"
in_root "$root" sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends systemd-sysv dbus /root/unpilot.deb' > "$journal.apt" 2>&1 ||
	{ tail "$journal.apt"; exit 1; }
rm "$journal.apt"
mkdir -p "$root/root/night" "$root/var/log/journal"
cp "$here"/* "$root/root/night/"
cp "$here"/*.service "$root/etc/systemd/system/"
install -m 755 "$here/sendmail" "$root/usr/sbin/sendmail"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../night.service "$root/etc/systemd/system/multi-user.target.wants/"
# A machine whose control groups are of version 1 offers version 2 to the booted one: systemd 256 and later demand it.
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout --kill-after=10 "$BOOT_SECONDS" systemd-nspawn --quiet --boot --register=no --keep-unit \
	--private-network --console=pipe -D "$root" < /dev/null > "$journal.console" 2>&1 || true
journalctl -D "$root/var/log/journal" --no-pager -o short-iso -u 'unpilot*' -u night.service > "$journal" || true
[ -e "$root/root/night/passed" ] || { tail -n 40 "$journal" "$journal.console"; exit 1; }
rm -f "$journal.console"
cat "$root/root/night/passed"
