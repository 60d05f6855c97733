# fish completion for unpilot(1).

function __unpilot_runs
    unpilot status 2>/dev/null | string match -r '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]+'
end

set -l commands init run plan apply resume report letter close status find verify doctor config forget ledger help
set -l sending run apply resume
set -l writing plan $sending

complete -c unpilot -f
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a init -d 'Create the ledger and the folders'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a run -d 'Read lists, deregister, hand off'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a plan -d 'The same without sending'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a apply -d 'Send what was planned'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a resume -d 'Finish what earlier runs left open'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a report -d 'Write the hand-off packs again'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a letter -d 'What customers do before we deregister'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a close -d 'Record what customers report done'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a status -d 'Runs, and what is open'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a find -d 'What is known about a device or a ticket'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a verify -d 'Check a pack'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'Look for what would stop a run'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a config -d 'Check, show or generate a configuration'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a forget -d 'Erase a customer'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a ledger -d 'Move to another ledger'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -a help -d 'Describe a command'
complete -c unpilot -n "not __fish_seen_subcommand_from $commands" -s V -l version -d 'Print the version'

complete -c unpilot -s c -l config -r -F -d 'Configuration'
complete -c unpilot -s q -l quiet -d 'Say nothing unless a person is needed'
complete -c unpilot -s v -l verbose -d 'Say more'
complete -c unpilot -l log-file -r -F -d 'Write the log to a file as well'
complete -c unpilot -l log-json -d 'Write the log as JSON'
complete -c unpilot -l syslog -d 'Send the log to syslog as well'
complete -c unpilot -l no-color -d 'Use no colour'
complete -c unpilot -l progress -d 'Show progress off a terminal'
complete -c unpilot -l stats -x -d 'A line of progress every so often'
complete -c unpilot -l help -d 'What the command does'

complete -c unpilot -n "__fish_seen_subcommand_from init $writing close status find verify doctor config forget" -l json -d 'JSON lines'
complete -c unpilot -n "__fish_seen_subcommand_from $writing report letter" -l out -x -a '(__fish_complete_directories)' -d 'Where packs go'
complete -c unpilot -n "__fish_seen_subcommand_from $writing doctor config" -l route -x -a 'oem-direct partner-center' -d 'Way to the service'
complete -c unpilot -n "__fish_seen_subcommand_from $writing config" -l max-inventory-percent -x -d 'Share of registrations that may be deleted'
complete -c unpilot -n "__fish_seen_subcommand_from $writing config" -l skip-list -r -F -d 'Devices never to be sent'
complete -c unpilot -n "__fish_seen_subcommand_from $writing close forget" -l lock-wait -x -d 'Wait for another run to end'
complete -c unpilot -n "__fish_seen_subcommand_from $writing" -l moved -d 'Send devices that were another customer\'s'
complete -c unpilot -n "__fish_seen_subcommand_from $writing" -l again -d 'Send although it was sent before'
complete -c unpilot -n "__fish_seen_subcommand_from $writing" -l all-matches -d 'Deregister a serial as often as it is registered'
complete -c unpilot -n "__fish_seen_subcommand_from $sending forget" -s n -l dry-run -d 'Send nothing'
complete -c unpilot -n "__fish_seen_subcommand_from $sending config" -l parallel -x -d 'Requests in flight'
complete -c unpilot -n "__fish_seen_subcommand_from $sending config" -l tpslimit -x -d 'Requests a second at most'
complete -c unpilot -n "__fish_seen_subcommand_from $sending config" -l max-fail-percent -x -d 'Stop when more devices failed'
complete -c unpilot -n "__fish_seen_subcommand_from $sending" -l max-duration -x -d 'Send nothing more after'
complete -c unpilot -n "__fish_seen_subcommand_from $sending" -l metrics-file -r -F -d 'Metrics for Prometheus'
complete -c unpilot -n "__fish_seen_subcommand_from $sending" -l status-file -r -F -d 'What the run came to'
complete -c unpilot -n "__fish_seen_subcommand_from run plan apply config" -l max-devices -x -d 'Refuse a run of more devices'
complete -c unpilot -n "__fish_seen_subcommand_from run plan apply config" -l max-per-customer -x -d 'The same for each customer'
complete -c unpilot -n "__fish_seen_subcommand_from run plan letter" -l columns -x -d 'Columns of lists without a header'
complete -c unpilot -n "__fish_seen_subcommand_from letter" -l no-record -d 'A printout that nothing records'
complete -c unpilot -n "__fish_seen_subcommand_from apply" -l digest -x -d 'Refuse a plan of another digest'
complete -c unpilot -n "__fish_seen_subcommand_from resume" -l collect -d 'Ask for results, send nothing'
complete -c unpilot -n "__fish_seen_subcommand_from resume" -l clear-alarm -d 'The alarm of the run was understood'
complete -c unpilot -n "__fish_seen_subcommand_from resume" -l resend -d 'Send once more what got no answer'
complete -c unpilot -n "__fish_seen_subcommand_from report forget status" -l customer -x -d 'Whom'
complete -c unpilot -n "__fish_seen_subcommand_from status" -l since -x -d 'Only runs since'
complete -c unpilot -n "__fish_seen_subcommand_from status" -l limit -x -d 'Runs at most'
complete -c unpilot -n "__fish_seen_subcommand_from status" -l open -d 'Only runs with something open'
complete -c unpilot -n "__fish_seen_subcommand_from status" -l watch -d 'Print again and again'
complete -c unpilot -n "__fish_seen_subcommand_from forget" -l yes -d 'Erase without asking'
complete -c unpilot -n "__fish_seen_subcommand_from verify" -l signer -r -F -d 'Trust this certificate'
complete -c unpilot -n "__fish_seen_subcommand_from doctor" -l offline -d 'Leave out what needs the network'
complete -c unpilot -n "__fish_seen_subcommand_from config" -l interactive -d 'Ask at the terminal'

complete -c unpilot -n "__fish_seen_subcommand_from run plan letter close" -F
complete -c unpilot -n "__fish_seen_subcommand_from verify" -a '(__fish_complete_directories)'
complete -c unpilot -n "__fish_seen_subcommand_from apply resume report status" -a '(__unpilot_runs)'
complete -c unpilot -n "__fish_seen_subcommand_from config" -a 'check show generate'
complete -c unpilot -n "__fish_seen_subcommand_from ledger" -a copy
