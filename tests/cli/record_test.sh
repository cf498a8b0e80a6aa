. "$(dirname "$0")/lib.sh"
ceremony
cp charter.note north/charter.note
echo 'node: "127.0.0.1:1"' >>north/anna.profile
p=(--profile north/anna.profile)
facts=(--event-type FIRE_INDIRECT --from 2026-03-03T22:10+05:00 --to 2026-03-03T22:50+05:00)

# Shown, not signed: both times, the grid reference, exact integers.
expect 0 report "${p[@]}" "${facts[@]}" --position 34.0021,71.2004 --place "Ridge 14" --alleged south \
  --means MORTAR --count 6 --casualties KILLED:CIVILIAN=1/2/ --narrative "Six rounds." --dry-run --json
json 'j["act"]["report_incident"]["facts"]["position"] == "34.0021,71.2004"'
json 'j["act"]["report_incident"]["facts"]["mgrs"] == "42SYC0321664571"'
json 'j["act"]["report_incident"]["facts"]["from"] == "2026-03-03T22:10+05:00"'
json 'j["act"]["report_incident"]["facts"]["casualties"] == [{"outcome":"KILLED","group":"CIVILIAN","low":1,"best":2}]'
json 'j["sequence"] == 1 and j["officer"] == "anna"'
expect 0 outbox list "${p[@]}"
has "Nothing waits"

# A form says the same as flags; both at once is refused.
cat >form.json <<'J'
{"event_type": "FIRE_INDIRECT", "from": "2026-03-03T22:10+05:00", "to": "2026-03-03T22:50+05:00",
 "time_precision": "MINUTE", "position": "42SYC0321664571", "location_precision": "NEAR",
 "alleged": [{"member": "south"}], "urgency": "FLASH", "narrative": "Köy"}
J
expect 0 report "${p[@]}" --form form.json --dry-run
has "FIRE_INDIRECT"
expect 2 report "${p[@]}" --form form.json --event-type IED --dry-run
complains "given in the form and as a flag"

# What is wrong is named.
for bad in "--position 91,0" "--position 34.5" "--from yesterday" "--alleged group:" "--means SPEAR" \
  "--casualties KILLED:CIVILIAN=1/2" "--casualties DEAD:CIVILIAN=1" "--count -1" "--credibility 7" \
  "--reliability Z" "--urgency SOON" "--case 12" "--language 1"; do
  expect 2 report "${p[@]}" --event-type IED --from 2026-03-03T22:10Z $bad --dry-run
  quiet
done
expect 2 report "${p[@]}" "${facts[@]}" --narrative "$(printf 'x%.0s' {1..9000})" --dry-run
echo '{"answer": "PERHAPS"}' >bad.json
expect 2 respond "${p[@]}" --case 2026-0001 --form bad.json --dry-run
complains "ADMIT, DENY, EXPLAIN, COUNTER_CLAIM"

# A text that would show in another order than it was signed is refused, and shown harmlessly.
expect 2 report "${p[@]}" "${facts[@]}" --narrative "$(printf 'a\nb\342\200\256c')" --dry-run
complains "facts.narrative: bidirectional control"
expect 2 report "${p[@]}" "${facts[@]}" --form "$(printf 'no\342\200\256such')" --dry-run
grep -q "$(printf '\342\200\256')" err && fail "a bidi control reached the terminal"
complains '\u{202e}'

# What is no UTF-8 is refused and named, never replaced and signed.
bad=$(printf 'bad \377\376 utf')
for flag in --narrative --place --event-type --damage --tag --alleged --source --language; do
  expect 2 report "${p[@]}" "${facts[@]}" $flag "$bad" --offline
  complains "$flag: not UTF-8 at byte 4"
  quiet
done
expect 2 report "${p[@]}" "${facts[@]}" --alleged "group:$bad" --offline
complains "--alleged: not UTF-8"
expect 2 report "${p[@]}" "${facts[@]}" "--place=$bad" --offline
complains "--place: not UTF-8 at byte 12"
got=0
printf 'bad \377\376 utf' | "$PARLEY" report "${p[@]}" "${facts[@]}" --narrative - --offline >out 2>err || got=$?
[ $got = 2 ] || fail "malformed standard input was taken"
complains "narrative: not UTF-8 at byte 4"
printf '{"event_type": "IED", "from": "2026-03-03T22:10Z", "narrative": "\377"}' >bad-form.json
expect 2 report "${p[@]}" --form bad-form.json --offline
complains "bad-form.json: not UTF-8 at byte"
printf '{"event_type": "IED", "narrative": "\\ud800"}' >bad-form.json
expect 2 report "${p[@]}" --form bad-form.json --offline
sed 's/^member: .*/member: "n\\377"/' north/anna.profile >north/bad.profile
expect 2 report --profile north/bad.profile "${facts[@]}" --offline
complains "member: not UTF-8"
expect 0 outbox list "${p[@]}"
has "Nothing waits"
# The words of a library stay inside.
printf '{"event_type": "IED",\n "from": }' >bad-form.json
expect 2 report "${p[@]}" --form bad-form.json --offline
complains "bad-form.json:2:10: not JSON at this place: '}'"
printf '{"event_type": "IED", "count": "many", "from": "2026-03-03T22:10Z"}' >bad-form.json
expect 2 report "${p[@]}" --form bad-form.json --offline
complains "facts.count: want a whole number"
grep -qE 'json\.exception|INVALID_ARGUMENT' err && fail "the words of a library reached the terminal"

# Offline: signed into the outbox, numbered on, carried as a file.
expect 0 report "${p[@]}" "${facts[@]}" --alleged unknown --offline --json
json 'j["state"] == "queued" and j["sequence"] == 1'
expect 0 respond "${p[@]}" --case 2026-0001 --answer DENY --account "No." --offline --json
json 'j["sequence"] == 2'
expect 0 outbox list "${p[@]}" --json
json '[r["sequence"] for r in j["records"]] == [1, 2] and j["records"][1]["act"] == "Respond"'
expect 0 outbox export stick.outbox "${p[@]}"
expect 2 outbox export stick.outbox "${p[@]}"
# The node is not there: exit code 3, and the record is kept.
expect 3 comment "${p[@]}" --case 2026-0001 --stance REJECT --text "No." --timeout 300ms
complains "outbox send"
expect 3 outbox send "${p[@]}" --timeout 300ms --json
json 'j["error"]["code"] in ("UNAVAILABLE", "DEADLINE_EXCEEDED")'
expect 0 outbox list "${p[@]}" --json
json 'len(j["records"]) == 3'
expect 3 outbox import stick.outbox "${p[@]}" --timeout 300ms
head -c 100 stick.outbox >cut.outbox
expect 2 outbox import cut.outbox "${p[@]}" --timeout 300ms
# Dropping from a number on sets the chain back.
expect 2 outbox drop --from 9 --yes "${p[@]}"
expect 0 outbox drop --from 2 --yes "${p[@]}"
expect 0 respond "${p[@]}" --case 2026-0001 --answer ADMIT --account "Yes." --offline --json
json 'j["sequence"] == 2'
# Whoever endorses gives the record; its case comes from the node, and without one --case is needed.
expect 3 endorse "${p[@]}" --record $(printf 'a%.0s' {1..64}) --dry-run --timeout 300ms
complains "--case is not given"
expect 2 endorse "${p[@]}" --record 12 --dry-run --timeout 300ms
complains "--record"
expect 2 endorse "${p[@]}" --dry-run
complains "--record is required"
expect 0 endorse "${p[@]}" --record $(printf 'a%.0s' {1..64}) --case 2026-0001 --dry-run

# Lists: a limit of nothing and a state that there is not are refused before anything is sent.
expect 2 case list "${p[@]}" --limit 0
complains "--limit 0: want 1 to"
expect 2 case list "${p[@]}" --state OPEN
complains "want REPORTED, ADMITTED, REJECTED"
expect 3 case list "${p[@]}" --state ADMITTED --timeout 300ms
grep -qE '^[EIWD][0-9]{4} |\.cc:[0-9]+\]' err && fail "gRPC's own log reached the terminal"

# A damaged outbox is reported, never signed over.
for f in north/outbox-anna/*.outbox; do printf x >>"$f"; done
expect 1 outbox list "${p[@]}"

# Enrolment: whoever is enrolled holds the key.
expect 0 key generate --purpose officer --name south/zara --out zara.key --passphrase-file pass --test-keys
expect 0 key possession --key zara.key --charter charter.note --member south --officer zara \
  --passphrase-file pass --json
public=$(python3 -c 'import json;print(json.load(open("out"))["public_key"])')
possession=$(python3 -c 'import json;print(json.load(open("out"))["possession"])')
cp charter.note south/charter.note
q=(--profile south/anna.profile --root-key south/root.key)
expect 0 key enrol "${q[@]}" --officer zara --public-key $public --possession $possession --offline --json
json 'j["act"] == "EnrolKey" and j["sequence"] == 1'
expect 1 key enrol "${q[@]}" --officer badr --public-key $public --possession $possession --offline
expect 2 key enrol "${q[@]}" --officer zara --public-key $public --offline
expect 0 key revoke "${q[@]}" --public-key $public --suspect-since 2026-01-01T00:00Z --reason Stolen --offline --json
json 'j["sequence"] == 2'
expect 2 key revoke "${q[@]}" --key-id 12 --reason Stolen --offline
done_testing
