# release.sh OUT VERSION KEY: makes in OUT what a release of the last commit consists of: the source archive, the package and its SBOM
# for each Debian of SUITES, the container image and its SBOM, SHA256SUMS, and its signature by KEY (Ed25519, PEM). Two releases of one
# commit with one key have the same bytes. B keeps downloaded packages. As root, with a network.
set -euo pipefail
out=$(realpath -m "$1") version=$2 key=$3
SUITES=${SUITES:-bookworm trixie}
. partner/dist/root.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-release.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

# in_suite SUITE: the package of a Debian is built in that Debian.
in_suite() {
	local root=$work/$1
	make_root "$1" "$root"
	git clone -q --no-hardlinks . "$root/root/unpilot"
	in_root "$root" sh -ec 'exec > /root/log 2>&1
		cd /root/unpilot; [ -x /usr/bin/make ] || { apt-get update; apt-get install -y --no-install-recommends make; }
		make deb; make -j2 sbom' || { tail -n 30 "$root/root/log"; return 1; }
	cp "$root/root/unpilot/build/unpilot_${version}_amd64.deb" "$out/unpilot_${version}_amd64.$1.deb"
	cp "$root/root/unpilot/build/unpilot.spdx.json" "$out/unpilot-$version.$1.spdx.json"
	rm -rf --one-file-system "$root"
}

bash tests/lint/version.sh
rm -rf "$out"
mkdir -p "$out"
make -s B="$work/build" dist image > "$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
cp "$work/build/unpilot-$version"* "$out"
for suite in $SUITES; do
	in_suite "$suite"
done
cd "$out"
sha256sum unpilot* > SHA256SUMS
openssl pkeyutl -sign -rawin -inkey "$key" -in SHA256SUMS -out SHA256SUMS.sig
openssl pkey -in "$key" -pubout -out release.pub
