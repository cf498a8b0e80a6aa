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
json 'j["imported"] == 1 and j["refused"] == 3 and j["skipped"] == 1'
json '[(p["line"], p["column"]) for p in j["problems"]] == [(5, "day"), (6, ""), (7, "lat")]'
json '"not in the charter" in j["problems"][1]["why"]'
# Files that do not fit.
sed 's/"lat"/"latitude_deg"/' map.json >bad.json
expect 2 import t.csv --mapping bad.json --dry-run "${p[@]}"
complains "no column 'latitude_deg'"
printf 'a,b\n1\n' >short.csv
expect 2 import short.csv --mapping map.json --dry-run "${p[@]}"
complains "line 2"
expect 2 import t.csv --mapping map.json --dry-run --from 9 "${p[@]}"
expect 2 import t.csv --mapping map.json --dry-run --batch 0 "${p[@]}"
expect 2 import nowhere.csv --mapping map.json --dry-run "${p[@]}"
done_testing
