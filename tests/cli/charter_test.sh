. "$(dirname "$0")/lib.sh"
ceremony

expect 0 charter check charter.txt
has "4 members, quorum 3"
"$PARLEY" charter check - <charter.txt >out 2>err || fail "standard input is not read"
has "4 members"
expect 0 charter show charter.txt
has 'north "Delegation north", party'
has "all mediators"
has "respond         4s"
has "Nobody has signed"
expect 0 charter show north.note
has "valid   $origin/north/root"
expect 0 charter verify charter.note --json
json 'j["verified"] and j["quorum"] == 3 and len(j["ledger_id"]) == 64 and len(j["members"]) == 4'
[ "$(python3 -c 'import json;print(json.load(open("out"))["ledger_id"])')" = \
  "$(sha256sum charter.txt | cut -d' ' -f1)" ] || fail "the ledger id is the SHA-256 of the text"
expect 0 charter policy charter.note
has "quorum members"
[ "$(grep -c '^witness ' out)" = 4 ] || fail "want four witness lines"

# A text is no charter yet, wherever a charter is wanted.
expect 2 receipt verify nowhere --entry nowhere --charter charter.txt
complains "nobody has signed it"

# The same note whatever the order, and from partial notes.
expect 0 charter assemble charter.txt --signature south.note --signature north.note --partial --out half.note
expect 0 charter assemble half.note --signature lake.note --signature harbour.note --out again.note
cmp -s charter.note again.note || fail "one set of signatures has one byte form"

# Too few signatures, another text by one byte, a wrong key, a wrong member.
expect 2 charter assemble charter.txt --signature north.note --out few.note
complains "not signed yet by: harbour, lake, south"
expect 1 charter verify north.note
sed 's/respond_s: 4 /respond_s: 5 /' charter.txt >other.txt
cmp -s charter.txt other.txt && fail "the edit did nothing"
expect 0 charter sign other.txt --key south/root.key --member south --passphrase-file pass --yes --out other.note
expect 1 charter assemble charter.txt --signature north.note --signature other.note --out x.note
complains "south signed another text"
complains "respond_s"
expect 2 charter sign charter.txt --key south/root.key --member north --passphrase-file pass --yes --out x.note
expect 2 charter sign charter.txt --key south/node.key --member south --passphrase-file pass --yes --out x.note
expect 2 charter sign charter.txt --key south/root.key --member east --passphrase-file pass --yes --out x.note
expect 2 charter sign charter.txt --key south/root.key --member south --passphrase-file pass --yes --out south.note
complains "nothing is overwritten"
[ ! -e x.note ] || fail "a note was written in spite of the error"
# Without --yes it asks, and here is nobody to answer.
if ! (: >/dev/tty) 2>/dev/null; then
  expect 2 charter sign charter.txt --key south/root.key --member south --passphrase-file pass --out x.note
  complains "--yes"
fi

# A signature that was tampered with names the member.
python3 - <<'P'
note = open("charter.note", encoding="utf8").read().split("\n")
i = next(k for k, l in enumerate(note) if l.startswith("— ") and "/lake/" in l)
head, sig = note[i].rsplit(" ", 1)
sig = sig[:20] + ("A" if sig[20] != "A" else "B") + sig[21:]
note[i] = head + " " + sig
open("bad.note", "w", encoding="utf8").write("\n".join(note))
P
expect 1 charter verify bad.note
complains lake
expect 0 charter show bad.note
has "INVALID $origin/lake/root"

# Drafting: bad deadlines, members that do not fit, files that are not there.
expect 2 charter new --origin $origin --title T --member north/north.member --member south/south.member \
  --deadline lunch=1h --out x.txt
complains "respond"
expect 2 charter new --origin $origin --title T --member north/north.member --member south/south.member \
  --deadline respond=soon --out x.txt
expect 2 charter new --origin $origin --title T --member north/north.member --member north/north.member --out x.txt
expect 2 charter new --origin $origin --title T --member nowhere.member --member north/north.member --out x.txt
printf 'name: "x"\nsurprise: 1\n' >odd.member
expect 2 charter new --origin $origin --title T --member odd.member --member north/north.member --out x.txt
complains "odd.member:2:"
expect 2 charter check nonsense --json
json 'j["error"]["code"] == "NOT_FOUND"'
printf 'format: 1\norigin: "x\n' >cut.txt
expect 2 charter check cut.txt
head -c 70000 /dev/zero >big.txt
expect 2 charter check big.txt
[ ! -e x.txt ] || fail "a text was written in spite of the error"

# Display names in any script; control characters are refused.
expect 0 key init --dir ar --origin $origin --member ar --role PARTY --display-name 'الوفد الجنوبي' \
  --passphrase-file pass --test-keys
expect 2 key init --dir esc --origin $origin --member esc --role PARTY --display-name $'\e[31mred' \
  --passphrase-file pass --test-keys
grep -q $'\e' err && fail "an escape character reached the terminal"
expect 0 charter new --origin $origin --title 'عنوان' --member ar/ar.member --member lake/lake.member --out ar.txt
expect 0 charter show ar.txt
has 'الوفد الجنوبي'
done_testing
