#!/bin/sh
# postgres.sh start DIR: a PostgreSQL of our own in DIR (made anew), on a private socket there, no
# network; prints its URL. postgres.sh stop|restart|crash DIR. postgres.sh have: whether there is one.
# postgres.sh with COMMAND...: runs it with the URL of one in UNPILOT_TEST_SERVER.
set -eu
bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
[ "$1" = have ] && { test -x "$bin/postgres"; exit; }
if [ "$1" = with ]; then
	shift
	if ! sh "$0" have; then
		echo "no PostgreSQL 15 here: skipped: $*"
		exit 0
	fi
	dir=$(mktemp -d /tmp/unpilot-pg.XXXXXX)
	trap 'sh "$0" stop "$dir"; rm -rf "$dir"' EXIT
	UNPILOT_TEST_SERVER=$(sh "$0" start "$dir")
	export UNPILOT_TEST_SERVER
	"$@"
	exit
fi
dir=$2

# initdb refuses root
as() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && setpriv --reuid=postgres --regid=postgres --init-groups env LC_ALL=C "$@")
	else
		LC_ALL=C "$@"
	fi
}

control() {
	as "$bin/pg_ctl" -s -w -D "$dir/data" -l "$dir/log" "$@" < /dev/null > "$dir/control" 2>&1 3>&- || {
		cat "$dir/control" "$dir/log" >&2
		return 1
	}
}

case $1 in
start)
	rm -rf "$dir"
	mkdir -p "$dir"
	chmod 777 "$dir"
	as "$bin/initdb" -D "$dir/data" -U unpilot -A trust -E UTF8 --no-locale > "$dir/control" 2>&1
	cat >> "$dir/data/postgresql.conf" <<-EOF
		listen_addresses = ''
		unix_socket_directories = '$dir'
		max_connections = 40
	EOF
	control start
	echo "postgresql:///postgres?host=$dir&user=unpilot"
	;;
stop) control stop -m fast ;;
restart) control restart -m fast ;;
crash) control restart -m immediate ;;
esac
