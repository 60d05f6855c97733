# Nobody calls functions that common/ or libc replaces with better ones.
if git ls-files 'partner/*.[ch]' 'common/*.[ch]' 'samples/*.[ch]' |
	xargs grep -nE '\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|gets|atoi|atol|atoll|atof|localtime|gmtime|ctime|asctime|alloca|system|popen|mktemp|tmpnam|v?[fs]?scanf|rand|srand|strerror_r) *\('; then
	echo "the functions above are banned"
	exit 1
fi
