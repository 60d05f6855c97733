# Functions have at most 60 lines, files at most 500.
git ls-files 'partner/*.c' 'common/*.c' 'samples/*.c' | while read -r f; do
	awk -v f="$f" '/^\{/ {s=NR} /^\}/ && s {if (NR-s-1 > 60) {printf "%s:%d: a body of %d lines\n", f, s, NR-s-1; bad=1} s=0}
		END {if (NR > 500) {printf "%s: %d lines\n", f, NR; bad=1} exit bad}' "$f" || echo bad
done | grep . && exit 1
exit 0
