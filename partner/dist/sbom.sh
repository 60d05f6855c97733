#!/bin/sh
# sbom.sh BINARY VERSION [PACKAGE...]: lists the Debian packages of the libraries that the program links, and further packages that lie
# beside it, as SPDX 2.3 JSON. The licences come from the packages' copyright files ("Files: *").
set -eu
binary=$1 version=$2
shift 2
digest=$(sha256sum "$binary" | cut -d' ' -f1)
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" +%Y-%m-%dT%H:%M:%SZ)
needed=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')

# Translates Debian's name of a licence into SPDX's. If SPDX has none, makes one up.
spdx() {
	for word in $1; do
		case $word in
		and) printf ' AND ' ;;
		or) printf ' OR ' ;;
		Expat | MIT*) printf MIT ;;
		Apache-2.0 | BSD-2-Clause | BSD-3-Clause | ISC | Zlib | curl) printf %s "$word" ;;
		BSD-2-clause) printf BSD-2-Clause ;;
		BSD-3-clause) printf BSD-3-Clause ;;
		GPL-[23] | LGPL-[23] | LGPL-2.1) printf '%s-only' "$(full "$word")" ;;
		GPL-[23]+ | LGPL-[23]+ | LGPL-2.1+ | LGPL-3.0+) printf '%s-or-later' "$(full "${word%+}")" ;;
		*) printf 'LicenseRef-Debian-%s' "$(printf %s "$word" | tr -c 'A-Za-z0-9.-' -)" ;;
		esac
	done
}
full() { case $1 in *.*) printf %s "$1" ;; *) printf %s.0 "$1" ;; esac; }

licence() { # PACKAGE
	name=$(sed -n '/^Files: *\*/,/^$/s/^License: *//p' "/usr/share/doc/$1/copyright" 2>/dev/null | head -n 1 | tr -d ',')
	[ -n "$name" ] && spdx "$name" || printf NOASSERTION
}

entry() { # PACKAGE HOW
	printf '%s\t%s\t%s\t%s\n' "$1" "$(dpkg-query -W -f '${Version}\n' "$1" | head -n 1)" "$(licence "$1")" "$2"
}

libraries() {
	ldd "$binary" | sed -n 's/^\t\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p; s/^\t\(\/[^ ]*\) .*/\1 \1/p' | while read -r name path; do
		found=$(dpkg-query -S "$(realpath "$path")" "$path" 2>/dev/null | grep -v '^diversion ' | head -n 1)
		[ -n "$found" ] || { echo "$path belongs to no package" >&2; exit 1; }
		package=${found%%:*}
		how=DEPENDS_ON
		! printf '%s\n' "$needed" | grep -Fqx "$name" || how=DYNAMIC_LINK
		entry "$package" "$how"
	done
}

# PACKAGE VERSION LICENCE HOW, tab-separated, one a package
packages() {
	{
		libraries
		for package; do entry "$package" DEPENDS_ON; done
	} | sort -t "$(printf '\t')" -k1,1 -k4,4r | awk -F '\t' '!seen[$1]++'
}

list=$(packages "$@")
# The name of the document changes with everything that it says.
name=$(printf '%s\n' "$digest" "$list" | sha256sum | cut -d' ' -f1)
printf '%s\n' "$list" | jq -Rn --arg name "$(basename "$binary")" --arg version "$version" --arg digest "$digest" \
	--arg created "$created" --arg unique "$name" '
	[inputs | split("\t") | {name: .[0], version: .[1], licence: .[2], how: .[3],
		id: ("SPDXRef-" + (.[0] | gsub("[^A-Za-z0-9.-]"; "-")))}] as $libraries |
	{spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
	name: ($name + "-" + $version),
	documentNamespace: ("https://unpilot.example/spdx/" + $name + "-" + $version + "-" + $unique),
	creationInfo: {created: $created, creators: ["Tool: sbom.sh"]},
	packages: ([{SPDXID: "SPDXRef-program", name: $name, versionInfo: $version, downloadLocation: "NOASSERTION",
		filesAnalyzed: false, checksums: [{algorithm: "SHA256", checksumValue: $digest}],
		licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION"}] +
		[$libraries[] | {SPDXID: .id, name: .name, versionInfo: .version, supplier: "Organization: Debian",
		downloadLocation: "NOASSERTION", filesAnalyzed: false, licenseConcluded: "NOASSERTION",
		licenseDeclared: .licence, licenseComments: "of the source package; parts may differ, see its copyright file",
		copyrightText: "NOASSERTION",
		externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
			referenceLocator: ("pkg:deb/debian/" + (.name | @uri) + "@" + (.version | @uri))}]}]),
	hasExtractedLicensingInfos: ([$libraries[] | .name as $package | .licence | scan("LicenseRef-[A-Za-z0-9.-]+") |
		{licenseId: ., extractedText: ("See /usr/share/doc/" + $package + "/copyright")}] | unique_by(.licenseId)),
	relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
		relatedSpdxElement: "SPDXRef-program"}] +
		[$libraries[] | {spdxElementId: "SPDXRef-program", relationshipType: .how, relatedSpdxElement: .id}])}'
