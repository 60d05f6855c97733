# At the operator's side: naming runs, help, suggestions, status and find.
bats_require_minimum_version 1.5.0
load helpers

newest() { unpilot status --json | jq -r 'select(.type == "run").run' | head -1; }

@test "a run is named by its id, by the beginning of one id, or as latest" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	unpilot run -q "$l"
	first=$(newest)
	unpilot plan -q --again "$l"
	second=$(newest)
	[ "$first" != "$second" ]
	[ "$(unpilot status --json latest | jq -r 'select(.type == "run").run')" = "$second" ]
	[ "$(unpilot status --json "${first%?}" | jq -r 'select(.type == "run").run')" = "$first" ]
	run -2 unpilot status 2
	[[ "$output" == *"2 runs begin with \"2\": $second, $first: give more of the id"* ]]
	run -2 unpilot status ""
	run -2 unpilot status nonesuch
	[[ "$output" == *'the ledger has no run "nonesuch": see "unpilot status"'* ]]
	run -0 unpilot resume "${first%?}"
	run -0 unpilot apply -q --again latest
	[ "$(unpilot status --json latest | jq -r 'select(.type == "run").state')" = finished ]
}

@test "apply of a run that is no plan says so" {
	start_service samples/registry.csv
	unpilot run -q "$(list ,3305000000001,,,c1)"
	run -2 unpilot apply latest
	[[ "$output" == *'is no plan, because "unpilot run" started it: nothing sent'* ]]
}

@test "report without a run takes the latest run that sent something" {
	start_service samples/registry.csv
	l=$(list ,3305000000001,,,c1)
	unpilot plan -q "$l"
	run -2 unpilot report
	[[ "$output" == *"no run of the ledger has sent anything yet"* ]]
	unpilot run -q "$l"
	first=$(newest)
	unpilot plan -q --again "$l"
	run -0 unpilot report
	[[ "$output" == *"reports: "*"$first" ]]
}
