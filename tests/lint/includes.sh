# Include arrows go one way only (README, "The way of the data").
allowed() { # FROM-folder TO-folder
	[ "$1" = "$2" ] && return 0
	case "$1:$2" in
	*:common) return 0 ;;
	common:*) return 1 ;;
	partner/route/*:partner/route | partner/ledger/sql:partner/ledger | partner/ledger:partner/ledger/sql | \
	partner/intake:partner/ledger | partner/engine:partner/ledger | partner/engine:partner/route | \
	partner/handoff:partner/ledger) return 0 ;;
	partner/app:partner/ledger | partner/app:partner/engine | partner/app:partner/handoff | \
	partner/app:partner/route*) return 0 ;;
	partner/run:partner/cli | partner/doctor:partner/cli | partner/run:partner/doctor) return 1 ;;
	partner/run:partner/* | partner/doctor:partner/*) return 0 ;;
	partner/cli:partner*) return 0 ;;
	partner/*:partner) return 0 ;; # vocabulary.h, embed.h
	tests/unit:* | tests/fuzz:* | tests/bench:*) return 0 ;;
	esac
	return 1
}
bad=0
while IFS=: read -r file line text; do
	to=$(printf '%s' "$text" | sed 's/.*"\(.*\)".*/\1/')
	if [ "$file:$to" = partner/main.c:partner/cli/cli.h ]; then
		continue
	fi
	if ! allowed "$(dirname "$file")" "$(dirname "$to")"; then
		echo "$file:$line: includes $to against the one way of the data"
		bad=1
	fi
done < <(git ls-files '*.c' '*.h' | xargs grep -n '^#include "')
# our own headers are named in quotation marks, so that the arrows above are all there are
if git ls-files '*.c' '*.h' | xargs grep -nE '^#include <(common|partner|samples|tests)/'; then
	bad=1
fi
exit $bad
