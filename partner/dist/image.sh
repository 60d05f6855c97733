#!/bin/sh
# image.sh OUT VERSION DEPS: makes OUT/unpilot-VERSION-image.tar, an OCI archive of the committed tree on Debian 13, and its SBOM beside it.
# All files have the time of the commit, so that two builds with the same packages give the same bytes. DEPS: the packages that building
# needs. MIRROR, SECURITY: where Debian's packages come from, if not from debootstrap's own choice. As root, with a network.
set -eu
out=$(realpath -m "$1") version=$2 deps=$3
work=$out/image
archive=$out/unpilot-$version-image.tar
sbom=$out/unpilot-$version-image.spdx.json
suite=trixie
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# A storage of its own: no image of the machine is touched. vfs works on every file system.
b() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
in_builder() { b run --isolation chroot --env DEBIAN_FRONTEND=noninteractive --env LC_ALL=C --env SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" builder -- "$@"; }
run_logged() { "$@" >> "$out/image.log" 2>&1 || { tail -n 50 "$out/image.log" >&2; exit 1; }; }

rm -rf "$work" "$archive" "$sbom"
mkdir -p "$work"
: > "$out/image.log"
trap 'b rm -a > /dev/null 2>&1 || true; rm -rf --one-file-system "$work"' EXIT

# The program is built in a Debian of its own. Only the files that it needs go on.
b from --name builder scratch > /dev/null
root=$(b mount builder)
run_logged debootstrap --variant=minbase $suite "$root" ${MIRROR:+"$MIRROR"}
mirror=$(awk '$1 == "deb" { print $2; exit }' "$root/etc/apt/sources.list")
security=${SECURITY:-${mirror%/*}/debian-security}
cat > "$root/etc/apt/sources.list" <<END
deb $mirror $suite main
deb $mirror $suite-updates main
deb $security $suite-security main
END
run_logged in_builder sh -c 'apt-get update -q && apt-get upgrade -y -q'
mkdir "$root/src"
git archive HEAD | tar -x -C "$root/src"
run_logged in_builder sh -c 'cd /src && exec sh partner/dist/image-tree.sh /tree "$@"' image-tree.sh "$version" "$deps ca-certificates jq"
cp "$root/tree/usr/share/doc/unpilot/unpilot.spdx.json" "$sbom"

b from --name image scratch > /dev/null
cp -a "$root/tree/." "$(b mount image)"
b config --user 65532:65532 --workingdir /var/lib/unpilot --volume /var/lib/unpilot --env CREDENTIALS_DIRECTORY=/run/credentials \
	--entrypoint '["/usr/bin/unpilot"]' --cmd help --stop-signal SIGTERM --created-by "image.sh" \
	--label org.opencontainers.image.title=unpilot \
	--label "org.opencontainers.image.description=Deregisters Windows devices from Windows Autopilot by list" \
	--label "org.opencontainers.image.version=$version" \
	--label "org.opencontainers.image.revision=$commit" \
	--label "org.opencontainers.image.created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
	--label example.unpilot.sbom=/usr/share/doc/unpilot/unpilot.spdx.json \
	--label "example.unpilot.sbom.digest=sha256:$(sha256sum "$sbom" | cut -d' ' -f1)" image
run_logged b commit -q --format oci --disable-compression=false --identity-label=false --timestamp "$SOURCE_DATE_EPOCH" image "oci:$work/oci:$version"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=a=rX,u+w --format=ustar \
	-C "$work/oci" -cf "$archive" blobs index.json oci-layout
echo "$archive: $(stat -c %s "$archive") bytes, $(jq -r '.manifests[0].digest' "$work/oci/index.json")"
