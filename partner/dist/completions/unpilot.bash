# bash completion for unpilot(1). Plain bash: needs no library of completions.

# The command: the first word that is neither an option nor an option's value.
_unpilot_command() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config | --log-file | --stats | --out | --route | --columns | --parallel | --tpslimit | \
			--max-duration | --lock-wait | --max-devices | --max-per-customer | --max-fail-percent | --max-inventory-percent | \
			--skip-list | --digest | --customer | --since | --limit | --tenant | --not-in | --signer | --metrics-file | --status-file)
			((i++)) # skips its argument; bash makes "=" a separate word
			[[ ${COMP_WORDS[i]-} != = ]] || ((i++))
			;;
		-*) ;;
		*) echo "${COMP_WORDS[i]}" && return ;;
		esac
	done
}

_unpilot_options() {
	local all="--config --quiet --verbose --log-file --log-json --syslog --no-color --progress --stats --help"
	local sending="--json --dry-run --out --route --parallel --tpslimit --max-fail-percent --max-inventory-percent --skip-list
		--max-duration --lock-wait --again --moved --not-ready --all-matches --metrics-file --status-file"
	case $1 in
	init) echo "$all --json" ;;
	run) echo "$all $sending --max-devices --max-per-customer --columns" ;;
	plan) echo "$all --json --out --route --max-devices --max-per-customer --max-inventory-percent --skip-list --lock-wait --again --moved --not-ready
		--all-matches --columns" ;;
	apply) echo "$all $sending --max-devices --max-per-customer --digest" ;;
	resume) echo "$all $sending --resend --collect --clear-alarm" ;;
	report) echo "$all --out --customer --lock-wait" ;;
	letter) echo "$all --out --columns --no-record --remind --lock-wait --again" ;;
	close) echo "$all --json --lock-wait" ;;
	find) echo "$all --json" ;;
	inventory) echo "$all --tenant --customer --not-in" ;;
	status) echo "$all --json --customer --since --limit --open --watch" ;;
	verify) echo "$all --json --signer" ;;
	doctor) echo "$all --json --offline --route" ;;
	config) echo "$all --json --route --max-devices --max-per-customer --max-fail-percent --max-inventory-percent --parallel --tpslimit
		--skip-list --interactive" ;;
	ledger) echo "$all --json" ;;
	help) echo "$all" ;;
	forget) echo "$all --json --customer --dry-run --lock-wait --yes" ;;
	*) echo "$all --version" ;;
	esac
}

# The runs of the ledger, if this user may read it.
_unpilot_runs() {
	unpilot status 2>/dev/null | sed -n 's/^\([0-9]\{8\}T[0-9]\{6\}Z-[0-9a-f]*\) .*/\1/p'
}

_unpilot() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command
	[[ $word != = ]] || word=
	[[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]}
	COMPREPLY=()
	case $before in
	-c | --config | --log-file | --skip-list | --not-in | --signer | --metrics-file | --status-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--out)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--route)
		mapfile -t COMPREPLY < <(compgen -W "oem-direct partner-center" -- "$word")
		return
		;;
	--columns | --customer | --tenant | --since | --limit | --digest | --parallel | --tpslimit | --max-duration | --lock-wait | --stats | \
		--max-devices | --max-per-customer | --max-fail-percent | --max-inventory-percent) return ;;
	esac
	command=$(_unpilot_command)
	case $command:$word in
	*:-*) mapfile -t COMPREPLY < <(compgen -W "$(_unpilot_options "$command")" -- "$word") ;;
	:*) mapfile -t COMPREPLY < <(compgen -W "init run plan apply resume report letter close status find inventory verify doctor
		config forget ledger help" -- "$word") ;;
	run:* | plan:* | letter:* | close:*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	apply:* | resume:* | report:* | status:*) mapfile -t COMPREPLY < <(compgen -W "$(_unpilot_runs)" -- "$word") ;;
	verify:*) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	config:*) mapfile -t COMPREPLY < <(compgen -W "check show generate" -- "$word") ;;
	help:*) mapfile -t COMPREPLY < <(compgen -W "init run plan apply resume report letter close status find inventory verify doctor
		config forget ledger" -- "$word") ;;
	ledger:*) mapfile -t COMPREPLY < <(compgen -W "check copy" -- "$word") ;;
	esac
}
complete -o filenames -F _unpilot unpilot
