. "$(dirname "$0")/lib.sh"
ceremony
cp charter.note north/charter.note
p=(--profile north/anna.profile)
data=$PARLEY_SOURCE_DIR/data

expect 0 import $data/ucdp_ged_pakistan_1989-2021_hxl.csv --mapping $data/ucdp-mapping.json --dry-run --json "${p[@]}"
json 'j["rows"] == 6416 and j["imported"] == 6416 and j["refused"] == 0 and len(j["problems"]) == 200'
expect 0 import $data/ucdp_ged_pakistan_1989-2021_hxl.csv --mapping $data/ucdp-mapping.json --dry-run \
  --from 75 --to 90 "${p[@]}"
has "16 rows: 16 would be imported"
has "below the best estimate"

cat >map.json <<'J'
{"dataset": "test", "id": "id", "fields": {
  "event_type": {"column": "type", "map": {"1": "IED", "2": "NOT_IN_THE_CATALOGUE"}},
  "from": {"column": "day", "utc_offset": "+04:30"}, "time_precision": {"value": "DAY"},
  "latitude": {"column": "lat"}, "longitude": {"column": "lon"},
  "location_precision": {"value": "NEAR"}, "narrative": {"template": "Row {id}: {text}"}}}
J
printf 'id,type,day,lat,lon,text\n#meta,,#date,#geo+lat,#geo+lon,\na,1,2020-01-01,34.5,69.1,"two\nlines"\nb,1,soon,34.5,69.1,x\nc,2,2020-01-01,34.5,69.1,x\nd,1,2020-01-01,134.5,69.1,x\na,1,2020-01-01,34.5,69.1,again\n' >t.csv
expect 2 import t.csv --mapping map.json --dry-run --json "${p[@]}"
json 'j["imported"] == 1 and j["refused"] == 4 and j["skipped"] == 0'
json '[(p["line"], p["column"]) for p in j["problems"]] == [(5, "day"), (6, ""), (7, "lat"), (8, "")]'
json '"line 3 has this id too" in j["problems"][3]["why"]'
json '"not in the charter" in j["problems"][1]["why"]'
# A row whose record is dropped from the outbox counts as imported no more. Every 16 bytes of the
# outbox file stand as nonces in a state file: one of them is the record's.
expect 0 report --event-type IED --from 2020-01-01T00:00Z --to 2020-01-01T00:00Z --alleged unknown \
  --place Here --narrative x --offline "${p[@]}"
expect 0 outbox export one.outbox "${p[@]}"
expect 0 outbox list --json "${p[@]}"
state=$(python3 - <<'P'
import json
outbox, held = json.load(open("out"))["outbox"], open("one.outbox", "rb").read()
nonces = sorted({held[i:i + 16].hex() for i in range(len(held) - 15)})
with open(outbox + "/import-0123.state", "w") as state:
    state.write("parley-import/v1 ledger set\n" + "".join(n + "\n" for n in nonces))
print(state.name)
P
)
before=$(wc -l <"$state")
expect 0 outbox drop --from 1 --yes "${p[@]}"
[ "$(wc -l <"$state")" -eq $((before - 1)) ] || fail "the state file should have one row less"
# Files that do not fit.
sed 's/"lat"/"latitude_deg"/' map.json >bad.json
expect 2 import t.csv --mapping bad.json --dry-run "${p[@]}"
complains "no column 'latitude_deg'"
# The same row twice is one report. A row that is ragged, or no UTF-8, is its own problem.
printf 'id,type,day,lat,lon,text\na,1,2020-01-01,34.5,69.1,x\nb,1\nc,1,2020-01-01,34.5,69.1,\xff\na,1,2020-01-01,34.5,69.1,x\nd,1,2020-01-01,34.5,69.1,x,more\ne,1,2020-01-01,34.5,69.1,x\n' >ragged.csv
expect 2 import ragged.csv --mapping map.json --dry-run --json "${p[@]}"
json 'j["rows"] == 6 and j["imported"] == 2 and j["refused"] == 3 and j["skipped"] == 1'
json '[p["line"] for p in j["problems"]] == [3, 4, 6]'
json 'j["problems"][0]["why"] == "2 fields, the header has 6 columns" and "UTF-8" in j["problems"][1]["why"]'
# What breaks the structure of the table ends it: nothing behind it can be trusted.
printf 'id,type,day,lat,lon,text\na,1,2020-01-01,34.5,69.1,"x\n' >open.csv
expect 2 import open.csv --mapping map.json --dry-run "${p[@]}"
complains "line 2: the quoted field"
expect 2 import t.csv --mapping map.json --dry-run --from 9 "${p[@]}"
expect 2 import t.csv --mapping map.json --dry-run --from 4 --to 2 "${p[@]}"
complains "--to 2 is before --from 4"
expect 2 import t.csv --mapping map.json --dry-run --limit 0 "${p[@]}"
complains "--limit 0"
expect 2 import t.csv --mapping map.json --dry-run --to 0 "${p[@]}"
printf '{"dataset": "test",' >cut.json
expect 2 import t.csv --mapping cut.json --dry-run "${p[@]}"
complains "ends too early"
grep -q 'json.exception' err && fail "the words of a library reached the terminal"
expect 2 import t.csv --mapping map.json --dry-run --batch 0 "${p[@]}"
expect 2 import nowhere.csv --mapping map.json --dry-run "${p[@]}"
done_testing
