# The section of tonight's run after many nights, for table.awk.
$2 ~ /^nights-/ && $3 == "run_wall" {
	if (!($2 in engines))
		engine[++engines_count] = $2
	engines[$2] = engines[$2] " " $1
}

# Our own server's processor time counts; that of another one is unknown and 0.
function spent(after, e, command) { return v(after, e, command "_cpu") + v(after, e, command "_server") }

function night_row(e, command, words, first, last, more) {
	more = v(last, e, command "_peak_kib") - v(first, e, command "_peak_kib")
	if (v(first, e, command "_wall") == 0)
		printf "| %s |  |  |  | %.3f | %.3f | %.1f |  |  |\n", words, v(last, e, command "_wall"), spent(last, e, command),
			v(last, e, command "_peak_kib") / 1024
	else
		printf "| %s | %.3f | %.3f | %.1f | %.3f | %.3f | %.1f | **%.2f** | %+.1f |\n", words, v(first, e, command "_wall"),
			spent(first, e, command), v(first, e, command "_peak_kib") / 1024, v(last, e, command "_wall"),
			spent(last, e, command), v(last, e, command "_peak_kib") / 1024,
			ratio(spent(last, e, command), spent(first, e, command)), more / 1024
}

function night_targets(e, first, last, words) {
	target(words ": processor time after " n(last) " nights ÷ after " n(first) ", at most", ratio(spent(last, e, "run"), spent(first, e, "run")), 1.1, 0, "%.2f")
	target(words ": more memory after " n(last) " nights, MiB, at most", (v(last, e, "run_peak_kib") - v(first, e, "run_peak_kib")) / 1024, 4, 0, "%.1f")
	target(words ": seconds of `status`, at most", v(last, e, "status_wall"), 0.05, 0, "%.3f")
	target(words ": seconds of `find`, at most", v(last, e, "find_wall"), 0.05, 0, "%.3f")
}

function nights(i, e, k, count, first, last) {
	for (i = 1; i <= engines_count; i++) {
		e = engine[i]
		count = split(engines[e], k, " ")
		first = k[1]
		last = k[count]
		printf "\n## Tonight after %s nights, %s (ledger: %.0f MB)\n\n", n(last), substr(e, 8), v(last, e, "ledger_bytes") / 1e6
		head("command,first night: s,processor s,MiB,after " last " nights: s,processor s,MiB,processor ÷,MiB more", 9)
		night_row(e, "run", "`run` of tonight's list", first, last)
		night_row(e, "status", "`status`", first, last)
		night_row(e, "find", "`find` of a device", first, last)
		night_row(e, "find-none", "`find` of nothing", first, last)
		night_row(e, "customer", "`report --customer`", first, last)
		night_row(e, "resume", "`resume` with nothing to do", first, last)
		night_row(e, "keep-none", "`run` without a list", first, last)
		night_row(e, "keep", "the same: `keep-days` removes a night", first, last)
	}
	if (engines_count == 0)
		return
	print "\nProcessor time is that of the program and of a server that the measurement started.\n"
	head("target,limit,measured,", 4)
	for (i = 1; i <= engines_count; i++) {
		count = split(engines[engine[i]], k, " ")
		night_targets(engine[i], k[1], k[count], substr(engine[i], 8))
	}
}
