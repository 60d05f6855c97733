# Reads SIZE,ROUND,SUBJECT,NAME,VALUE and prints the medians over the rounds as SIZE,SUBJECT,NAME,VALUE.
BEGIN { FS = OFS = "," }
{
	key = $1 OFS $3 OFS $4
	if (!(key in count))
		order[++keys] = key
	value[key, ++count[key]] = $5 + 0
}
function median(key, n, i, j, x) {
	n = count[key]
	for (i = 2; i <= n; i++) {
		x = value[key, i]
		for (j = i - 1; j > 0 && value[key, j] > x; j--)
			value[key, j + 1] = value[key, j]
		value[key, j + 1] = x
	}
	return (value[key, int((n + 1) / 2)] + value[key, int(n / 2) + 1]) / 2
}
END {
	for (k = 1; k <= keys; k++)
		printf "%s,%.6f\n", order[k], median(order[k])
}
