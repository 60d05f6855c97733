# Installs, runs, removes and purges the package DEB in the fresh system ROOT. try.sh ROOT DEB; run by run.sh.
set -euo pipefail
. partner/dist/root.sh
root=$1 deb=$2
service=

finish() { [ -z "$service" ] || kill "$service" 2>/dev/null || true; }
trap finish EXIT
heading() { echo "-- $*"; }
inside() { in_root "$root" "$@"; }

heading "install it"
cp "$deb" "$root/root/unpilot.deb"
log=$root/root/apt.log
inside apt-get update -q > "$log"
inside apt-get install -y -q --no-install-recommends /root/unpilot.deb >> "$log" 2>&1 || { tail "$log"; exit 1; }

heading "what the package installs"
inside unpilot --version
inside man -w unpilot unpilot.conf unpilot-handoff unpilot-sandbox
modes() { inside stat -c '%n %a %U:%G' "$@"; }
diff <(modes /etc/unpilot /etc/unpilot/unpilot.conf /var/lib/unpilot /var/lib/unpilot/spool/incoming) - <<'END'
/etc/unpilot 750 root:unpilot
/etc/unpilot/unpilot.conf 640 root:unpilot
/var/lib/unpilot 750 unpilot:unpilot
/var/lib/unpilot/spool/incoming 2770 unpilot:unpilot
END
[ ! -e "$root/etc/systemd/system/timers.target.wants/unpilot.timer" ] # nothing is enabled by the installation
# Without configuration it refuses to run and says why.
code=0
inside setpriv --reuid unpilot --regid unpilot --clear-groups unpilot run -q 2> "$root/root/unconfigured" || code=$?
[ "$code" -eq 2 ]
grep -q 'url is not set' "$root/root/unconfigured"

heading "a run against the practice service, as the user of the unit"
# chroot and setpriv replace themselves, so $! is the service.
chroot "$root" setpriv --reuid unpilot --regid unpilot --clear-groups unpilot-sandbox --quiet --dir /var/lib/unpilot/practice --port 0 \
	--registry /usr/share/doc/unpilot/examples/registry.csv &
service=$!
for _ in $(seq 200); do [ ! -e "$root/var/lib/unpilot/practice/port" ] || break; sleep 0.1; done
inside sh -c 'd=/var/lib/unpilot; umask 027
	sed "s,sqlite:.*,sqlite:$d/ledger.db,; s,^directory = .*,directory = $d/handoff," $d/practice/unpilot.conf > /etc/unpilot/unpilot.conf
	printf "[spool]\ndirectory = $d/spool\nsettle = 0s\n" >> /etc/unpilot/unpilot.conf
	cp /usr/share/doc/unpilot/examples/returns.csv $d/spool/incoming; chmod 644 $d/spool/incoming/*'
inside setpriv --reuid unpilot --regid unpilot --clear-groups unpilot init -q
code=0
inside setpriv --reuid unpilot --regid unpilot --clear-groups unpilot run -q || code=$?
[ "$code" -eq 1 ]
ls "$root"/var/lib/unpilot/handoff/*/contoso/index.html "$root"/var/lib/unpilot/spool/done/*.1.returns.csv
kill "$service"
wait "$service" || true
service=

heading "reinstallation keeps the administrator's configuration, and creates a missing ledger"
inside cp /etc/unpilot/unpilot.conf /root/before
inside sh -c 'cd /var/lib/unpilot; mkdir /root/kept; mv ledger.db* /root/kept'
inside apt-get install -y -q --reinstall /root/unpilot.deb >> "$log" 2>&1
inside cmp /etc/unpilot/unpilot.conf /root/before
[ "$(inside stat -c '%a %U' /var/lib/unpilot/ledger.db)" = '600 unpilot' ]

heading "purging removes everything except the ledger"
inside apt-get remove -y -q unpilot >> "$log" 2>&1
[ -f "$root/etc/unpilot/unpilot.conf" ]
[ ! -e "$root/usr/bin/unpilot" ]
inside apt-get purge -y -q unpilot >> "$log" 2>&1
[ ! -e "$root/etc/unpilot" ]
[ -f "$root/var/lib/unpilot/ledger.db" ]
[ -z "$(find "$root/usr" "$root/lib/systemd" "$root/etc/systemd" -name '*unpilot*' -print -quit)" ]
rm -rf "$root/var/lib/unpilot"
inside apt-get install -y -q --no-install-recommends /root/unpilot.deb >> "$log" 2>&1
inside apt-get purge -y -q unpilot >> "$log" 2>&1
[ ! -e "$root/var/lib/unpilot" ]
