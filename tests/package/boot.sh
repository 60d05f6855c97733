# boot.sh ROOT DEB JOURNAL: installs the package into a Debian root that has systemd, boots it without a network, and lets the units
# work through a night (boot/night.sh). The booted machine checks its own journal; its text goes to JOURNAL. As root.
set -euo pipefail
root=$1 deb=$2 journal=$3
here=$(dirname "$0")/boot
BOOT_SECONDS=600 # the path unit waits a minute on purpose; the rest takes another

in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
cp "$deb" "$root/root/unpilot.deb"
mount -t proc proc "$root/proc"
in_root sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends /root/unpilot.deb' > "$journal.apt" 2>&1 ||
	{ umount "$root/proc"; tail "$journal.apt"; exit 1; }
umount "$root/proc"
rm "$journal.apt"
mkdir -p "$root/root/night" "$root/var/log/journal"
cp "$here"/* "$root/root/night/"
cp "$here"/*.service "$root/etc/systemd/system/"
install -m 755 "$here/sendmail" "$root/usr/sbin/sendmail"
in_root systemctl -q enable night.service
# A machine whose control groups are of version 1 offers version 2 to the booted one: systemd 256 and later demand it.
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout --kill-after=10 "$BOOT_SECONDS" systemd-nspawn --quiet --boot --register=no --keep-unit \
	--private-network --console=pipe -D "$root" < /dev/null > "$journal.console" 2>&1 || true
journalctl -D "$root/var/log/journal" --no-pager -o short-iso -u 'unpilot*' -u night.service > "$journal" || true
[ -e "$root/root/night/passed" ] || { tail -n 40 "$journal" "$journal.console"; exit 1; }
rm -f "$journal.console"
cat "$root/root/night/passed"
