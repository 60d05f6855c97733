# gcc -fanalyzer finds nothing in program and practice service.
git ls-files 'partner/*.c' 'common/*.c' 'samples/*.c' | xargs -P 2 -n 1 sh -c \
	'gcc -fanalyzer -Werror -O1 -std=c17 -D_GNU_SOURCE -I. $(pkg-config --cflags libxml-2.0 libpq) -c -o /dev/null "$1"' one
