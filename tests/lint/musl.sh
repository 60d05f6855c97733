# Nothing but argp needs glibc: every file compiles with the headers of musl (Debian: musl-tools). Headers of the kernel and of
# libraries come from a folder of links, so that no header of glibc is in reach.
links=$(mktemp -d)
trap 'rm -rf "$links"' EXIT
libraries='csv.h utf8proc.h curl cjson openssl sqlite3.h ini.h libpq-fe.h postgres_ext.h pg_config_ext.h libxml libxslt libexslt
	microhttpd.h gnutls cmocka.h cmocka_version.h unicode linux asm asm-generic argp.h'
for dir in /usr/include "/usr/include/$(gcc -print-multiarch)" /usr/include/libxml2 /usr/include/postgresql; do
	for name in $libraries; do
		if [ -d "$dir/$name" ]; then
			mkdir -p "$links/$name"
			ln -s "$dir/$name"/* "$links/$name"
		elif [ -f "$dir/$name" ]; then
			ln -s "$dir/$name" "$links"
		fi
	done
done
# What argp-standalone would bring.
mkdir "$links/bits"
: > "$links/bits/floatn.h"
argp='-D__BEGIN_DECLS= -D__END_DECLS= -D__THROW= -D__NTH(f)=f'
# shellcheck disable=SC2086 # a list of words
git ls-files '*.c' | xargs -P 2 -n 40 sh -c 'bad=0
	for f in "$@"; do musl-gcc -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only $0 -idirafter '"$links"' "$f" || bad=1; done
	exit $bad' "$argp"
