bats_require_minimum_version 1.5.0
load helpers

# make_signer NAME [OPTION...]: a certificate and key beside the configuration.
make_signer() {
	local name=$1
	shift
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -days 2 \
		-keyout "$D/$name.key" -out "$D/$name.pem" "$@" 2>/dev/null
	chmod 600 "$D/$name.key"
}

sign_with() {
	make_signer "$1"
	configure handoff sign-certificate "$D/$1.pem"
	configure handoff sign-key "$D/$1.key"
}

# A run whose packs are signed; sets PACK.
signed_run() {
	start_service samples/registry.csv
	sign_with Fabrikam
	unpilot run -q samples/lists/returns.csv || true
	PACK=$(run_dir)contoso
}

@test "every pack has a manifest that sha256sum agrees with; without a key it is not signed" {
	start_service samples/registry.csv
	unpilot run -q samples/lists/returns.csv || true
	for pack in "$(run_dir)"*/; do
		(cd "$pack" && sha256sum --quiet -c manifest.sha256)
		[ "$(ls -A "$pack" | grep -vc '^manifest')" -eq "$(grep -c . "$pack/manifest.sha256")" ]
		[ ! -e "$pack/manifest.p7s" ]
		run -0 "$UNPILOT" verify "$pack"
		[[ "$output" == *"not signed"* ]]
	done
}

@test "a signed pack: openssl cms agrees, verify names signer and time" {
	signed_run
	(cd "$PACK" && openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.sha256 \
		-CAfile "$D/Fabrikam.pem" -out /dev/null)
	run -0 --separate-stderr "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"signed by CN=Fabrikam at 20"*"Z: holds, trusted"* ]]
	[ -z "$stderr" ]
	run -0 --separate-stderr "$UNPILOT" verify --json --signer "$D/Fabrikam.pem" "$PACK"
	[ "$(jq -rc '[.type, .faults, .signature, .signer, .exit_code] | join(" ")' <<< "$output")" = \
		"verify 0 trusted CN=Fabrikam 0" ]
	# by the configuration's certificate, and by nobody's
	run -0 unpilot verify "$PACK"
	[[ "$output" == *"holds, trusted"* ]]
	run -0 "$UNPILOT" verify "$PACK"
	[[ "$output" == *"nobody vouches"* ]]
}

@test "verify names the file that differs, is missing or was added, and a wrong signer" {
	signed_run
	printf 'x' | dd of="$PACK/index.html" bs=1 seek=100 conv=notrunc status=none
	rm "$PACK/devices.csv"
	: > "$PACK/added.txt"
	run -1 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"index.html: differs"* && "$output" == *"devices.csv: missing"* ]]
	[[ "$output" == *"added.txt: extra"* && "$output" == *"holds, trusted"* ]]
	unpilot report -q
	run -0 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	rm "$PACK/added.txt"
	unpilot report -q
	make_signer Contoso
	run -1 "$UNPILOT" verify --signer "$D/Contoso.pem" "$PACK"
	[[ "$output" == *"signature does not hold"* ]]
	# a manifest made anew does not help
	echo tampered > "$PACK/mail.txt"
	(cd "$PACK" && sha256sum -- [!m]* mail.txt | LC_ALL=C sort -k2 > manifest.sha256)
	run -1 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"signature does not hold"* ]]
	# nor does taking the signature off
	rm "$PACK/manifest.p7s"
	run -1 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$PACK"
	[[ "$output" == *"a signature was expected"* ]]
}

@test "verify: no pack, no certificate, no argument are 2" {
	start_service samples/registry.csv
	run -2 "$UNPILOT" verify "$D"
	run -2 "$UNPILOT" verify "$BATS_TEST_TMPDIR/none"
	run -2 "$UNPILOT" verify
	run -2 "$UNPILOT" verify --signer "$D/port" "$D"
}

@test "a signing key that cannot be used is 2 before anything is sent" {
	start_service samples/registry.csv
	sign_with Fabrikam
	chmod 644 "$D/Fabrikam.key"
	run -2 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"others can read this secret"* ]]
	make_signer Contoso
	configure handoff sign-key "$D/Contoso.key"
	run -2 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"does not belong"* ]]
	configure handoff sign-certificate "$D/none.pem"
	run -2 unpilot run -q samples/lists/returns.csv
	sed -i '/^sign-certificate/d' "$CONF"
	run -2 unpilot run -q samples/lists/returns.csv
	[[ "$output" == *"sign-certificate is not"* ]]
	nothing_sent
}

@test "the signing key may be one of systemd's credentials" {
	start_service samples/registry.csv
	make_signer Fabrikam
	mkdir "$D/creds"
	mv "$D/Fabrikam.key" "$D/creds/pack.key"
	chmod 440 "$D/creds/pack.key"
	configure handoff sign-certificate "$D/Fabrikam.pem"
	configure handoff sign-key pack.key
	CREDENTIALS_DIRECTORY=$D/creds unpilot run -q samples/lists/returns.csv || true
	run -0 "$UNPILOT" verify --signer "$D/Fabrikam.pem" "$(run_dir)contoso"
}
