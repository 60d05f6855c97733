#!/bin/sh
# A PostgreSQL server for tests.
#   start DIR               makes DIR anew, starts a server on a socket in it, without network; prints its URL
#   network DIR             restarts it on 127.0.0.1, with TLS and password only; prints the URL; writes root.crt and passfile
#   stop|restart|crash DIR
#   with COMMAND...         runs the command with the URL of a server in UNPILOT_TEST_SERVER; the server is in POSTGRES_DIR, or in /tmp
#   have                    succeeds if PostgreSQL is installed
set -eu
bin=${POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1)}
[ "$1" = have ] && { test -x "$bin/postgres"; exit; }
if [ "$1" = with ]; then
	shift
	if ! sh "$0" have; then
		echo "skipped, because no PostgreSQL server is installed: $*"
		exit 0
	fi
	dir=$(mktemp -d "${POSTGRES_DIR:-/tmp}/unpilot-pg.XXXXXX")
	trap 'sh "$0" stop "$dir"; rm -rf "$dir"' EXIT
	UNPILOT_TEST_SERVER=$(sh "$0" start "$dir")
	export UNPILOT_TEST_SERVER
	"$@"
	exit
fi
dir=$2

# Changes the user, because initdb refuses root.
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
network)
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
		-keyout "$dir/server.key" -out "$dir/root.crt" 2> /dev/null
	chmod 600 "$dir/server.key"
	[ "$(id -u)" -ne 0 ] || chown postgres "$dir/server.key"
	psql -Xq "postgresql:///postgres?host=$dir&user=unpilot" -c "ALTER USER unpilot PASSWORD 'secret-9417'"
	cat >> "$dir/data/postgresql.conf" <<-EOF
		listen_addresses = '127.0.0.1'
		ssl = on
		ssl_cert_file = '$dir/root.crt'
		ssl_key_file = '$dir/server.key'
	EOF
	echo 'hostssl all all 127.0.0.1/32 scram-sha-256' > "$dir/data/pg_hba.conf"
	for try in 1 2 3 4 5; do # the port may be in use
		port=$((20000 + ($$ + try * 997) % 10000))
		echo "port = $port" >> "$dir/data/postgresql.conf"
		if control restart -m fast 2> /dev/null; then break; fi
	done
	echo "localhost:$port:postgres:unpilot:secret-9417" > "$dir/passfile"
	chmod 600 "$dir/passfile"
	echo "postgresql://unpilot@localhost:$port/postgres?sslmode=verify-full&sslrootcert=$dir/root.crt&passfile=$dir/passfile"
	;;
stop) control stop -m fast ;;
restart) control restart -m fast ;;
crash) control restart -m immediate ;;
esac
