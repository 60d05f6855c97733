# Tests the package on each Debian of SUITES: builds it twice in a fresh system, compares the bytes, checks SBOM and lintian, then
# installs, runs, removes and purges it in another fresh system (try.sh). In the last one the whole of "make test" runs as well;
# WHOLE= leaves it out. Run by "make package-test", which sets B and VERSION; as root, with a network.
set -euo pipefail
here=$(dirname "$0")
. partner/dist/root.sh
SUITES=${SUITES:-bookworm trixie}
WHOLE=${WHOLE-${SUITES##* }}
work=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-package.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
heading() { echo "== $*"; }

# build SUITE: leaves the package and its SBOM in $work/SUITE.
build() {
	local root=$work/build-$1 out=$work/$1 n
	mkdir -p "$out"
	make_root "$1" "$root"
	git clone -q --no-hardlinks . "$root/root/unpilot"
	for n in a bb; do
		cp -R "$root/root/unpilot" "$root/root/$n"
		in_root "$root" sh -ec "exec > /root/log 2>&1
			cd /root; [ -x /usr/bin/make ] || { apt-get update; apt-get install -y --no-install-recommends make; }
			make -C $n B=out-$n deb dist; make -j2 -C $n B=out-$n all sbom" || { tail -n 30 "$root/root/log"; return 1; }
	done
	(cd "$root/root" && cmp a/out-a/unpilot bb/out-bb/unpilot && cmp a/out-a/unpilot-sandbox bb/out-bb/unpilot-sandbox &&
		cmp "a/out-a/unpilot_${VERSION}_"*.deb "bb/out-bb/unpilot_${VERSION}_"*.deb &&
		cmp "a/out-a/unpilot-$VERSION.tar.gz" "bb/out-bb/unpilot-$VERSION.tar.gz" && cmp a/out-a/unpilot.spdx.json bb/out-bb/unpilot.spdx.json)
	cp "$root/root/a/out-a/unpilot_${VERSION}_"*.deb "$root/root/a/out-a/unpilot.spdx.json" "$out"
	rm -rf "$root/root/a" "$root/root/bb"
}

# It names every library of the program once, with version and licence, and refers only to names that it defines.
check_sbom() {
	jq -e '.spdxVersion == "SPDX-2.3" and .SPDXID == "SPDXRef-DOCUMENT" and (.creationInfo.created | test("Z$"))
		and ([.packages[].SPDXID] | length == (unique | length)) and (.packages | length) > 10
		and all(.packages[]; (.versionInfo | length > 0) and (.licenseDeclared | length > 0))
		and ([.relationships[].relatedSpdxElement] - [.packages[].SPDXID] == [])
		and (([.packages[].licenseDeclared | scan("LicenseRef-[A-Za-z0-9.-]+")] | unique) == ([.hasExtractedLicensingInfos[].licenseId] | sort))
		and ([.packages[].name | sub("t64$"; "")] as $names
			| ["libcurl4", "libssl3", "libsqlite3-0", "libxml2", "libxslt1.1", "libcjson1", "libcsv3", "libinih1"] - $names == [])' "$1"
}

for suite in $SUITES; do
	heading "$suite: two builds in different folders have the same bytes"
	build "$suite"
	deb=$(echo "$work/$suite/unpilot_${VERSION}_"*.deb)
	heading "$suite: lintian and SBOM"
	lintian --fail-on error --allow-root "$deb"
	check_sbom "$work/$suite/unpilot.spdx.json"
	make_root "$suite" "$work/try"
	bash "$here/try.sh" "$work/try" "$deb"
	rm -rf --one-file-system "$work/try"
	heading "the package passes in $suite: $(stat -c %s "$deb") bytes, installed $(dpkg-deb -f "$deb" Installed-Size) KiB"
done

if [ -n "$WHOLE" ]; then
	heading "$WHOLE: make test"
	[ -d "$work/build-$WHOLE" ] || { make_root "$WHOLE" "$work/build-$WHOLE"; git clone -q --no-hardlinks . "$work/build-$WHOLE/root/unpilot"; }
	in_root "$work/build-$WHOLE" sh -ec 'cd /root/unpilot; [ -x /usr/bin/make ] || { apt-get update -q; apt-get install -y -q make; } > /root/log
		make WERROR=1 test' > "$B/$WHOLE-test.log" 2>&1 < /dev/null || { grep -a -A 20 -e '^not ok' -e 'FAILED' "$B/$WHOLE-test.log"; tail -n 30 "$B/$WHOLE-test.log"; exit 1; }
	heading "$WHOLE: $(grep -ac '^\[       OK \]' "$B/$WHOLE-test.log") unit tests and $(grep -ac '^ok ' "$B/$WHOLE-test.log") end-to-end tests pass"
fi
