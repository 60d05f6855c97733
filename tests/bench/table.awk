# Prints the table in Markdown from medians.csv. Variables (-v): machine, rounds, large_rounds, customers.
BEGIN { FS = "," }
{ m[$1, $2, $3] = $4 }
$2 == "run" && $3 == "cpu" { size[++sizes] = $1 }
$2 ~ /^latency-/ && $3 == "seconds" { late[++lates] = $1 SUBSEP $2 }
$2 == "resume" && $3 == "first_request" { resumed = $1 }
$2 == "instructions" { counted[++counts] = $3 }

function v(s, subject, name) { return m[s, subject, name] }
function ratio(a, b) { return b > 0 ? a / b : 0 }
function micro(s, subject) { return v(s, subject, "cpu") / s * 1e6 }
function head(text, columns, i, rule) {
	gsub(/,/, " | ", text)
	rule = "|---"
	for (i = 1; i < columns; i++)
		rule = rule "|---:"
	print "| " text " |\n" rule "|"
}
function n(x) { # 1,000,000
	x = sprintf("%d", x)
	while (match(x, /[0-9][0-9][0-9][0-9]($|,)/))
		x = substr(x, 1, RSTART) "," substr(x, RSTART + 1)
	return x
}

function cost(i, s) {
	print "## Processor time, seconds of user and system\n"
	head("devices,floor,floor with packs,`unpilot run`,÷ floor,÷ floor with packs,script,script ÷ `unpilot run`", 8)
	for (i = 1; i <= sizes; i++) {
		s = size[i]
		printf "| %s | %.3f | %.3f | %.3f | **%.2f** | %.2f | %.3f | **%.2f** |\n", n(s), v(s, "floor", "cpu"),
			v(s, "floor", "cpu_with_packs"), v(s, "run", "cpu"), ratio(v(s, "run", "cpu"), v(s, "floor", "cpu")),
			ratio(v(s, "run", "cpu"), v(s, "floor", "cpu_with_packs")), v(s, "script", "cpu"),
			ratio(v(s, "script", "cpu"), v(s, "run", "cpu"))
	}
	print "\nThe same in microseconds for each device, and peak memory in MiB:\n"
	head("devices,floor µs,`unpilot run` µs,script µs,floor MiB,`unpilot run` MiB,script MiB", 7)
	for (i = 1; i <= sizes; i++) {
		s = size[i]
		printf "| %s | %.2f | %.2f | %.2f | %.1f | %.1f | %.1f |\n", n(s), micro(s, "floor"), micro(s, "run"), micro(s, "script"),
			v(s, "floor", "peak_kib") / 1024, v(s, "run", "peak_kib") / 1024, v(s, "script", "peak_kib") / 1024
	}
}

function floor_parts(i, j, s, name) {
	print "\n## The floor in parts, processor seconds\n"
	split("csv insert json_out handshakes tls json_in update packs again", name, " ")
	head("devices,libcsv,SQLite insert,cJSON out,TLS handshakes,TLS rest,cJSON in,SQLite update,packs,(list again)", 10)
	for (i = 1; i <= sizes; i++) {
		s = size[i]
		printf "| %s |", n(s)
		for (j = 1; j <= 9; j++)
			printf " %.3f |", v(s, "floor", name[j])
		print ""
	}
	s = size[sizes]
	printf "\nAt %s devices: %s handshakes, %.1f MB out, %.1f MB in; packs: %s files, %.1f MB, written, synced, renamed and digested. ", n(s),
		n(v(s, "floor", "handshake_count")), v(s, "floor", "bytes_out") / 1e6, v(s, "floor", "bytes_in") / 1e6,
		n(v(s, "run", "pack_files")), v(s, "run", "pack_bytes") / 1e6
	print "Like the program, the floor keeps its connections: one for all POSTs and one for all polls. It reads the list again for the requests; that does not count."
}

function packs(s) { return v(s, "run", "cpu") - v(s, "run", "cpu_before_packs") }
function packs_to_rest(s) { return ratio(packs(s), v(s, "run", "cpu_before_packs")) }
function program_parts(i, s) {
	print "\n## `unpilot run` in parts, processor seconds\n"
	head("devices,intake,sending,packs,packs ÷ rest,`report`,user,system,wall clock,ledger MB", 10)
	for (i = 1; i <= sizes; i++) {
		s = size[i]
		printf "| %s | %.3f | %.3f | %.3f | %.2f | %.3f | %.3f | %.3f | %.2f | %.1f |\n", n(s), v(s, "plan", "cpu"),
			v(s, "run", "cpu_before_packs") - v(s, "plan", "cpu"), packs(s), packs_to_rest(s), v(s, "report", "cpu"),
			v(s, "run", "user"), v(s, "run", "sys"), v(s, "run", "wall"), v(s, "run", "ledger_bytes") / 1e6
	}
	print "\nIntake is the time of `plan`. Packs is the time of the run from its first pack's folder on. `report` writes the same packs again and replaces the old ones."
}

# Each batch takes a submit and a poll, one after the other in its slot.
function ideal(s, subject, batches, waves) {
	batches = v(s, subject, "batches")
	waves = int((batches + v(s, subject, "parallel") - 1) / v(s, subject, "parallel"))
	return waves * (v(s, subject, "requests") / batches) * v(s, subject, "latency") / 1000
}
function late_ratio(i, k) { split(late[i], k, SUBSEP); return ratio(v(k[1], k[2], "seconds"), ideal(k[1], k[2])) }
function latency(i, k) {
	if (lates == 0)
		return
	print "\n## A slow service, seconds of wall clock\n"
	print "Ideal: batches ÷ parallel (rounded up) × requests a batch (submit and polls) × latency. Measured from the arrival of the first submit to the last answer, without the preflight request.\n"
	head("devices,batches,parallel,requests a batch,latency ms,ideal,measured,÷ ideal", 8)
	for (i = 1; i <= lates; i++) {
		split(late[i], k, SUBSEP)
		printf "| %s | %d | %d | %.2f | %d | %.2f | %.2f | **%.3f** |\n", n(k[1]), v(k[1], k[2], "batches"), v(k[1], k[2], "parallel"),
			ratio(v(k[1], k[2], "requests"), v(k[1], k[2], "batches")), v(k[1], k[2], "latency"), ideal(k[1], k[2]),
			v(k[1], k[2], "seconds"), late_ratio(i)
	}
}

function resume(s) {
	s = resumed
	if (s == "")
		return
	printf "\n## Resume\n\nA run of %s devices was killed when half of its batches were sent. `resume` sent the next one after **%.2f s** ", n(s), v(s, "resume", "first_request")
	printf "and took %.3f s of processor time and %.1f MiB until it ended with the outcomes of an undisturbed run (%d rows with lost answers were sent again and were no longer registered).\n",
		v(s, "resume", "cpu"), v(s, "resume", "peak_kib") / 1024, v(s, "resume", "asked_again")
}

function instructions(i, noted, now) {
	if (counts == 0)
		return
	print "\n## Instructions, counted by callgrind\n"
	head("command,for each device (pack: for each pack),stored,growth", 4)
	for (i = 1; i <= counts; i++) {
		now = v(2000, "instructions", counted[i])
		noted = v(2000, "instructions-noted", counted[i])
		printf "| %s | %s | %s | %+.1f %% |\n", counted[i], n(now), n(noted), ratio(now - noted, noted) * 100
	}
}

function target(text, measured, limit, at_least, form) {
	printf "| %s | " form " | " form " | %s |\n", text, limit, measured,
		(at_least ? measured >= limit : measured <= limit) ? "reached" : "**not reached**"
}
function targets(i, s, first, before, script_size, peak, worst) {
	s = size[sizes]
	first = size[1]
	before = size[sizes > 1 ? sizes - 1 : 1]
	script_size = first
	for (i = 1; i <= sizes; i++) {
		if (size[i] <= 100000)
			script_size = size[i]
		if (v(size[i], "run", "peak_kib") > peak)
			peak = v(size[i], "run", "peak_kib")
	}
	for (i = 1; i <= lates; i++)
		if (late_ratio(i) > worst)
			worst = late_ratio(i)
	print "\n## Targets\n"
	head("target,limit,measured,", 4)
	target("processor time ÷ floor at " n(s) " devices, at most", ratio(v(s, "run", "cpu"), v(s, "floor", "cpu")), 2, 0, "%.2f")
	target("script ÷ `unpilot run` at " n(script_size) ", at least", ratio(v(script_size, "script", "cpu"), v(script_size, "run", "cpu")), 1.5, 1, "%.2f")
	target("peak memory at any size, MiB, at most", peak / 1024, 64, 0, "%.1f")
	target("peak memory at " n(s) " ÷ at " n(before) " devices (caches are full at both), at most", ratio(v(s, "run", "peak_kib"), v(before, "run", "peak_kib")), 1.1, 0, "%.2f")
	target("cost a device at " n(s) " ÷ at " n(first) ", at most", ratio(micro(s, "run"), micro(first, "run")), 1.1, 0, "%.2f")
	if (lates > 0)
		target("wall clock ÷ ideal with a slow service, worst, at most", worst, 1.05, 0, "%.3f")
	if (resumed != "")
		target("seconds until `resume` sends, at " n(resumed) ", at most", v(resumed, "resume", "first_request"), 2, 0, "%.2f")
	target("packs ÷ rest at " n(s) " devices, processor time, at most", packs_to_rest(s), 1, 0, "%.2f")
}

function share(s, subject) { return ratio(v(s, subject, "service_cpu"), v(s, subject, "wall")) * 100 }
function foot(i, s) {
	print "\n## How it was measured\n"
	printf "%s. Medians of %d round%s (%d from a million on), %d customers, batches of 1,000, four in flight (floor and script: one).\n\n", machine, rounds, rounds == 1 ? "" : "s", large_rounds, customers
	if (sizes == 0)
		return
	print "The service does not limit the program: it has its own core, one thread a connection, and a fresh registry for each run. It used this share of its core:\n"
	head("devices,while `unpilot run`,while the floor,while the script", 4)
	for (i = 1; i <= sizes; i++) {
		s = size[i]
		printf "| %s | %.0f %% | %.0f %% | %.0f %% |\n", n(s), share(s, "run"), share(s, "floor-process"), share(s, "script")
	}
	print "\nThe outcomes of every run equalled those that the fleet implies, and every customer had a pack."
}

END {
	print "# What it costs\n"
	if (sizes > 0) {
		cost()
		program_parts()
		floor_parts()
	}
	latency()
	resume()
	instructions()
	nights()
	if (sizes > 0)
		targets()
	foot()
}
