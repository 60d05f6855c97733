# Reads medians.csv and prints a line for each size: processor seconds and peak MiB of floor, program, script. For plots.gp.
BEGIN { FS = "," }
{ m[$1, $2, $3] = $4 }
$2 == "run" && $3 == "cpu" { size[++n] = $1 }
END {
	for (i = 1; i <= n; i++) {
		s = size[i]
		print s, m[s, "floor", "cpu"], m[s, "floor", "cpu_with_packs"], m[s, "run", "cpu"], m[s, "script", "cpu"], \
			m[s, "floor", "peak_kib"] / 1024, m[s, "run", "peak_kib"] / 1024, m[s, "script", "peak_kib"] / 1024
	}
}
