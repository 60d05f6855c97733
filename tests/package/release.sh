# Makes a release twice, in different folders, compares the bytes, and checks sums, signature and content as a receiver would. Run by
# "make release-check", which sets B and VERSION; as root, with a network.
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-release-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
heading() { echo "== $*"; }

openssl genpkey -algorithm ed25519 -out "$work/key.pem"
for n in a bb; do
	heading "release $n"
	bash partner/dist/release.sh "$work/$n" "$VERSION" "$work/key.pem"
done
heading "both have the same bytes"
diff -r "$work/a" "$work/bb"

heading "sums and signature"
cd "$work/a"
sha256sum --quiet -c SHA256SUMS
openssl pkeyutl -verify -rawin -pubin -inkey release.pub -sigfile SHA256SUMS.sig -in SHA256SUMS > /dev/null
# every file is named, and a changed one is noticed
[ "$(ls | grep -vE '^(SHA256SUMS|SHA256SUMS\.sig|release\.pub)$')" = "$(sed 's/^[^ ]*  //' SHA256SUMS)" ]
sed 's/^./0/' SHA256SUMS > "$work/changed"
if openssl pkeyutl -verify -rawin -pubin -inkey release.pub -sigfile SHA256SUMS.sig -in "$work/changed" > /dev/null; then
	echo "a changed list of sums has a good signature"
	exit 1
fi

heading "version"
for deb in *.deb; do
	[ "$(dpkg-deb -f "$deb" Version)" = "$VERSION" ]
done
tar -xzOf "unpilot-$VERSION.tar.gz" "unpilot-$VERSION/partner/doc/CHANGELOG.md" | grep "^## $VERSION\$" > /dev/null
for sbom in *.spdx.json; do
	jq -e --arg version "$VERSION" '.spdxVersion == "SPDX-2.3" and any(.packages[]; .name == "unpilot" and .versionInfo == $version)' "$sbom" > /dev/null
done
ls -l
