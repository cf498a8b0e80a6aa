. "$(dirname "$0")/lib.sh"
# One charter replaces another, all of it offline: from files alone, without a node.
ceremony
member_keys east PARTY

# Amend: a text that counts on, names its predecessor and says what changes.
expect 0 charter amend --current charter.note --deadline respond=24h --out charter-2.txt --json
json 'j["version"] == 2 and len(j["changes"]) == 1 and j["file"] == "charter-2.txt"'
expect 0 charter check charter-2.txt
expect 0 charter diff charter.note charter-2.txt
has "respond"
expect 0 charter diff charter.note charter-2.txt --json
json 'j["before"] == 1 and j["after"] == 2 and j["follows"] and len(j["changes"]) == 1'
expect 0 charter diff charter-2.txt charter.note --json
json 'not j["follows"] and j["why_not"]'
expect 2 charter amend --current charter.note --deadline respond=24h --out charter-2.txt
complains "nothing is overwritten"
expect 2 charter amend --current charter.note --out x.txt
complains "--text"
expect 2 charter amend --current charter.note --text charter.txt --title T --out x.txt
expect 2 charter amend --current charter.note --remove nobody --out x.txt
complains "--remove 'nobody': the charter has no such member"
expect 2 charter amend --current charter.note --add north/north.member --out x.txt
complains "is a member already"
expect 2 charter amend --current charter.note --deadline lunch=1h --out x.txt
complains "respond"
expect 2 charter amend --current nowhere --title T --out x.txt

# Sign: what it replaces must be given, and be what it replaces; the key must be the member's root.
sign() { # sign <code> <member> <key folder> <text> <current> <out>
  expect "$1" charter sign "$4" --current "$5" --key "$3/root.key" --member "$2" --passphrase-file pass \
    --yes --out "$6"
}
expect 2 charter sign charter-2.txt --key north/root.key --member north --passphrase-file pass --yes --out x.note
complains "--current: this is version 2"
sed 's/respond_s: 4 /respond_s: 5 /' charter.txt >other.txt
sign 2 north north charter-2.txt other.txt x.note
sign 2 north north charter-2.txt charter-2.txt x.note
sign 2 north south charter-2.txt charter.note x.note
sign 2 east east charter-2.txt charter.note x.note
for m in north south harbour lake; do sign 0 $m $m charter-2.txt charter.note $m-2.note; done
has "respond"

# Assemble: names who is missing; partial notes go on; the whole is verified as a chain.
expect 2 charter assemble charter-2.txt --current charter.note --signature north-2.note --out x.note
complains "not signed yet by"
complains south
expect 2 charter assemble charter-2.txt --signature north-2.note --out x.note
complains "--current"
expect 0 charter assemble charter-2.txt --current charter.note --signature north-2.note \
  --signature harbour-2.note --partial --out half-2.note --json
json 'not j["complete"] and any("south" in m for m in j["missing"])'
expect 0 charter assemble half-2.note --current charter.note --signature south-2.note \
  --signature lake-2.note --out charter-2.note --json
json 'j["complete"] and j["missing"] == [] and j["version"] == 2'
expect 1 charter assemble charter-2.txt --current charter.note --signature north.note --out x.note
complains "is of another text"

expect 0 charter verify charter.note charter-2.note
has "the last has version 2"
expect 0 charter verify charter.note charter-2.note --json
json 'j["verified"] and j["version"] == 2'
# Too few signatures, out of order, one left out.
expect 1 charter verify charter.note half-2.note
for chain in "charter-2.note charter.note" "charter-2.note" "charter.note charter.note"; do
  got=0
  "$PARLEY" charter verify $chain >out 2>err || got=$?
  [ $got != 0 ] || fail "a chain that does not hold was verified: $chain"
done

# A member joins: the new one signs too.
expect 0 charter amend --current charter-2.note --add east/east.member --out charter-3.txt
has east
for m in north south harbour lake; do sign 0 $m $m charter-3.txt charter-2.note $m-3.note; done
signatures=(--signature north-3.note --signature south-3.note --signature harbour-3.note --signature lake-3.note)
expect 2 charter assemble charter-3.txt --current charter-2.note "${signatures[@]}" --out x.note
complains east
sign 0 east east charter-3.txt charter-2.note east-3.note
expect 0 charter assemble charter-3.txt --current charter-2.note "${signatures[@]}" --signature east-3.note \
  --out charter-3.note
expect 0 charter verify charter.note charter-2.note charter-3.note
got=0
"$PARLEY" charter verify charter.note charter-3.note >out 2>err || got=$?
[ $got != 0 ] || fail "a chain with a gap was verified"

# A rotation needs the member's own root key only, and no network with --current and --out.
cp charter.note north/charter.note
rotate() { # rotate <code> <more arguments...>
  expect "$1" key rotate --profile north/anna.profile --passphrase-file pass "${@:2}"
}
rotate 0 --root-key north/root.key --purpose node --new-key node-2.key --current charter.note --out rotation.note --json
json 'j["charter_version"] == 2 and j["purpose"] == "node" and len(j["public_key"]) == 64'
expect 0 charter diff charter.note rotation.note
has "node"
expect 0 charter verify charter.note rotation.note
rotate 2 --root-key south/root.key --purpose node --new-key node-3.key --current charter.note --out x.note
rotate 2 --root-key north/root.key --purpose officer --new-key node-3.key --current charter.note --out x.note
complains "want node or cosigner"
rotate 2 --root-key north/root.key --purpose cosigner --new-key node-2.key --current charter.note --out x.note
complains "is a node key, not a cosigner key"
rotate 2 --root-key north/anna.key --purpose node --new-key node-2.key --current charter.note --out x.note
complains "want a root key, this is an officer key"
rotate 2 --root-key north/root.key --purpose node --new-key node-2.key --current charter.note --out rotation.note
complains "nothing is overwritten"
[ ! -e x.note ] && [ ! -e x.txt ] || fail "a file was written in spite of the error"

# Receipts: each charter of the chain is checked before one judges.
expect 1 receipt verify nowhere --entry nowhere --charter charter.note --charter half-2.note
done_testing
