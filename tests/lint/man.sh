# Man pages are clean for mandoc, and installed under the names they give themselves.
bad=0
for page in partner/man/*.[15]; do
	mandoc -Tlint -Wwarning "$page" || bad=1
	name=$(basename "$page")
	grep -q "^\.Dt $(echo "${name%.*}" | tr a-z A-Z) ${name##*.}$" "$page" || { echo "$page: .Dt is another"; bad=1; }
done
exit $bad
