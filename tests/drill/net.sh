#!/bin/sh
# net.sh make NAME MACHINES: a network of its own for the service (the namespace NAME-service) and for each
# machine (NAME-1, NAME-2 ...), with one line from each machine to the service and no other way anywhere.
# The service goes by "localhost" all the same, for it listens on 127.0.0.1 alone and its certificate names
# nothing else: a machine has no loopback, and 127.0.0.1 lies at the end of its line.
# net.sh remove NAME MACHINES: the lines go with the namespaces.
# Needs root and ip. Ends with another code than 0 where a network cannot be had.
set -eu
name=$2 machines=$3

# Of a line's end: 127.0.0.1 may come and go over it.
open_line() { # NAMESPACE LINE
	ip -n "$1" link set "$2" up
	ip netns exec "$1" sh -c "echo 1 > /proc/sys/net/ipv4/conf/$2/route_localnet"
}

make() {
	ip netns add "$name-service"
	ip -n "$name-service" link set lo up
	for n in $(seq "$machines"); do
		ip netns add "$name-$n"
		ip -n "$name-service" link add "line$n" type veth peer name line netns "$name-$n"
		ip -n "$name-service" addr add "192.0.2.$((4 * n + 1))/30" dev "line$n"
		ip -n "$name-$n" addr add "192.0.2.$((4 * n + 2))/30" dev line
		open_line "$name-service" "line$n"
		open_line "$name-$n" line
		ip -n "$name-$n" route add 127.0.0.1 via "192.0.2.$((4 * n + 1))"
	done
}

case $1 in
make) make ;;
remove)
	for n in service $(seq "$machines"); do
		ip netns del "$name-$n" || true
	done
	;;
esac
