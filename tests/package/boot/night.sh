# The night: timer, path unit, credentials, hardening, restart after 5 and 6, failure with an alert. Run by night.service as root.
# Writes "passed" with a line for each part.
set -euo pipefail
cd /root/night
STATE=/var/lib/unpilot
PATIENCE=180 # seconds for each thing to happen

passed() { echo "$*" | tee -a working; }
fail() { echo "FAILED: $*"; exit 1; }
wait_for() { # COMMAND...
	local n
	for n in $(seq $((PATIENCE * 5))); do
		if "$@"; then return 0; fi
		sleep 0.2
	done
	fail "not within $PATIENCE s: $*"
}
drop_in() { # UNIT NAME: standard input is its content
	mkdir -p "/etc/systemd/system/$1.d"
	cat > "/etc/systemd/system/$1.d/$2.conf"
	systemctl daemon-reload
}
serve() { # OPTION...: starts the practice service again
	echo "OPTIONS=$*" > practice.env
	rm -f /var/lib/practice/port
	systemctl restart practice.service
	wait_for test -e /var/lib/practice/port
}
list() { # NAME SERIAL...: drops a list that has settled
	local name=$1 s
	shift
	{ echo 'Serial Number,Manufacturer,Model,Customer'; for s; do echo "$s,Contoso,Book 14,contoso"; done; } > "$name"
	touch -d '1 hour ago' "$name"
	install -o unpilot -g unpilot -m 640 -p "$name" "$STATE/spool/incoming/.$name"
	mv "$STATE/spool/incoming/.$name" "$STATE/spool/incoming/$name"
}
now() { date '+%F %T'; }
is_idle() { [ "$(systemctl show -P ActiveState unpilot.service)" = inactive ]; }
has_failed() { [ "$(systemctl show -P ActiveState unpilot.service)" = failed ]; }
is_done() { ls "$STATE"/spool/done/*."$1" > /dev/null 2>&1; }
taken() { is_done "$1" && is_idle; }
ended_with() { journalctl -q -u unpilot.service --since "$SINCE" | grep "status=$1" > /dev/null; }
deregistered() { grep -q "serial=$1 .*result=Complete" /var/lib/practice/log; }

# ---- registry, configuration, keys that only root may read
{ echo 'Serial Number,Manufacturer,Model,Product Key ID,Party,State,Error'
	for i in $(seq -w 1 40); do echo "NB-$i,Contoso,Book 14,,us,registered,"; done
	echo 'NB-ALARM,Contoso,Book 14,,us,registered,ZtdDeviceAlreadyAssigned'; } > registry.csv
serve
install -m 600 /var/lib/practice/client.pem /var/lib/practice/client.key /etc/unpilot/
install -m 644 /var/lib/practice/ca.pem /etc/unpilot/
sed "s,^certificate = .*,certificate = client.pem,; s,^key = .*,key = client.key,; s,^ca-file = .*,ca-file = /etc/unpilot/ca.pem,
	s,^poll-interval.*,poll-interval = 1s,; s,^poll-deadline.*,poll-deadline = 3s\nretries = 1,
	s,sqlite:.*,sqlite:$STATE/ledger.db,; s,^directory = .*,directory = $STATE/handoff," /var/lib/practice/unpilot.conf > /etc/unpilot/unpilot.conf
printf '[spool]\ndirectory = %s/spool\n' "$STATE" >> /etc/unpilot/unpilot.conf
drop_in unpilot.service keys <<- 'END'
	[Unit]
	OnFailure=unpilot-alert@%n.service
	[Service]
	LoadCredential=client.pem:/etc/unpilot/client.pem
	LoadCredential=client.key:/etc/unpilot/client.key
	RestartSec=3s
END
runuser -u unpilot -- unpilot init -q || true # it cannot read the keys
[ -e "$STATE/ledger.db" ] || fail "no ledger"

# ---- the timer
drop_in unpilot.timer soon <<- 'END'
	[Timer]
	OnCalendar=
	OnActiveSec=1s
	RandomizedDelaySec=0
END
SINCE=$(now)
list one.csv NB-01 NB-02 NB-404
systemctl start unpilot.timer
wait_for taken one.csv
deregistered NB-01 && deregistered NB-02 || fail "the timer's night sent nothing"
[ "$(systemctl show -P Result unpilot.service)" = success ] || fail "a device that was not found fails the unit"
run=$(basename "$STATE"/handoff/*)
runuser -u unpilot -- unpilot verify "$STATE/handoff/$run/contoso" > /dev/null
passed "timer: a list in the spool was taken and sent; one device was not found, and the unit is well"
journalctl -q "UNPILOT_RUN=$run" -o verbose > fields
grep -q 'SYSLOG_IDENTIFIER=unpilot$' fields && grep -q 'PRIORITY=6$' fields && grep -q '_SYSTEMD_UNIT=unpilot.service$' fields || fail "journal fields"
passed "journal: $(grep -c UNPILOT_RUN= fields) lines have UNPILOT_RUN, a priority and an identifier"
[ "$(stat -c %a /etc/unpilot/client.key)" = 600 ] && ! runuser -u unpilot -- test -r /etc/unpilot/client.key || fail "the user can read the key"
passed "credentials: the key stays readable by root alone"

# ---- the path unit: the list is fresh, so the unit waits a minute, and the list has settled then
SINCE=$(now)
systemctl start unpilot-spool.path
list two.csv NB-03
touch "$STATE/spool/incoming/two.csv"
wait_for taken two.csv
systemctl stop unpilot-spool.path unpilot-spool.service
deregistered NB-03 || fail "the path unit's night sent nothing"
passed "path: a list that was dropped in the day was taken within two minutes"

# ---- the service is down: 5, and the unit starts again until it is up
SINCE=$(now)
systemctl stop practice.service
list three.csv NB-04
systemctl start --no-block unpilot.service
wait_for ended_with 5
serve
wait_for taken three.csv
wait_for deregistered NB-04
[ "$(grep -c '^device .*serial=NB-04 ' /var/lib/practice/log)" -eq 1 ] || fail "NB-04 was asked twice"
passed "restart after 5: the unit went on when the service was up; the device was asked once"

# ---- no answer before poll-deadline: 6
serve --pending-polls 6
SINCE=$(now)
list four.csv NB-05
systemctl start --no-block unpilot.service
wait_for ended_with 6
wait_for taken four.csv
[ "$(runuser -u unpilot -- unpilot find NB-05 --json | grep -o '"outcome":"[^"]*"' | sed -n 1p)" = '"outcome":"deregistered"' ] || fail "no answer after 6"
passed "restart after 6: the answer came later and was collected; the device was asked once"
[ "$(grep -c '^device .*serial=NB-05 ' /var/lib/practice/log)" -eq 1 ] || fail "NB-05 was asked twice"

# ---- hardening: as the unit's user, with the unit's confinement
drop_in unpilot.service intruder <<- 'END'
	[Service]
	ExecStartPre=/bin/bash /usr/local/bin/intruder
END
cat > /usr/local/bin/intruder <<- 'END'
	for f in /etc/x /usr/x /root/x /home/x /boot/x; do
		if touch "$f" 2>/dev/null; then echo "wrote $f"; exit 1; fi
	done
	if cat /etc/shadow /etc/unpilot/client.key 2>/dev/null; then echo "read a secret"; exit 1; fi
	if [ -e /dev/mem ] || [ -r /dev/kmsg ]; then echo "saw devices"; exit 1; fi
	if unshare --user true 2>/dev/null; then echo "made a namespace"; exit 1; fi
	touch /var/lib/unpilot/intruder /tmp/intruder
END
chmod 755 /usr/local/bin/intruder
serve
SINCE=$(now)
list five.csv NB-06
systemctl start unpilot.service
is_done five.csv || fail "the confined unit"
[ -e "$STATE/intruder" ] && [ ! -e /tmp/intruder ] || fail "the intruder did not run, or shares /tmp"
rm /etc/systemd/system/unpilot.service.d/intruder.conf
systemctl daemon-reload
exposure=$(systemd-analyze security --no-pager unpilot.service | sed -n 's/.*Overall exposure level for unpilot.service: \([0-9.]*\).*/\1/p')
awk "BEGIN { exit !($exposure <= 1.5) }" || fail "exposure level $exposure"
passed "hardening: exposure level $exposure (systemd-analyze security); nothing outside of the state could be written, no secret read"

# ---- an alarm: the unit fails at once, and an alert is mailed
SINCE=$(now)
list six.csv NB-ALARM NB-07
systemctl start unpilot.service && fail "an alarm is no good night"
ended_with 4 || fail "not 4"
has_failed || fail "the unit did not fail"
[ "$(systemctl show -P NRestarts unpilot.service)" -eq 0 ] || fail "restarted after an alarm"
wait_for grep -qs 'Subject: unpilot.service failed on' "$STATE/mail"
wait_for grep -q ALARM "$STATE/mail"
passed "alert: an alarm failed the unit without a restart, and its log was mailed"
mv working passed
