# mandoc finds nothing in the man pages, and .Dt agrees with the file name.
bad=0
for page in partner/man/*.[15]; do
	mandoc -Tlint -Wwarning "$page" || bad=1
	name=$(basename "$page")
	grep -q "^\.Dt $(echo "${name%.*}" | tr a-z A-Z) ${name##*.}$" "$page" || { echo "$page: .Dt does not agree with the file name"; bad=1; }
done
exit $bad
