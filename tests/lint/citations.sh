# Every cited document and section exists. Citations look like doc/wire.md, section 3.2 and doc/ARCHITECTURE.md, "Promises" (in
# partner/doc/), or unpilot(1), EXIT STATUS (in partner/man/). They may continue on the next line of a comment.
bad=0
wrong() { echo "$file: $*"; bad=1; }

check_document() { # CITATION
	local document=partner/${1%%,*} part
	[ -f "$document" ] || { wrong "$document does not exist"; return; }
	case $1 in
	*\"*)
		part=${1#*\"}
		grep -qixF -e "# ${part%\"}" -e "## ${part%\"}" -e "### ${part%\"}" "$document" || wrong "$1: no such title"
		;;
	*section*)
		for part in $(grep -oE '[0-9]+(\.[0-9]+)*' <<< "${1#*section}"); do
			grep -qE "^#+ ${part//./\\.}[. ]" "$document" || wrong "$1: no section $part"
		done
		;;
	esac
}

check_page() { # CITATION
	local name=${1%%(*} page
	page=partner/man/$name.$(sed 's/.*(\([0-9]\)).*/\1/' <<< "$1")
	[ -f "$page" ] || { wrong "$page does not exist"; return; }
	[[ $1 != *,* ]] || grep -qxF ".Sh ${1#*, }" "$page" || wrong "$1: no such section"
}

while read -r file; do
	text=$(tr -s '\n\t *#;' ' ' < "$file" | tr -d '\0')
	while read -r citation; do
		case $citation in
		*.md*) check_document "$citation" ;;
		unpilot*) check_page "$citation" ;;
		*) wrong "\"$citation\" cites a document that is not in the tree" ;;
		esac
	done < <(grep -oE 'doc/[A-Za-z-]+\.md(, (sections? [0-9][0-9.]*[0-9]?((, | and | to )[0-9][0-9.]*)*|"[^"]+"))?|unpilot[a-z.-]*\([0-9]\)(, [A-Z][A-Z ]+[A-Z])?|(design|facts|peers), sections? [0-9.]+' <<< "$text")
done < <(git ls-files '*.[ch]' '*.sh' '*.bash' '*.bats' '*.mk' '*.md' '*.xsl' '*.conf' '*.txt' '*.awk' '*.service' Makefile .ci)
exit $bad
