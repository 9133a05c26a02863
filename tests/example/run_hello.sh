#!/bin/sh
# The README's program works, is under 30 lines, and stands in the README as it is.
set -eu
hello=$1 source=$2 readme=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

[ "$(wc -l <"$source")" -lt 30 ] || { echo "hello.c has 30 lines or more"; exit 1; }
awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$readme" | cmp - "$source" || { echo "README.md prints another program"; exit 1; }
"$hello" "$dir/hello.db" "$dir/hub.git" | grep -q '^[1-9][0-9]* segments sent$'
"$hello" "$dir/hello.db" "$dir/hub.git" | grep -q '^[1-9][0-9]* segments sent$'
[ "$(sqlite3 "$dir/hello.db" 'SELECT count(*) FROM catatan')" = 2 ]
git -C "$dir/hub.git" fsck --strict --no-progress
