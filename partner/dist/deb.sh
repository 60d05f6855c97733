#!/bin/sh
# deb.sh OUT VERSION: builds a Debian package of the committed tree in OUT. All files have the time of
# the commit, so that two builds give the same bytes.
set -eu
out=$(realpath -m "$1") version=$2
work=$out/deb
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf "$work"
mkdir -p "$work/unpilot"
git archive HEAD | tar -x -C "$work/unpilot"
cd "$work/unpilot"
cp -R partner/dist/debian debian
cat > debian/changelog <<END
unpilot ($version) unstable; urgency=medium

  * Built from the tree.

 -- Unpilot maintainers <maintainers@unpilot.example>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
dpkg-buildpackage -b -uc -us -tc > "$out/deb.log" 2>&1 || { tail -n 50 "$out/deb.log" >&2; exit 1; }
mv "$work"/unpilot*.deb "$out"
rm -rf "$work"
