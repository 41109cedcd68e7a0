#!/usr/bin/env bash
# The scripts: they parse, they explain themselves, and tools/setup says the line to run when it
# may not install. usage: scripts_test.sh SOURCE_ROOT
set -euo pipefail
cd "$1"

fail() {
    echo "scripts_test: $1" >&2
    exit 1
}

for script in tools/setup tools/demo tools/test tools/fuzz .ci/run; do
    [ -x "$script" ] || fail "$script is not executable"
    bash -n "$script" || fail "$script does not parse"
done
for script in tools/setup tools/demo tools/test tools/fuzz tools/sandbox-cost; do
    # Not into a pipe: grep -q closes it early, and the script would die of SIGPIPE now and then.
    said=$("$script" --help)
    grep -q "^usage: $script" <<<"$said" || fail "$script --help does not begin with its usage"
    status=0
    "$script" --no-such-option >/dev/null 2>&1 || status=$?
    [ "$status" -eq 2 ] || fail "$script --no-such-option ends with $status instead of 2"
done
# .ci/run is the README's test command and nothing more.
grep -qx 'exec tools/test' .ci/run || fail ".ci/run does not end in the README's test command"
for command in tools/demo tools/test; do
    grep -q "^ *$command\( \|\$\)" README.md || fail "README.md does not show $command"
done

# A machine on which nothing is installed, and a user who may not install.
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
printf '#!/bin/sh\nexit 1\n' | tee "$bin/dpkg-query" "$bin/sudo" >/dev/null
printf '#!/bin/sh\necho "apt-get was called: $*" >&2\nexit 99\n' >"$bin/apt-get"
printf '#!/bin/sh\necho 1000\n' >"$bin/id"
chmod +x "$bin"/*
status=0
said=$(PATH="$bin:$PATH" tools/setup 2>&1) || status=$?
[ "$status" -eq 1 ] || fail "tools/setup without rights ends with $status instead of 1"
grep -q 'sudo apt-get install -y --no-install-recommends .*libavcodec-dev' <<<"$said" ||
    fail "tools/setup without rights does not print the line to run: $said"

# The same machine as root: one update, one install.
printf '#!/bin/sh\necho 0\n' >"$bin/id"
printf '#!/bin/sh\necho "apt-get $*"\n' >"$bin/apt-get"
said=$(PATH="$bin:$PATH" tools/setup)
[ "$(grep -c '^apt-get update' <<<"$said")" -eq 1 ] || fail "tools/setup does not update once: $said"
[ "$(grep -c '^apt-get install' <<<"$said")" -eq 1 ] || fail "tools/setup does not install once: $said"
echo "the scripts are fine"
