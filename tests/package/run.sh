# Tests the package: builds it twice and compares the bytes, checks SBOM and lintian, then installs, runs, removes and purges it in a
# fresh Debian 12. Run by "make package-test", which sets B and VERSION; as root, with a network.
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-package.XXXXXX")
root=$work/root
service=

finish() {
	[ -z "$service" ] || kill "$service" 2>/dev/null || true
	! mountpoint -q "$root/proc" || umount "$root/proc"
	rm -rf --one-file-system "$work"
}
trap finish EXIT
heading() { echo "== $*"; }

heading "two builds in different folders have the same bytes"
for n in a bb; do
	mkdir -p "$work/$n"
	git archive HEAD | tar -x -C "$work/$n"
	make -s -j2 -C "$work/$n" B="out-$n" all
	sh partner/dist/deb.sh "$work/deb-$n" "$VERSION"
	make -s B="$work/dist-$n" dist
done
cmp "$work/a/out-a/unpilot" "$work/bb/out-bb/unpilot"
cmp "$work/a/out-a/unpilot-sandbox" "$work/bb/out-bb/unpilot-sandbox"
cmp "$work/deb-a/unpilot_${VERSION}_"*.deb "$work/deb-bb/unpilot_${VERSION}_"*.deb
cmp "$work/dist-a/unpilot-$VERSION.tar.gz" "$work/dist-bb/unpilot-$VERSION.tar.gz"
deb=$(echo "$work/deb-a/unpilot_${VERSION}_"*.deb)

heading "lintian"
lintian --fail-on error --allow-root "$deb"

heading "SBOM"
sh partner/dist/sbom.sh "$work/a/out-a/unpilot" "$VERSION" > "$work/sbom.json"
# It names every library of the program once, with version and licence, and refers only to names that it defines.
jq -e '.spdxVersion == "SPDX-2.3" and .SPDXID == "SPDXRef-DOCUMENT" and (.creationInfo.created | test("Z$"))
	and ([.packages[].SPDXID] | length == (unique | length)) and (.packages | length) > 10
	and all(.packages[]; (.versionInfo | length > 0) and (.licenseDeclared | length > 0))
	and ([.relationships[].relatedSpdxElement] - [.packages[].SPDXID] == [])
	and (([.packages[].licenseDeclared | scan("LicenseRef-[A-Za-z0-9.-]+")] | unique) == ([.hasExtractedLicensingInfos[].licenseId] | sort))
	and (["libcurl4", "libssl3", "libsqlite3-0", "libxml2", "libxslt1.1", "libcjson1", "libcsv3", "libinih1"]
		- [.packages[].name] == [])' "$work/sbom.json"

heading "install into a fresh Debian 12"
debootstrap --variant=minbase --include=ca-certificates,man-db bookworm "$root" > "$work/debootstrap.log" ||
	{ tail "$work/debootstrap.log"; exit 1; }
in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
mount -t proc proc "$root/proc"
cp "$deb" "$root/root/unpilot.deb"
in_root apt-get update -q > "$work/apt.log"
in_root apt-get install -y -q --no-install-recommends /root/unpilot.deb >> "$work/apt.log" 2>&1 || { tail "$work/apt.log"; exit 1; }

heading "what the package installs"
in_root unpilot --version
in_root man -w unpilot unpilot.conf unpilot-handoff unpilot-sandbox
modes() { in_root stat -c '%n %a %U:%G' "$@"; }
diff <(modes /etc/unpilot /etc/unpilot/unpilot.conf /var/lib/unpilot /var/lib/unpilot/spool/incoming) - <<'END'
/etc/unpilot 750 root:unpilot
/etc/unpilot/unpilot.conf 640 root:unpilot
/var/lib/unpilot 750 unpilot:unpilot
/var/lib/unpilot/spool/incoming 2770 unpilot:unpilot
END
[ ! -e "$root/etc/systemd/system/timers.target.wants/unpilot.timer" ] # nothing is enabled by the installation
# Without configuration it refuses to run and says why.
code=0
in_root setpriv --reuid unpilot --regid unpilot --clear-groups unpilot run -q 2> "$work/unconfigured" || code=$?
[ "$code" -eq 2 ]
grep -q 'url is not set' "$work/unconfigured"

heading "a run against the practice service, as the user of the unit"
# chroot and setpriv replace themselves, so $! is the service.
chroot "$root" setpriv --reuid unpilot --regid unpilot --clear-groups unpilot-sandbox --quiet --dir /var/lib/unpilot/practice --port 0 \
	--registry /usr/share/doc/unpilot/examples/registry.csv &
service=$!
for _ in $(seq 200); do [ ! -e "$root/var/lib/unpilot/practice/port" ] || break; sleep 0.1; done
in_root sh -c 'd=/var/lib/unpilot; umask 027
	sed "s,sqlite:.*,sqlite:$d/ledger.db,; s,^directory = .*,directory = $d/handoff," $d/practice/unpilot.conf > /etc/unpilot/unpilot.conf
	printf "[spool]\ndirectory = $d/spool\nsettle = 0s\n" >> /etc/unpilot/unpilot.conf
	cp /usr/share/doc/unpilot/examples/returns.csv $d/spool/incoming; chmod 644 $d/spool/incoming/*'
in_root setpriv --reuid unpilot --regid unpilot --clear-groups unpilot init -q
code=0
in_root setpriv --reuid unpilot --regid unpilot --clear-groups unpilot run -q || code=$?
[ "$code" -eq 1 ]
ls "$root"/var/lib/unpilot/handoff/*/contoso/index.html "$root"/var/lib/unpilot/spool/done/*.1.returns.csv
kill "$service"
wait "$service" || true
service=

heading "reinstallation keeps the administrator's configuration, and creates a missing ledger"
in_root cp /etc/unpilot/unpilot.conf /root/before
in_root sh -c 'cd /var/lib/unpilot; mkdir /root/kept; mv ledger.db* /root/kept'
in_root apt-get install -y -q --reinstall /root/unpilot.deb >> "$work/apt.log" 2>&1
in_root cmp /etc/unpilot/unpilot.conf /root/before
[ "$(in_root stat -c '%a %U' /var/lib/unpilot/ledger.db)" = '600 unpilot' ]

heading "purging removes everything except the ledger"
in_root apt-get remove -y -q unpilot >> "$work/apt.log" 2>&1
[ -f "$root/etc/unpilot/unpilot.conf" ]
[ ! -e "$root/usr/bin/unpilot" ]
in_root apt-get purge -y -q unpilot >> "$work/apt.log" 2>&1
[ ! -e "$root/etc/unpilot" ]
[ -f "$root/var/lib/unpilot/ledger.db" ]
[ -z "$(find "$root/usr" "$root/lib/systemd" "$root/etc/systemd" -name '*unpilot*' -print -quit)" ]
rm -rf "$root/var/lib/unpilot"
in_root apt-get install -y -q --no-install-recommends /root/unpilot.deb >> "$work/apt.log" 2>&1
in_root apt-get purge -y -q unpilot >> "$work/apt.log" 2>&1
[ ! -e "$root/var/lib/unpilot" ]
heading "the package passes: $(stat -c %s "$deb") bytes, installed $(dpkg-deb -f "$deb" Installed-Size) KiB"
