# Sources are formatted (make format).
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
