# Tests the container image: builds it twice and compares the bytes, looks at its content, then plays nights in it as the manifests in
# partner/dist/examples start it: read-only root, no capabilities, unprivileged user, volumes as the kubelet lays them. The practice
# service runs outside, on loopback. Run by "make image-test", which sets B and VERSION; as root, with a network.
# IMAGE=FILE tests that archive instead of building two.
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/unpilot-image.XXXXXX")
examples=$PWD/partner/dist/examples
service=

finish() {
	[ -z "$service" ] || kill "$service" 2>/dev/null || true
	p rm -f -a > /dev/null 2>&1 || true
	p volume rm -a -f > /dev/null 2>&1 || true
	rm -rf --one-file-system "$work"
}
trap finish EXIT
heading() { echo "== $*"; }
fail() { echo "failed: $*" >&2; exit 1; }

# A storage of its own: no image or container of the machine is touched. runc also runs on machines whose control groups crun refuses.
cat > "$work/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
volume_path = "$work/volumes"
END
p() {
	CONTAINERS_CONF=$work/containers.conf podman --root "$work/storage" --runroot "$work/run" --tmpdir "$work/tmp" --storage-driver vfs "$@"
}

commit=
if [ -z "${IMAGE:-}" ]; then
	commit=$(git rev-parse HEAD)
	heading "two builds have the same bytes"
	for n in a b; do
		make -s B="$work/$n" image
	done
	cmp "$work/a/unpilot-$VERSION-image.tar" "$work/b/unpilot-$VERSION-image.tar"
	cmp "$work/a/unpilot-$VERSION-image.spdx.json" "$work/b/unpilot-$VERSION-image.spdx.json"
	rm -rf "$work/b"
	IMAGE=$work/a/unpilot-$VERSION-image.tar
fi

heading "what the image is"
mkdir "$work/oci" "$work/root"
tar -xf "$IMAGE" -C "$work/oci"
blob() { echo "$work/oci/blobs/sha256/${1#sha256:}"; }
manifest=$(blob "$(jq -r '.manifests[0].digest' "$work/oci/index.json")")
config=$(blob "$(jq -r .config.digest "$manifest")")
layer=$(blob "$(jq -r '.layers[0].digest' "$manifest")")
jq -e '(.layers | length) == 1 and (.layers[0].mediaType | endswith("tar+gzip"))' "$manifest" > /dev/null
tar -xpf "$layer" -C "$work/root"
sbom=$work/root/usr/share/doc/unpilot/unpilot.spdx.json
cmp "$sbom" "${IMAGE%.tar}.spdx.json"
[ -n "$commit" ] || commit=$(jq -r '.config.Labels["org.opencontainers.image.revision"]' "$config")
jq -e --arg version "$VERSION" --arg commit "$commit" --arg sbom "sha256:$(sha256sum "$sbom" | cut -d' ' -f1)" '
	.os == "linux" and (.config |
		.User == "65532:65532" and .Entrypoint == ["/usr/bin/unpilot"] and .Cmd == ["help"] and .Volumes == {"/var/lib/unpilot": {}}
		and .Env == ["CREDENTIALS_DIRECTORY=/run/credentials"] and (.Labels |
			.["org.opencontainers.image.title"] == "unpilot" and .["org.opencontainers.image.version"] == $version
			and .["org.opencontainers.image.revision"] == $commit and (.["org.opencontainers.image.created"] | test("Z$"))
			and .["example.unpilot.sbom"] == "/usr/share/doc/unpilot/unpilot.spdx.json" and .["example.unpilot.sbom.digest"] == $sbom))' \
	"$config" > /dev/null || { jq . "$config"; fail "configuration of the image"; }
[ "$(stat -c %s "$layer")" -lt 31457280 ] || fail "the layer is larger than 30 MiB"

heading "it holds the program, its libraries, certificates, and nothing else"
arch=$(cd "$work/root/usr/lib" && echo *-linux-*)
(cd "$work/root" && find . \( -type f -o -type l \) -printf '%P\n') | sort > "$work/files"
grep -vE "^(usr/bin/unpilot|usr/lib(64)?/ld-linux-[^/]*|usr/lib/$arch/(ld-linux-[^/]*|lib[^/]*\.so[.0-9]*)|usr/lib/$arch/gconv/.*|usr/lib/ssl/cert\.pem|lib|lib64|\
etc/(passwd|group|nsswitch\.conf|os-release)|usr/lib/os-release|etc/ssl/certs/ca-certificates\.crt|usr/share/common-licenses/[^/]*|\
usr/share/unpilot/profiles/[^/]*\.conf|usr/share/doc/unpilot/unpilot\.spdx\.json|usr/share/doc/[^/]*/copyright|var/lib/dpkg/status\.d/[^/]*)\$" "$work/files" &&
	fail "unexpected files"
[ "$(find "$work/root" -type f -perm /111 -path '*/bin/*' -printf '%P\n')" = usr/bin/unpilot ] || fail "another program"
[ -z "$(find "$work/root" -perm /6022 ! -type l)" ] || fail "files that others may write, or that change the user"
[ -z "$(find "$work/root" -mindepth 1 -newermt "@$(git log -1 --format=%ct "$commit")")" ] || fail "files that are newer than the commit"
diff <(cd "$work/root" && find . \( -uid 65532 -o -gid 65532 \) -printf '%P %m %U:%G\n' | sort) - <<'END'
var/lib/unpilot 750 65532:65532
var/lib/unpilot/handoff 750 65532:65532
var/lib/unpilot/spool 750 65532:65532
END
# SBOM, licences and the scanners' list name the same packages.
jq -r '.packages[].name' "$sbom" | sort | diff - <(ls "$work/root/usr/share/doc" | sort)
jq -r '.packages[].name' "$sbom" | grep -vx unpilot | sort | diff - <(ls "$work/root/var/lib/dpkg/status.d" | sort)
jq -e --arg program "$(sha256sum "$work/root/usr/bin/unpilot" | cut -d' ' -f1)" '
	.packages[0].checksums[0].checksumValue == $program and ([.packages[].name] | contains(["ca-certificates", "libc6", "libcurl4t64", "libssl3t64"]))
	and ([.packages[].SPDXID] | length == (unique | length)) and ([.relationships[].relatedSpdxElement] - [.packages[].SPDXID] == [])' "$sbom" > /dev/null
ln -s "$work/root/usr/bin" "$work/bin"
chroot "$work/root" /usr/bin/unpilot --version

heading "the practice service"
p load -q -i "$IMAGE" > /dev/null
image=$(p images -q --no-trunc | sed -n 1p)
"$B/unpilot-sandbox" --quiet --dir "$work/sb" --port 0 --registry samples/registry.csv --log "$work/service.log" --latency 300 &
service=$!
for _ in $(seq 200); do [ ! -e "$work/sb/port" ] || break; sleep 0.1; done
url=$(sed -n 's/^url = \(https.*\)/\1/p' "$work/sb/unpilot.conf")

# projected NAME FILE=SOURCE...: lays a volume as the kubelet does: the files lie in a folder beside, behind links.
projected() {
	local to=$work/k8s/$1 pair
	mkdir -p "$to/..2026_11_29"
	ln -s ..2026_11_29 "$to/..data"
	shift
	for pair; do
		cp "${pair#*=}" "$to/..data/${pair%%=*}"
		ln -s "..data/${pair%%=*}" "$to/${pair%%=*}"
	done
}

# started MANIFEST JOB CONTAINER FOLDER [OPTION...] [-- ARGUMENT...]: runs a container of a manifest, with other arguments if some are given.
started() {
	local manifest=$1 flags=() line args=() seen=
	mapfile -t lines < <(/usr/bin/python3 tests/package/container.py flags "$examples/$1" "$2" "$3" "$4")
	shift 4
	for line in "${lines[@]}"; do
		if [ "$line" = IMAGE ]; then seen=yes
		elif [ -n "$seen" ]; then args+=("$line")
		else flags+=("$line"); fi
	done
	while [ $# -gt 0 ] && [ "$1" != -- ]; do flags+=("$1"); shift; done
	[ $# -eq 0 ] || { shift; args=("$@"); }
	p run --rm --network=host --pull=never "${flags[@]}" "$image" "${args[@]}"
}
code_of() { code=0; "$@" || code=$?; }
night() { started kubernetes-cronjob.yaml unpilot unpilot "$work/k8s" "$@"; }
put() { install -m 644 -g 65532 "$1" "$work/k8s/unpilot-spool/incoming/$2"; }

heading "Kubernetes: set up"
/usr/bin/python3 tests/package/container.py config "$examples/kubernetes-cronjob.yaml" > "$work/unpilot.conf"
sed -i "s,^url = .*,url = $url\nca-file = ca.pem\npoll-interval = 1s," "$work/unpilot.conf"
printf 'settle = 0s\n[lists]\nencoding = WINDOWS-1250\n[limits]\nmax-fail-percent = 100\n' >> "$work/unpilot.conf"
projected config unpilot.conf="$work/unpilot.conf" ca.pem="$work/sb/ca.pem"
projected secret tls.crt="$work/sb/client.pem" tls.key="$work/sb/client.key"
chgrp -R 65532 "$work/k8s"
chmod 440 "$work/k8s/secret/..data"/*
for claim in unpilot-ledger unpilot-spool unpilot-handoff; do
	install -d -m 2775 -g 65532 "$work/k8s/$claim"
done
# Without a ledger the night fails, and creates none.
code_of night 2> "$work/no-ledger"
[ "$code" -eq 2 ] && grep -q 'unpilot init' "$work/no-ledger" || fail "a night without a ledger: $code"
[ ! -e "$work/k8s/unpilot-ledger/ledger.db" ]
started kubernetes-cronjob.yaml unpilot-setup init "$work/k8s"
started kubernetes-cronjob.yaml unpilot-setup unpilot "$work/k8s"
[ "$(stat -c '%a %u' "$work/k8s/unpilot-ledger/ledger.db")" = '600 65532' ]

heading "Kubernetes: a night, and what its process may do"
put samples/lists/returns.csv returns.csv
code_of night --name night --detach > /dev/null
[ "$code" -eq 0 ]
pid=$(p inspect -f '{{.State.Pid}}' night)
until grep -q ^submit "$work/service.log"; do sleep 0.05; done
diff <(sed -nE 's/^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):[[:space:]]*/\1 /p' "/proc/$pid/status" | tr '\t' ' ' | sed 's/ *$//') - <<'END'
Uid 65532 65532 65532 65532
Gid 65532 65532 65532 65532
Groups 65532
CapInh 0000000000000000
CapPrm 0000000000000000
CapEff 0000000000000000
CapBnd 0000000000000000
CapAmb 0000000000000000
NoNewPrivs 1
Seccomp 2
END
awk '$5 == "/" { root = $6 } END { exit root !~ /^ro(,|$)/ }' "/proc/$pid/mountinfo" || fail "the root can be written"
[ "$(p wait night)" -eq 1 ] || fail "the night"
run=$(basename "$(echo "$work"/k8s/unpilot-handoff/2*)")
ls "$work/k8s/unpilot-handoff/$run/contoso/index.html" "$work/k8s/unpilot-spool/done/$run.1.returns.csv"
night -- verify "/var/lib/unpilot/handoff/$run/contoso"
# The pod that replaces the one that ended with 1 finds nothing to do. Then the job is complete.
night
started kubernetes-cronjob.yaml unpilot-resume unpilot "$work/k8s"

heading "Kubernetes: a stopped night is resumed; a list in another encoding"
printf 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Name\nFB-1002,,Fabrikam,Book 14,lodz,Fabryka Łódź\n' |
	iconv -t WINDOWS-1250 > "$work/second.csv"
put "$work/second.csv" second.csv
: > "$work/service.log"
night --name stopped --detach -- run --quiet --again --moved > /dev/null
until grep -q ^submit "$work/service.log"; do sleep 0.05; done
p kill --signal TERM stopped > /dev/null
code=$(p wait stopped)
[ "$code" -eq 143 ] || fail "a stopped night ended with $code"
code_of started kubernetes-cronjob.yaml unpilot-resume unpilot "$work/k8s"
[ "$code" -le 1 ] || fail "the resumed night ended with $code"
grep -q 'Fabryka Łódź' "$work"/k8s/unpilot-handoff/*/lodz/index.html || fail "the name in another encoding: $(head -c 400 "$work"/k8s/unpilot-handoff/*/lodz/handoff.json)"

heading "nothing outside of the volumes can be written"
for place in /log /etc/unpilot/log /run/log /run/credentials/log /tmp/log /usr/lib/log /dev/log /var/lib/log; do
	code_of night -- status --log-file "$place" > "$work/refused" 2>&1
	[ "$code" -ne 0 ] && grep -qE 'Read-only file system|No such file or directory|Permission denied' "$work/refused" || fail "$place was written"
done
[ -z "$(find "$work/k8s/config" "$work/k8s/secret" -newer "$work/second.csv")" ] || fail "configuration or secrets changed"
code_of p run --rm --network=host --entrypoint /bin/sh "$image" -c true > "$work/shell" 2>&1
[ "$code" -eq 127 ] || fail "there is a shell"

heading "the issuers of the system are known, and the practice service is none of them"
sed -i '/^ca-file/d' "$work/k8s/config/..data/unpilot.conf"
code_of night -- doctor > "$work/doctor"
[ "$code" -ne 0 ] && grep -q 'unable to get local issuer certificate' "$work/doctor" || { cat "$work/doctor"; fail "doctor without ca-file: $code"; }

heading "Compose: set up and a night"
mkdir "$work/compose"
install -d -m 700 -o 65532 -g 65532 "$work/compose/spool" "$work/compose/handoff"
install -m 400 -o 65532 -g 65532 "$work/sb/client.pem" "$work/sb/client.key" "$work/compose"
sed 's/tls\.crt/client.pem/; s/tls\.key/client.key/; s,^ca-file.*,ca-file = /var/lib/unpilot/spool/ca.pem,' "$work/unpilot.conf" > "$work/compose/unpilot.conf"
install -m 644 "$work/sb/ca.pem" "$work/compose/spool"
composed() { started compose.yaml - unpilot "$work/compose" "$@"; }
composed -- init -q
composed -- doctor > "$work/doctor" || { cat "$work/doctor"; fail doctor; }
install -m 644 samples/lists/returns.csv "$work/compose/spool/incoming"
code_of composed
[ "$code" -eq 1 ] || fail "the night of Compose ended with $code"
ls "$work"/compose/handoff/*/contoso/index.html "$work"/compose/spool/done/*.1.returns.csv
composed

kill "$service"
wait "$service" || true
service=
heading "the image passes: $(stat -c %s "$layer") bytes compressed, $(jq '[.packages[]] | length - 1' "$sbom") packages of Debian, $(wc -l < "$work/files") files"
