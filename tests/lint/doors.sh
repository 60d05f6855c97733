# A third-party header is included by one module of the program only.
bad=0
for lib in '<csv.h>' '<curl/' '<cjson/' '<sqlite3.h>' '<libxml/\|<libxslt/\|<libexslt/' '<openssl/' \
	'<ini.h>' '<libpq-fe.h>'; do
	files=$(git ls-files 'partner/*.[ch]' 'common/*.[ch]' | xargs grep -l "#include $lib" | sed 's/\.[ch]$//' | sort -u)
	if [ "$(printf '%s\n' "$files" | grep -c .)" -gt 1 ]; then
		echo "$lib has more than one door:" $files
		bad=1
	fi
done
for lib in '<microhttpd.h>' '<openssl/' '<gnutls/'; do
	n=$(git ls-files 'samples/*.[ch]' | xargs grep -l "#include $lib" | wc -l)
	[ "$n" -le 1 ] || { echo "$lib has $n doors in samples"; bad=1; }
done
exit $bad
