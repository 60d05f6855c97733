#!/bin/sh
# image-tree.sh TREE VERSION DEPS: builds the program and lays the files of its container image in TREE. Runs in the build container of
# image.sh, in the folder of the sources, with SOURCE_DATE_EPOCH.
set -eu
tree=$1 version=$2 deps=$3
user=65532
packages=$tree.packages

sh tests/deps.sh "$deps"
make -s -j"$(nproc)" build/unpilot

# keep FILE: copies a file of a package, with the links that lead to it, and notes the package.
keep() {
	file=$(realpath "$(dirname "$1")")/${1##*/}
	owner=$(dpkg-query -S "$1" "$file" 2>/dev/null | grep -v '^diversion ' | head -n 1)
	[ -n "$owner" ] || { echo "$file belongs to no package" >&2; exit 1; }
	echo "${owner%%:*}" >> "$packages"
	while [ -L "$file" ]; do
		mkdir -p "$tree${file%/*}"
		cp -P "$file" "$tree$file"
		to=$(readlink "$file")
		case $to in /*) ;; *) to=${file%/*}/$to ;; esac
		file=$(realpath "$(dirname "$to")")/${to##*/}
	done
	mkdir -p "$tree${file%/*}"
	cp -R "$file" "$tree${file%/*}"
}

umask 022
mkdir -p "$tree"
: > "$packages"
for link in lib lib64; do
	[ ! -L "/$link" ] || cp -P "/$link" "$tree"
done
install -D -s -m 755 build/unpilot "$tree/usr/bin/unpilot"
for file in $(ldd build/unpilot | sed -n 's/^\t[^ ]* => \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p'); do
	keep "$file"
done
# The C library loads these when a list has another encoding than UTF-8.
keep "$(dirname "$(ldd build/unpilot | sed -n 's/.* => \(.*\/libc\.so\.6\) .*/\1/p')")/gconv"
# OpenSSL has no other default for the certificates of issuers; libpq asks it for them.
mkdir -p "$tree/etc/ssl/certs" "$tree/usr/lib/ssl"
cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs"
ln -s /etc/ssl/certs/ca-certificates.crt "$tree/usr/lib/ssl/cert.pem"
echo ca-certificates >> "$packages"
# Scanners look here for the name of the system. The copyright files refer to the texts of licences.
keep /usr/lib/os-release
keep /usr/share/common-licenses
cp -P /etc/os-release "$tree/etc"

printf 'root:x:0:0:root:/:/nonexistent\nunpilot:x:%s:%s:unpilot:/var/lib/unpilot:/nonexistent\n' $user $user > "$tree/etc/passwd"
printf 'root:x:0:\nunpilot:x:%s:\n' $user > "$tree/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' > "$tree/etc/nsswitch.conf"
# Places for mounts: what the run-time brings, configuration, secrets, state.
mkdir -p "$tree/dev" "$tree/proc" "$tree/sys" "$tree/etc/unpilot" "$tree/run/credentials"
for dir in unpilot unpilot/handoff unpilot/spool; do
	install -d -m 750 -o $user -g $user "$tree/var/lib/$dir"
done
mkdir -p "$tree/usr/share/unpilot/profiles" "$tree/usr/share/doc/unpilot" "$tree/var/lib/dpkg/status.d"
install -m 644 samples/profiles/*.conf "$tree/usr/share/unpilot/profiles"
install -m 644 partner/dist/debian/copyright "$tree/usr/share/doc/unpilot"

sort -u -o "$packages" "$packages"
# Scanners look for packages in status.d.
while read -r package; do
	mkdir -p "$tree/usr/share/doc/$package"
	cp -L "/usr/share/doc/$package/copyright" "$tree/usr/share/doc/$package"
	dpkg-query -s "$package" > "$tree/var/lib/dpkg/status.d/$package"
done < "$packages"
# shellcheck disable=SC2046 # a list of words
sh partner/dist/sbom.sh "$tree/usr/bin/unpilot" "$version" $(cat "$packages") > "$tree/usr/share/doc/unpilot/unpilot.spdx.json"
