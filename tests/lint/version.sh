# The newest entry of the change log is the version of the program.
program=$(sed -n 's/^#define UNPILOT_VERSION "\(.*\)"/\1/p' common/base.h)
newest=$(sed -n 's/^## \([^ ]*\).*/\1/p' partner/doc/CHANGELOG.md | head -1)
[ "$program" = "$newest" ] || { echo "common/base.h says $program, the newest entry of CHANGELOG.md is $newest"; exit 1; }
