# A third-party header is included by one module of the program only: X.c, or X.c and X_*.c.
bad=0
for lib in '<csv.h>' '<utf8proc.h>' '<curl/' '<cjson/' '<sqlite3.h>' '<libxml/\|<libxslt/\|<libexslt/' '<openssl/' \
	'<ini.h>' '<libpq-fe.h>' '<iconv.h>'; do
	files=$(git ls-files 'partner/*.[ch]' 'common/*.[ch]' | xargs grep -l "#include $lib" | sed 's/\.[ch]$//; s/_[a-z_]*$//' | sort -u)
	if [ "$(printf '%s\n' "$files" | grep -c .)" -gt 1 ]; then
		echo "$lib has more than one door:" $files
		bad=1
	fi
done
for lib in '<microhttpd.h>' '<openssl/' '<gnutls/' '<curl/' '<cjson/' '<sqlite3.h>' '<csv.h>' '<ini.h>'; do
	n=$(git ls-files 'samples/*.[ch]' | xargs grep -l "#include $lib" | wc -l)
	[ "$n" -le 1 ] || { echo "$lib has $n doors in samples"; bad=1; }
done
# the practice service's libraries and the tests' one are not the program's
if git ls-files 'partner/*.[ch]' 'common/*.[ch]' | xargs grep -nE '#include <(microhttpd\.h|gnutls/|cmocka\.h)'; then
	bad=1
fi
exit $bad
