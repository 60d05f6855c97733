# Partner Center and token end point of the practice service, tested with curl.
bats_require_minimum_version 1.5.0
load helpers

TENANT=00000000-0000-4000-8000-00000000fab0 CLIENT=00000000-0000-4000-8000-0000000000c1
CONTOSO=00000000-0000-4000-8000-00000000c001 FABRIKAM=00000000-0000-4000-8000-00000000c002
RESOURCE=https://api.partnercenter.microsoft.com
LONG='Test%20batch' SLASH='repairs%202026%2F03' PERCENT='100%25%20returned%2Bchecked'

# serve [OPTION...]: starts the service with a made-up fleet, and with the file SCENARIO if it is set.
serve() {
	sh samples/partner-center/make-fleet.sh "$BATS_TEST_TMPDIR/inventory.csv" "$BATS_TEST_TMPDIR/list.csv"
	printf '%s\n' "00000000-0000-4000-8000-00000000c009,,,,,,,,Contoso,contoso.example,none" \
		"$FABRIKAM,keep,dev-1,K-1,,Fabrikam,Book,GET PATCH,,," >> "$BATS_TEST_TMPDIR/inventory.csv"
	sed -i '1s/$/,Relationship/' "$BATS_TEST_TMPDIR/inventory.csv"
	start_service samples/registry.csv --partner-center "$BATS_TEST_TMPDIR/inventory.csv" \
		${SCENARIO:+--scenario "$SCENARIO"} "$@"
	URL=https://localhost:$(cat "$D/partner-center-port")
	TOKEN_URL=$URL/$TENANT/oauth2/v2.0/token
}

# request CURL-OPTION...: sets HTTP (status), ANSWER (file of the body) and HEADERS (file).
request() {
	ANSWER=$BATS_TEST_TMPDIR/answer HEADERS=$BATS_TEST_TMPDIR/headers
	HTTP=$(curl --silent --max-time 20 --cacert "$D/ca.pem" --output "$ANSWER" --dump-header "$HEADERS" \
		--write-out '%{http_code}' "$@")
}

# expect STATUS [JQ-FILTER...]: the last answer has this status, and all filters are true.
expect() {
	[ "$HTTP" = "$1" ] || { echo "expected $1, came $HTTP"; cat "$ANSWER"; return 1; }
	shift
	local filter
	for filter; do
		jq -e "$filter" "$ANSWER" > /dev/null || { echo "not so: $filter"; cat "$ANSWER"; return 1; }
	done
}

header() { sed -n "s/^$1: \(.*\)\r\$/\1/Ip" "$HEADERS"; }

# ask_token FIELD=VALUE...: sends to TOKEN_URL, by default to the end point v2.
ask_token() {
	local fields=() f
	for f; do fields+=(--data-urlencode "$f"); done
	request --data-urlencode "client_id=$CLIENT" "${fields[@]}" "$TOKEN_URL"
}

by_secret() { ask_token grant_type=client_credentials "client_secret=$(cat "$D/client-secret")" "scope=$RESOURCE/.default"; }

by_refresh() { # TOKEN
	ask_token grant_type=refresh_token "refresh_token=$1" "client_secret=$(cat "$D/client-secret")" \
		"scope=$RESOURCE/user_impersonation"
}

sign_in() { by_secret; expect 200; TOKEN=$(jq -r .access_token "$ANSWER"); }

url64() { base64 -w0 | tr '+/' '-_' | tr -d '='; }

# assertion [ALG [AUDIENCE [SECONDS-TO-EXP [KEY]]]]
assertion() {
	local alg=${1:-PS256} now header claims thumb pad=()
	now=$(date +%s)
	thumb=$(openssl x509 -in "$D/app.pem" -outform DER | openssl dgst -sha256 -binary | url64)
	[ "$alg" != PS256 ] || pad=(-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32)
	header=$(printf '{"alg":"%s","typ":"JWT","x5t#S256":"%s"}' "$alg" "$thumb" | url64)
	claims=$(printf '{"aud":"%s","iss":"%s","sub":"%s","jti":"%s","nbf":%d,"exp":%d}' "${2:-$TOKEN_URL}" \
		"$CLIENT" "$CLIENT" "$RANDOM$RANDOM$RANDOM" $((now + ${3:-120} - 300)) $((now + ${3:-120})) | url64)
	printf '%s.%s.%s' "$header" "$claims" "$(printf %s "$header.$claims" |
		openssl dgst -sha256 "${pad[@]}" -sign "${4:-$D/app.key}" -binary | url64)"
}

by_assertion() { # ASSERTION
	ask_token grant_type=client_credentials "scope=$RESOURCE/.default" "client_assertion=$1" \
		client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
}

guid() { cat /proc/sys/kernel/random/uuid; }

# api METHOD PATH [CURL-OPTION...]: PATH is below /v1/customers.
api() {
	local id=${ID:-$(guid)}
	ID=
	request --request "$1" --header "Authorization: Bearer $TOKEN" --header "MS-RequestId: $id" \
		--header "MS-CorrelationId: $(guid)" "${@:3}" "$URL/v1/customers/$2"
}

# pages PATH: sets ITEMS (all items of a list, one a line) and PAGES (number of pages).
pages() {
	local token
	ITEMS=$BATS_TEST_TMPDIR/items PAGES=0
	: > "$ITEMS"
	api GET "$1"
	while expect 200; do
		PAGES=$((PAGES + 1))
		jq -c '.items[]' "$ANSWER" >> "$ITEMS"
		token=$(jq -r '.continuationToken // (.links.next.headers[0] | select(.key == "MS-ContinuationToken").value) // ""' "$ANSWER")
		[ -n "$token" ] || return 0
		[[ "$token" == *[/+=,]* ]]
		api GET "$1" --header "MS-ContinuationToken: $token"
	done
	return 1
}

# device_of BATCH SERIAL: prints the encoded id.
device_of() {
	pages "$1/devices" || return 1
	jq -r --arg serial "$2" 'select(.serialNumber == $serial).id | @uri' "$ITEMS"
}

@test "files: a configuration with the port, secrets that others cannot read, port files" {
	serve
	grep -qx "url = $URL" "$D/partner-center.conf"
	grep -qx "authority = $URL" "$D/partner-center.conf"
	[ "$(stat -c %a "$D/client-secret" "$D/refresh-token" "$D/app.key" | sort -u)" = 600 ]
	[ "$(cat "$D/port")" != "$(cat "$D/partner-center-port")" ]
	run "$SANDBOX" --help
	for option in partner-center page-size paging disappear-after throttle token-seconds rotate-refresh-token no-mfa; do
		[[ "$output" == *"--$option"* ]]
	done
}

@test "token by secret: numbers in v2, texts in v1; wrong secret, client, tenant, scope, grant" {
	serve
	by_secret
	expect 200 '.token_type == "Bearer"' '.expires_in == 3600' 'has("refresh_token") | not' 'has("expires_on") | not'
	jq -r '.access_token | split(".")[1] | gsub("-";"+") | gsub("_";"/") | @base64d | fromjson | .tid' "$ANSWER" |
		grep -qx "$TENANT"
	TOKEN_URL=$URL/$TENANT/oauth2/token
	ask_token grant_type=client_credentials "client_secret=$(cat "$D/client-secret")" "resource=$RESOURCE"
	expect 200 '.expires_in == "3600"' '.expires_on | tonumber > 1700000000' ".resource == \"$RESOURCE\""
	TOKEN_URL=$URL/$TENANT/oauth2/v2.0/token
	ask_token grant_type=client_credentials client_secret=wrong "scope=$RESOURCE/.default"
	expect 401 '.error == "invalid_client"' '.error_codes == [7000215]' '.error_description | startswith("AADSTS7000215")'
	ask_token grant_type=client_credentials "client_secret=$(cat "$D/client-secret")" scope=https://graph.example/.default
	expect 400 '.error == "invalid_scope"'
	ask_token grant_type=password "client_secret=$(cat "$D/client-secret")"
	expect 400 '.error == "unsupported_grant_type"'
	TOKEN_URL=$URL/$CLIENT/oauth2/v2.0/token by_secret
	expect 400 '.error_codes == [90002]'
	refute grep -q "$(cat "$D/client-secret")" "$LOG"
}

@test "token by assertion: PS256 and RS256 are accepted once" {
	serve
	local one
	one=$(assertion)
	by_assertion "$one"
	expect 200 '.access_token | length > 100'
	by_assertion "$one"
	expect 401 '.error_codes == [50013]'
	by_assertion "$(assertion RS256)"
	expect 200
}

@test "token by assertion: checks signature, audience, time, thumbprint, padding and algorithm" {
	serve
	local good
	openssl genrsa -out "$BATS_TEST_TMPDIR/other.key" 2048 2> /dev/null
	by_assertion "$(assertion PS256 "$TOKEN_URL" 120 "$BATS_TEST_TMPDIR/other.key")"
	expect 401 '.error_codes == [700027]'
	by_assertion "$(assertion PS256 https://login.example/token)"
	expect 401 '.error_codes == [700023]'
	by_assertion "$(assertion PS256 "$TOKEN_URL" -100)"
	expect 401 '.error_codes == [700024]'
	good=$(assertion)
	by_assertion "$good=="
	expect 401 '.error_codes == [50027]'
	by_assertion "$(printf '{"alg":"none","x5t#S256":"%s"}' AAAA | url64).${good#*.}"
	expect 401 '.error_codes == [700027]'
	by_assertion "$good"
	expect 200
	good=$(assertion RS256)
	by_assertion "$(cut -d. -f1 <<< "$(assertion PS256)").${good#*.}"
	expect 401 '.error_codes == [700027]'
}

@test "refresh token: rotation refuses the old one; the access token contains mfa" {
	serve --rotate-refresh-token
	local first second
	first=$(cat "$D/refresh-token")
	by_refresh "$first"
	expect 200 '.access_token | split(".")[1] | gsub("-";"+") | gsub("_";"/") | @base64d | fromjson | .amr == ["pwd","mfa"]'
	second=$(jq -r .refresh_token "$ANSWER")
	[ "$first" != "$second" ]
	by_refresh "$first"
	expect 400 '.error == "invalid_grant"'
	by_refresh "$second"
	expect 200
	TOKEN=$(jq -r .access_token "$ANSWER")
	api GET "$CONTOSO" --header 'ValidateMfa: true'
	expect 200 '.relationshipToPartner == "reseller"' '.companyProfile.domain == "contoso.example"'
	[ "$(header isMfaCompliant)" = true ]
}

@test "a refresh token without MFA: every call answers 401 900421; the application without a user is accepted" {
	serve --no-mfa
	by_refresh "$(cat "$D/refresh-token")"
	expect 200 ".refresh_token == \"$(cat "$D/refresh-token")\""
	TOKEN=$(jq -r .access_token "$ANSWER")
	api GET "$CONTOSO" --header 'ValidateMfa: true'
	expect 401 '.code == "900421"'
	[ "$(header isMfaCompliant)" = false ]
	sign_in
	api GET "$CONTOSO"
	expect 200
}

@test "refuses a missing, foreign or expired token, and missing ids" {
	serve --token-seconds 0
	request --header "MS-RequestId: $(guid)" --header "MS-CorrelationId: $(guid)" "$URL/v1/customers/$CONTOSO"
	expect 401 '.code == "800001"'
	TOKEN=made-up
	api GET "$CONTOSO"
	expect 401
	sign_in
	api GET "$CONTOSO"
	expect 401
	request --header "MS-CorrelationId: $(guid)" "$URL/v1/customers/$CONTOSO"
	expect 400
	request --header "MS-RequestId: $(guid)" "$URL/v1/customers/$CONTOSO"
	expect 400
	grep -q '^REQUEST-ID MISSING: GET ' "$LOG"
	grep -q '^CORRELATION-ID MISSING: GET ' "$LOG"
}

@test "customers: unknown, invalid, without a relationship" {
	serve
	sign_in
	api GET 00000000-0000-4000-8000-00000000ffff
	expect 404 '.code == "60003"'
	api GET contoso
	expect 400 '.code == "900118"'
	api GET 00000000-0000-4000-8000-00000000c009/deviceBatches
	expect 403 '.code == "20002"'
}

@test "batches: counts, a link that is not encoded, an empty batch, pages" {
	serve --page-size 2
	sign_in
	pages "$FABRIKAM/deviceBatches"
	[ "$PAGES" -eq 2 ]
	[ "$(jq -s 'length' "$ITEMS")" -eq 4 ]
	[ "$(jq -s 'map(.devicesCount) | add' "$ITEMS")" -eq 21 ]
	jq -es 'map(.devicesLink.uri) | any(endswith("/100% returned+checked/devices"))' "$ITEMS"
	jq -es 'any(.id == "empty" and .devicesCount == 0)' "$ITEMS"
	pages "$FABRIKAM/deviceBatches/empty/devices"
	[ "$PAGES" -eq 1 ] && [ ! -s "$ITEMS" ]
}

@test "devices: pages of 100, by token and by links; every id once; a token of another list is refused" {
	serve
	sign_in
	pages "$CONTOSO/deviceBatches/$LONG/devices"
	[ "$PAGES" -eq 3 ]
	[ "$(jq -r .id "$ITEMS" | sort -u | wc -l)" -eq 250 ]
	jq -e 'has("hardwareHash") | not' "$ITEMS" > /dev/null
	local token
	api GET "$CONTOSO/deviceBatches/$LONG/devices"
	expect 200 '.totalCount == 250' '.items | length == 100'
	token=$(jq -r .continuationToken "$ANSWER")
	api GET "$CONTOSO/deviceBatches/$SLASH/devices" --header "MS-ContinuationToken: $token"
	expect 400
	teardown
	rm "$D/port"
	serve --paging links
	sign_in
	pages "$CONTOSO/deviceBatches/$LONG/devices"
	[ "$PAGES" -eq 3 ] && [ "$(wc -l < "$ITEMS")" -eq 250 ]
	api GET "$CONTOSO/deviceBatches/$LONG/devices"
	expect 200 'has("continuationToken") | not' ".links.next.uri == \"/customers/$CONTOSO/deviceBatches/Test batch/devices\""
}

@test "a list that names the same page without end" {
	serve --paging loop
	sign_in
	api GET "$CONTOSO/deviceBatches/$LONG/devices"
	local token
	token=$(jq -r .continuationToken "$ANSWER")
	api GET "$CONTOSO/deviceBatches/$LONG/devices" --header "MS-ContinuationToken: $token"
	expect 200 ".continuationToken == \"$token\""
}

@test "batch ids with a slash, a percent sign, a plus and letters: only encoded ones are found" {
	serve
	sign_in
	local batch
	for batch in "$SLASH" "$PERCENT" 'Lager%20S%C3%BCd'; do
		case $batch in repairs*) customer=$CONTOSO ;; *) customer=$FABRIKAM ;; esac
		pages "$customer/deviceBatches/$batch/devices"
		[ -s "$ITEMS" ]
	done
	api GET "$CONTOSO/deviceBatches/repairs%202026/03/devices"
	expect 404
	api GET "$FABRIKAM/deviceBatches/100%25+returned+checked/devices"
	expect 404
	api GET "$FABRIKAM/deviceBatches/100%%20returned%2Bchecked/devices"
	expect 404
}

@test "deletion: 204 and gone; unknown 404; a device that does not allow it 405" {
	serve
	sign_in
	local id
	for serial in PC-0251 PC-0252 PC-0253 PC-0254; do
		id=$(device_of "$CONTOSO/deviceBatches/$SLASH" "$serial")
		[ -n "$id" ]
		api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$id"
		expect 204
		[ ! -s "$ANSWER" ]
	done
	pages "$CONTOSO/deviceBatches/$SLASH/devices"
	[ "$(wc -l < "$ITEMS")" -eq 6 ]
	api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$id"
	expect 404 '.code == "1000"' '.description | length > 0'
	api DELETE "$FABRIKAM/deviceBatches/keep/devices/dev-1"
	expect 405
	pages "$FABRIKAM/deviceBatches/keep/devices"
	jq -e '.allowedOperations == ["GET","PATCH"]' "$ITEMS"
}

@test "MS-RequestId: the same deletion gets the same answer, another device an error" {
	serve
	sign_in
	local one two key
	one=$(device_of "$CONTOSO/deviceBatches/$SLASH" PC-0251)
	two=$(device_of "$CONTOSO/deviceBatches/$SLASH" PC-0252)
	key=$(guid)
	ID=$key; api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$one"
	expect 204
	[ "$(header MS-RequestId)" = "$key" ]
	ID=$key; api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$one"
	expect 204
	refute grep -q REUSED "$LOG"
	ID=$key; api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$two"
	expect 400
	grep -q "^REQUEST-ID REUSED: DELETE .* request=$key\$" "$LOG"
	[ -n "$(device_of "$CONTOSO/deviceBatches/$SLASH" PC-0252)" ]
}

@test "slow disappearance: a deleted device is listed and counted two more times" {
	serve --disappear-after 2
	sign_in
	local id count
	id=$(device_of "$CONTOSO/deviceBatches/$SLASH" PC-0251)
	api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$id"
	expect 204
	for count in 10 10 9 9; do
		api GET "$CONTOSO/deviceBatches"
		expect 200 ".items[] | select(.id == \"repairs 2026/03\").devicesCount == $count"
		pages "$CONTOSO/deviceBatches/$SLASH/devices"
		[ "$(wc -l < "$ITEMS")" -eq "$count" ]
	done
}

@test "throttling: 429 has its own body, and concerns one customer" {
	serve --throttle 3
	sign_in
	api GET "$CONTOSO"; expect 200
	api GET "$CONTOSO"; expect 200
	api GET "$FABRIKAM"; expect 200
	api GET "$CONTOSO"
	expect 429 '.statusCode == 429' '.message | endswith("Try again in 1 seconds.")' 'has("code") | not'
	[ "$(header Retry-After)" = 1 ]
	api GET "$CONTOSO"; expect 200
}

@test "scenario: events of Partner Center, with= a customer or a decoded batch, also with numbers" {
	SCENARIO=$BATS_TEST_TMPDIR/scenario
	printf '%s\n' "devices 1-2,with=$CONTOSO status 429 Retry-After=57" \
		'token 2 status 503' 'batches * html' 'customer 1 cut' 'delete with=2026/03 work-status 504' > "$SCENARIO"
	serve
	sign_in
	by_secret
	expect 503 '.error == "temporarily_unavailable"'
	api GET "$CONTOSO/deviceBatches/$SLASH/devices"
	expect 429 '.message | endswith("Try again in 57 seconds.")'
	api GET "$FABRIKAM/deviceBatches/empty/devices"
	expect 200
	api GET "$CONTOSO/deviceBatches/$SLASH/devices"
	expect 200
	local id key
	id=$(jq -r '.items[0].id | @uri' "$ANSWER") key=$(guid)
	api GET "$CONTOSO/deviceBatches"
	grep -q '<html>' "$ANSWER"
	ID=$key; api DELETE "$CONTOSO/deviceBatches/$SLASH/devices/$id"
	expect 504 '.code == "504"'
	pages "$CONTOSO/deviceBatches/$SLASH/devices"
	[ "$(wc -l < "$ITEMS")" -eq 9 ]
	run api GET "$CONTOSO"
	[ "$status" -ne 0 ]
	grep -q '^fault customer #1 cut$' "$LOG"
}

@test "scenario: a listing that omits a device, or has each twice" {
	SCENARIO=$BATS_TEST_TMPDIR/scenario
	printf '%s\n' 'devices 1 less' 'devices 2 twice' > "$SCENARIO"
	serve
	sign_in
	api GET "$CONTOSO/deviceBatches/$SLASH/devices"
	expect 200 '.items | length == 9' '.totalCount == 10'
	api GET "$CONTOSO/deviceBatches/$SLASH/devices"
	expect 200 '.items | length == 20'
}

@test "log: one line for each request, in order, with both ids and without tokens" {
	serve
	sign_in
	ID=one; api GET "$CONTOSO"
	ID=two; api GET "$CONTOSO/deviceBatches/$SLASH/devices"
	sed -n 2p "$LOG" | grep -qE "^partner GET /v1/customers/$CONTOSO 200 request=one correlation=[0-9a-f-]{36}$"
	sed -n 3p "$LOG" | grep -qE "/deviceBatches/$SLASH/devices 200 request=two correlation="
	sed -n 1p "$LOG" | grep -qE "^partner POST /$TENANT/oauth2/v2.0/token 200 request=- correlation=-$"
	refute grep -qF "$TOKEN" "$LOG"
}
