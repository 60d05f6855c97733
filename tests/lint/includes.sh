# Includes go in one direction. Each line names a folder, then the folders whose headers it may include besides its own and common/.
arrows='
common
partner                     partner
partner/ledger              partner partner/ledger/sql
partner/ledger/sql          partner partner/ledger
partner/intake              partner partner/ledger
partner/route               partner
partner/route/oem_direct    partner partner/route
partner/route/partner_center partner partner/route
partner/engine              partner partner/ledger partner/route
partner/handoff             partner partner/ledger
partner/app                 partner partner/ledger partner/route partner/route/oem_direct partner/route/partner_center partner/intake partner/engine partner/handoff
partner/run                 partner partner/ledger partner/route partner/intake partner/engine partner/handoff partner/app
partner/doctor              partner partner/ledger partner/route partner/intake partner/engine partner/handoff partner/app
partner/cli                 partner partner/ledger partner/route partner/intake partner/engine partner/handoff partner/app partner/run partner/doctor
samples/sandbox'

git ls-files '*.c' '*.h' | xargs grep -Hn '^#include "' | awk -F '[:"]' -v arrows="$arrows" '
function folder(file) { sub("/[^/]*$", "", file); return file }
BEGIN {
	n = split(arrows, lines, "\n")
	for (i = 1; i <= n; i++) { m = split(lines[i], f, " +"); for (j = 2; j <= m; j++) may[f[1], f[j]] }
}
{
	from = folder($1); to = folder($4)
	if (from == to || to == "common" || from ~ /^tests\// || (from, to) in may || ($1 == "partner/main.c" && $4 == "partner/cli/cli.h")) next
	print $1 ":" $2 ": " from " may not include " $4
	bad = 1
}
END { exit bad }' || exit 1
# Our own headers are in quotation marks, so that no include escapes the check above.
! git ls-files '*.c' '*.h' | xargs grep -nE '^#include <(common|partner|samples|tests)/'
