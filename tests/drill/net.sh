#!/bin/sh
# net.sh make NAME MACHINES: makes a network namespace for the service (NAME-service) and one for each machine (NAME-1, NAME-2 ...),
# with one line from each machine to the service and no other connection. Machines reach the service as localhost, because it
# listens on 127.0.0.1 only and its certificate names nothing else: a machine has no loopback, and its line leads to 127.0.0.1.
# net.sh remove NAME MACHINES: removes namespaces and lines.
# Needs root and ip. Fails if the system does not allow it.
set -eu
name=$2 machines=$3

# Lets packets for 127.0.0.1 pass at this end of the line.
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
