# Every header compiles alone.
bad=0
for h in $(git ls-files '*.h'); do
	gcc -std=c17 -D_GNU_SOURCE -I. $(pkg-config --cflags libpq) -Wall -Wextra -Werror -fsyntax-only -x c "$h" || bad=1
done
exit $bad
