# Every file that uses libcurl also compiles with the one of Enterprise Linux 9. A unit test shows that POSTs then have
# connections of their own.
bad=0
for f in $(git grep -l -E '#include (<curl/|"common/http_(answer|tls)\.h")' -- 'common/*.c' 'partner/*.c' 'samples/*.c' 'tests/bench/*.c'); do
	${CC:-gcc} -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fsyntax-only -include tests/unit/curl-7.76.inc "$f" || bad=1
done
exit $bad
