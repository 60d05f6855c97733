# No call cycles among the files of a folder, and no two folders that call each other. Reads the symbols of the built objects. A
# reference to a table counts as a call, because tables hold functions. main.c is exempt: it is above all folders.
make -s -j2 objects || exit 1
for c in $(git ls-files 'partner/*.c' 'common/*.c' 'samples/sandbox/*.c' ':!partner/main.c'); do
	[ ! -f "${B:-build}/${c%.c}.o" ] || nm -P "${B:-build}/${c%.c}.o" | sed "s|^|${c%.c} |"
done | awk '
function report(head, list, n, k) { for (k in list) { print head, k ":" list[k]; n++ } return n }
{ folder[$1] = $1; sub("/[^/]*$", "", folder[$1]) }
$3 ~ /^[TDRB]$/ { owner[$2] = $1 }
$3 == "U" { needs[$1, $2] }
END {
	for (pair in needs) {
		split(pair, p, SUBSEP)
		from = p[1]; to = owner[p[2]]
		if (to == "" || to == from) continue
		if (folder[from] == folder[to]) reaches[from, to]
		else across[folder[from], folder[to]] = across[folder[from], folder[to]] " " from ">" p[2]
	}
	for (via in folder) for (a in folder) if ((a, via) in reaches) for (b in folder) if ((via, b) in reaches) reaches[a, b]
	for (a in folder) if ((a, a) in reaches) rings[folder[a]] = rings[folder[a]] " " substr(a, length(folder[a]) + 2)
	for (pair in across) { split(pair, p, SUBSEP); if ((p[2], p[1]) in across) back[p[1] " into " p[2] " and back"] = across[pair] }
	exit report("calls in a ring in", rings) + report("calls from", back) > 0
}'
