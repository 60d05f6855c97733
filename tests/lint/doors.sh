# Only one module includes the headers of a library: X.c, or X.c and X_*.c.
bad=0
for lib in '<csv.h>' '<utf8proc.h>' '<curl/' '<cjson/' '<sqlite3.h>' '<libxml/\|<libxslt/\|<libexslt/' '<openssl/' \
	'<ini.h>' '<libpq-fe.h>' '<iconv.h>'; do
	files=$(git ls-files 'partner/*.[ch]' 'common/*.[ch]' | xargs grep -l "#include $lib" | sed 's/\.[ch]$//; s/_[a-z_]*$//' | sort -u)
	if [ "$(printf '%s\n' "$files" | grep -c .)" -gt 1 ]; then
		echo "$lib is included by several modules:" $files
		bad=1
	fi
done
for lib in '<microhttpd.h>' '<openssl/' '<gnutls/' '<curl/' '<cjson/' '<sqlite3.h>' '<csv.h>' '<ini.h>'; do
	n=$(git ls-files 'samples/*.[ch]' | xargs grep -l "#include $lib" | wc -l)
	[ "$n" -le 1 ] || { echo "$lib is included by $n files of samples"; bad=1; }
done
# The program does not use the libraries of practice service and tests.
if git ls-files 'partner/*.[ch]' 'common/*.[ch]' | xargs grep -nE '#include <(microhttpd\.h|gnutls/|cmocka\.h)'; then
	bad=1
fi
exit $bad
