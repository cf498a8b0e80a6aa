# Sourced by the command line's script tests. Runs $PARLEY in a temporary folder and compares.
set -euo pipefail

dir=$(mktemp -d "${TMPDIR:-/tmp}/parley-cli.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf 'a passphrase for tests only\n' >pass
chmod 600 pass
checks=0

fail() {
  echo "FAILED: $*" >&2
  echo "--- stdout" >&2
  cat out >&2
  echo "--- stderr" >&2
  cat err >&2
  exit 1
}

# expect <exit code> <parley arguments...>: leaves stdout and stderr in the files out and err.
expect() {
  local want=$1 got=0
  shift
  "$PARLEY" "$@" >out 2>err </dev/null || got=$?
  checks=$((checks + 1))
  [ "$got" = "$want" ] || fail "exit code $got instead of $want: parley $*"
}
has() { grep -qF -- "$1" out || fail "standard output lacks: $1"; }
hasnt() { ! grep -qF -- "$1" out || fail "standard output has: $1"; }
complains() { grep -qF -- "$1" err || fail "standard error lacks: $1"; }
# json <python expression over j>: standard output is one JSON object and the expression is true.
json() {
  python3 -c 'import json,sys; j=json.load(open("out")); sys.exit(0 if eval(sys.argv[1]) else 1)' "$1" ||
    fail "not true of the JSON: $1"
}
quiet() { [ ! -s out ] || fail "standard output should be empty"; }
done_testing() { echo "$checks commands as expected"; }

origin=parley.example/cli-test
member_keys() { # member_keys <name> <role> [more arguments]
  local name=$1 role=$2
  shift 2
  expect 0 key init --dir "$name" --origin "$origin" --member "$name" --role "$role" \
    --display-name "Delegation $name" --officer anna --passphrase-file pass --test-keys "$@"
}
# The whole ceremony for four members; leaves charter.txt and charter.note.
ceremony() {
  local m
  for m in north south; do member_keys $m PARTY; done
  for m in harbour lake; do member_keys $m MEDIATOR; done
  expect 0 charter new --origin "$origin" --title "CLI test" --member north/north.member \
    --member south/south.member --member lake/lake.member --member harbour/harbour.member \
    --deadline respond=4s --allow-verdict-without-verification --heartbeat 10m --out charter.txt
  local signatures=()
  for m in harbour lake north south; do
    expect 0 charter sign charter.txt --key $m/root.key --member $m --passphrase-file pass --yes \
      --out $m.note
    signatures+=(--signature $m.note)
  done
  expect 0 charter assemble charter.txt "${signatures[@]}" --out charter.note
}
