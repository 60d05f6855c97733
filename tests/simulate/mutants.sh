#!/bin/sh
# Builds the program with each fault of mutants.txt, and lets the simulator look for it: it must find every one
# in a world that once failed (seeds.txt), or within a minute. Usage: mutants.sh [NAME-PATTERN]. B: where the build is; LINK: links objects that come before
# the library; OWN_VARIABLES: names the sections of an object's variables; LINK_SHARED: the same for a mutant whose name begins with "workers: ", which plays worlds on a shared ledger.
set -eu
: "${B:=build}" "${SECONDS_EACH:=60}"
[ -n "${UNPILOT_TEST_SERVER:-}" ] || ! sh tests/postgres.sh have || exec sh tests/postgres.sh with sh "$0" "$@"
here=$(dirname "$0") dir=$B/simulate/mutants
mkdir -p "$dir"
total=0 found=0

# compile FILE OBJECT: FILE is the changed copy of $source.
compile() { ${CC:-gcc} -D_GNU_SOURCE -I. -std=c17 -O2 -w $(pkg-config --cflags libxml-2.0 libxslt libpq) -c -o "$2" -x c "$1"; }

# search PROGRAM: prints what it finds first.
search() {
	for seed in $(sed -n "s/^$seeds\([0-9][0-9]*\).*/\1/p" "$here/seeds.txt"); do
		"$1" $server --seed "$seed" --nights 8 && continue
		return 0
	done
	"$1" $server --seed 1 --seconds "$SECONDS_EACH" --until-failure || true
}

try() { # NAME SOURCE SCRIPT
	case $1 in workers:*) [ -n "${UNPILOT_TEST_SERVER:-}" ] || { echo "$1: skipped, because no PostgreSQL server is installed"; return; } ;; esac
	total=$((total + 1))
	copy=$dir/$total.c
	sed "$3" "$2" > "$copy"
	if cmp -s "$copy" "$2"; then
		echo "$1: the script does not change $2"
		return
	fi
	compile "$copy" "$dir/$total.o" && $OWN_VARIABLES "$dir/$total.o" || { echo "$1: does not compile"; return; }
	seeds='' server='' link=$LINK
	case $1 in workers:*) seeds='s' server="--server $UNPILOT_TEST_SERVER" link=$LINK_SHARED ;; esac
	MUTANT=$dir/$total.o PROGRAM=$dir/simulate-$total sh -c "$link"
	cp "$B/simulate/identity.pem" "$dir/"
	out=$(search "$dir/simulate-$total")
	rm -f "$dir/simulate-$total"
	why=$(printf '%s\n' "$out" | grep '^seed ' | head -1 || true)
	if [ -n "$why" ]; then
		found=$((found + 1))
		printf '%-52s found after %s nights: %s\n' "$1" "$(printf '%s\n' "$out" | awk '/^[0-9]+ nights / {n += $1} END {print n}')" "$why"
	else
		echo "$1: NOT FOUND"
	fi
}

while IFS='|' read -r name source script <&3; do
	case $name in '#'* | '') continue ;; esac
	case $name in *"${1:-}"*) try "$name" "$source" "$script" ;; esac
done 3< "$here/mutants.txt"
echo "$found of $total mutants found"
[ "$found" -eq "$total" ]
