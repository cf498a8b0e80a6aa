. "$(dirname "$0")/lib.sh"

expect 0 --help
has "Exit codes"
expect 0 version --json
json 'j["version"].count(".") == 2'
for command in "" "key" "nonsense" "key nonsense" "charter"; do
  expect 2 $command
  quiet
done
# The word that is not known is named, with those that are.
expect 2 foo
complains "no command 'parley foo'; there are key, charter"
expect 2 key nonsense --json
json '"no command" in j["error"]["message"] and "parley key nonsense" in j["error"]["message"]'
expect 2 report nonsense --profile x
complains nonsense
expect 0 --version
has "parley "
expect 0 --version --json
json 'j["version"].count(".") == 2'
expect 2 key generate --json
json 'j["error"]["code"] == "INVALID_ARGUMENT" and "--purpose" in j["error"]["message"]'

# What is quoted is cut, between two characters.
long=$(printf 'é%.0s' {1..30000})
expect 2 "$long"
[ "$(wc -c <err)" -lt 5000 ] || fail "an endless word is quoted whole"
complains "bytes more)"
expect 2 "x$long" --json
json '"\ufffd" not in j["error"]["message"] and len(j["error"]["message"]) < 5000'

# Every command has help with an example.
for command in "key generate" "key show" "key ca" "key certify" "key init" "key enrol" "key revoke" \
  "key possession" "charter new" "charter check" "charter show" "charter sign" "charter assemble" \
  "charter verify" "charter policy" "charter amend" "charter diff" "charter get" "charter propose" \
  "key rotate" "node config" "report" "report amend" "report withdraw" "respond" \
  "screen" "comment" "verdict propose" "verdict endorse" "endorse" "appeal" "appeal decide" \
  "remedy report" "remedy check" "case list" "case show" "case timeline" "case close" \
  "obligation list" "record show" "outbox list" "outbox send" "outbox export" "outbox import" \
  "outbox drop" "receipt get" "receipt verify" "checkpoint" "export" "audit" "audit evidence" "status" "watch" \
  "import" "bench" "version"; do
  expect 0 $command --help
  has "Examples:"
  has "  parley $command"
done

# Groups have examples too.
for group in key charter node outbox receipt case obligation record verdict remedy; do
  expect 0 $group --help
  has "Examples:"
  has "  parley $group "
done

# Every command and every option stands in the manual.
python3 - "$PARLEY" "$PARLEY_SOURCE_DIR/docs/cli.md" <<'P' >err || fail "docs/cli.md lacks what standard error names"
import re, subprocess, sys

parley, manual = sys.argv[1], open(sys.argv[2], encoding="utf-8").read()
missing, seen = [], 0

def look(path):
    global seen
    text = subprocess.run([parley, *path, "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", text, re.M)
    words = [" ".join(path)] + [o for o in options if o not in ("--help", "--version")]
    seen += len(words)
    missing.extend(f"{' '.join(path)}: {w}" for w in words if w not in manual)
    groups = re.search(r"Subcommands:\n((?:  .*\n)+)", text)
    for line in groups.group(1).splitlines() if groups else []:
        if re.match(r"  \S", line):
            look([*path, line.split()[0]])

look([])
print("\n".join(missing))
sys.exit(0 if not missing and seen > 300 else 1)
P

# What is missing or does not fit together is said.
expect 2 report --event-type IED
complains "--profile is required"
expect 2 status --profile nowhere
complains nowhere
expect 2 audit
complains "--node"
expect 2 audit nowhere
expect 2 audit evidence
complains "file is required"
expect 2 audit evidence nowhere
complains "--charter is required"
expect 2 audit evidence nowhere --charter nowhere
complains "'nowhere'"
expect 2 receipt verify nowhere --entry nowhere --charter nowhere
expect 2 export --out x.tar
done_testing
