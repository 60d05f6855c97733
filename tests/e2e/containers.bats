# The samples for Kubernetes and Compose agree with the program and its manual. "make manifests" compares them with their schemas, and
# "make image-test" starts them.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	EXAMPLES=$TESTS/../partner/dist/examples
	KUBERNETES=$EXAMPLES/kubernetes-cronjob.yaml COMPOSE=$EXAMPLES/compose.yaml
}

manifest() { /usr/bin/python3 "$TESTS/package/container.py" "$@"; }

# The containers of both samples: JOB CONTAINER FILE
containers() {
	printf '%s\n' "unpilot unpilot $KUBERNETES" "unpilot-resume unpilot $KUBERNETES" "unpilot-setup init $KUBERNETES" \
		"unpilot-setup unpilot $KUBERNETES" "- unpilot $COMPOSE"
}

@test "containers: read-only root, no capabilities, no new privileges, an unprivileged user, limited memory" {
	local job container file flag
	containers | while read -r job container file; do
		manifest flags "$file" "$job" "$container" /volumes > "$BATS_TEST_TMPDIR/flags"
		for flag in --read-only --cap-drop=all --security-opt=no-new-privileges --user=65532:65532 --memory=512m; do
			grep -qx -e "$flag" "$BATS_TEST_TMPDIR/flags" || { echo "$file: $job $container lacks $flag"; return 1; }
		done
		grep -q ':/var/lib/unpilot/spool' "$BATS_TEST_TMPDIR/flags"
	done
	# the words that container.py does not translate
	[ "$(grep -cE '^ +runAsNonRoot: true' "$KUBERNETES")" -eq 1 ]
	grep -q 'seccompProfile: {type: RuntimeDefault}' "$KUBERNETES"
	grep -q 'automountServiceAccountToken: false' "$KUBERNETES"
}

@test "containers: the program takes their arguments and their configuration; a key that the group may read, behind links, is granted" {
	local job container file conf=$BATS_TEST_TMPDIR/k8s/unpilot.conf credentials=$BATS_TEST_TMPDIR/k8s/credentials
	start_service "$TESTS/../samples/registry.csv"
	# as the kubelet lays a secret for a user that is not root
	mkdir -p "$credentials/..2026" "$BATS_TEST_TMPDIR/spool"
	install -m 440 "$D/client.pem" "$credentials/..2026/tls.crt"
	install -m 440 "$D/client.key" "$credentials/..2026/tls.key"
	ln -s ..2026 "$credentials/..data"
	ln -s ..data/tls.crt ..data/tls.key "$credentials"
	manifest config "$KUBERNETES" | sed "s,^url = .*,$(grep '^url = https' "$CONF")\nca-file = $D/ca.pem\npoll-interval = 20ms,
		s,/var/lib/unpilot,$BATS_TEST_TMPDIR," > "$conf"
	printf 'settle = 0s\n[ledger]\nurl = sqlite:%s/ledger.db\n[handoff]\ndirectory = %s/handoff\n[limits]\nmax-fail-percent = 100\n' \
		"$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" >> "$conf"
	export CREDENTIALS_DIRECTORY=$credentials
	for job in unpilot-setup/init unpilot-setup/unpilot; do
		mapfile -t args < <(manifest flags "$KUBERNETES" "${job%/*}" "${job#*/}" / | sed '1,/^IMAGE$/d')
		"$UNPILOT" -c "$conf" "${args[@]}"
	done
	"$UNPILOT" -c "$conf" doctor --offline | grep -F '1 file, 1 of them in $CREDENTIALS_DIRECTORY, whose modes are not checked'
	cp "$TESTS/../samples/lists/returns.csv" "$BATS_TEST_TMPDIR/spool/incoming"
	mapfile -t args < <(manifest flags "$KUBERNETES" unpilot unpilot / | sed '1,/^IMAGE$/d')
	run "$UNPILOT" -c "$conf" "${args[@]}"
	[ "$status" -eq 1 ] || { echo "$output"; return 1; }
	# After an ordinary night the next pod ends with 0, so that the job completes.
	"$UNPILOT" -c "$conf" "${args[@]}"
	containers | while read -r job container file; do
		mapfile -t args < <(manifest flags "$file" "$job" "$container" / | sed '1,/^IMAGE$/d')
		[ "${args[0]}" != init ] || continue
		"$UNPILOT" -c "$conf" "${args[@]}" > "$BATS_TEST_TMPDIR/said" || { echo "$? ${args[*]}"; cat "$BATS_TEST_TMPDIR/said"; return 1; }
	done
	# elsewhere such a key is refused
	unset CREDENTIALS_DIRECTORY
	sed -i "s,^key = .*,key = $credentials/tls.key,; s,^certificate = .*,certificate = $credentials/tls.crt," "$conf"
	run "$UNPILOT" -c "$conf" run
	[ "$status" -eq 2 ]
	[[ $output == *"others can read this secret (mode 0440)"* ]]
}

@test "containers: the policies name every exit code of the manual" {
	sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \(.*\)$/\1/p' "$TESTS/../partner/man/unpilot.1" | tr -cs '0-9' '\n' | grep -vx -e 0 -e 130 -e 143 -e '' |
		sort -n > "$BATS_TEST_TMPDIR/manual"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/manual")" -ge 9 ]
	for job in unpilot unpilot-resume; do
		manifest codes "$KUBERNETES" | sed -n "s/^$job [A-Za-z]* //p" | tr ' ' '\n' | sort -n | diff "$BATS_TEST_TMPDIR/manual" -
		[ "$(manifest codes "$KUBERNETES" | grep "^$job Ignore")" = "$job Ignore 1" ]
	done
}

@test "containers: a job has time to wait, to send, and to finish requests and packs" {
	manifest limits "$KUBERNETES" > "$BATS_TEST_TMPDIR/limits"
	diff "$BATS_TEST_TMPDIR/limits" - <<-END
		unpilot deadline 12600 needs 10800
		unpilot-resume deadline 16200 needs 14400
	END
	awk '$3 < $5 + 1200 { exit 1 }' "$BATS_TEST_TMPDIR/limits"
}

@test "containers: the samples name the image of this version" {
	local version
	version=$("$UNPILOT" --version | cut -d' ' -f2)
	[ "$(grep -hE '^ +image: ' "$KUBERNETES" "$COMPOSE" | sort -u)" ]
	for file in "$KUBERNETES" "$COMPOSE"; do
		grep -qE "^ +image: registry\.example/unpilot:$version\$" "$file"
		[ "$(grep -cE 'image: ' "$file")" -eq 1 ]
	done
}
