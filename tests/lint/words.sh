# The project speaks of itself alone: no word about who or what wrote it, nor where.
if git ls-files -co --exclude-standard | grep -v '^tests/lint/words.sh$' | xargs -d '\n' grep -nIiE \
	'(^|[^[:alnum:]_%.}/])/work/|\b(claude|anthropic|openai|chatgpt|copilot|llms?|language model)\b|\bai[ -](tool|agent|assistant|model)|\b(this|last|another|previous|earlier) session\b'; then
	echo "the lines above speak of the making, not of the project"
	exit 1
fi
