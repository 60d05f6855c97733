# No file and no external symbol of the practice service has the name of one of the program, so that a search finds one thing.
make -s -j2 objects || exit 1
names() { # FOLDER...
	git ls-files "${@/%//*.[ch]}" | sed 's|.*/|file |' | grep -v ' main\.c$'
	git ls-files "${@/%//*.c}" | sed "s|\(.*\)\.c$|${B:-build}/\1.o|" | xargs -r ls 2>/dev/null | xargs nm -P -g --defined-only |
		awk 'NF > 2 && $1 != "main" {print "symbol", $1}'
}
both=$(comm -12 <(names samples/sandbox | sort -u) <(names partner common | sort -u))
[ -z "$both" ] || { echo "$both"; echo "samples/sandbox shares the names above with partner or common"; exit 1; }
