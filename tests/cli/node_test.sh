. "$(dirname "$0")/lib.sh"
ceremony
peers=(--peer south=127.0.0.1:7402 --peer lake=127.0.0.1:7403 --peer harbour=127.0.0.1:7404)
config() { expect "$1" node config --dir north --charter charter.note --member north "${@:2}"; }

config 2 --listen 127.0.0.1:7401 --peer south=127.0.0.1:7402
complains "no address for harbour"
config 2 --listen 127.0.0.1:7401 "${peers[@]}" --peer south=127.0.0.1:7402
config 2 --listen 127.0.0.1:7401 "${peers[@]}" --peer east=127.0.0.1:7409
config 2 --listen 127.0.0.1 "${peers[@]}"
config 2 --listen 127.0.0.1:99999 "${peers[@]}"
expect 2 node config --dir south --charter charter.note --member north --listen 127.0.0.1:1 "${peers[@]}"
complains "is not the node key"
expect 1 node config --dir north --charter north.note --member north --listen 127.0.0.1:1 "${peers[@]}"
[ ! -e north/parleyd.conf ] || fail "a configuration was written in spite of the error"

config 0 --listen 127.0.0.1:7401 "${peers[@]}" --passphrase-file pass
has "north/parleyd.conf"
grep -q '^node: "127.0.0.1:7401"' north/anna.profile || fail "the profile has no node"
cmp -s charter.note north/charter.note || fail "the charter was not copied"
config 2 --listen 127.0.0.1:7401 "${peers[@]}"
complains "nothing is overwritten"
done_testing
