# Each shell can parse its completions.
bash -n partner/dist/completions/unpilot.bash && zsh -n partner/dist/completions/_unpilot &&
	fish --no-execute partner/dist/completions/unpilot.fish
