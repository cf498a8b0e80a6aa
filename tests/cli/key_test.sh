. "$(dirname "$0")/lib.sh"

expect 0 key generate --purpose officer --name north/zara --out zara.key --passphrase-file pass --test-keys
has "Wrote the officer key of north/zara"
[ "$(stat -c %a zara.key)" = 600 ] || fail "a key file must have mode 0600"
expect 0 key show zara.key --json
json 'j["purpose"] == "officer" and j["name"] == "north/zara" and len(j["public_key"]) == 64'
expect 0 key show zara.key
has fingerprint

# Nothing is overwritten, and bad input is named.
cp zara.key before
expect 2 key generate --purpose officer --name north/zara --out zara.key --passphrase-file pass --test-keys
cmp -s before zara.key || fail "the key file was overwritten"
expect 2 key generate --purpose queen --name north --out x.key --passphrase-file pass
complains "--purpose"
expect 2 key generate --purpose node --name 'No Name' --out x.key --passphrase-file pass --json
json '"error" in j and j["error"]["code"] == "INVALID_ARGUMENT"'
expect 2 key generate --purpose node --name north --out x.key --passphrase-file nowhere
complains passphrase-file
expect 2 key generate --purpose node --name north --out x.key --passphrase-file pass --no-such-flag
chmod 644 zara.key
expect 2 key show zara.key
complains chmod
chmod 600 zara.key
echo nonsense >nonsense && chmod 600 nonsense
expect 2 key show nonsense
chmod 644 nonsense
expect 2 key show nonsense
complains "'nonsense' is neither a key file nor a certificate"

# A CA and the certificates it signs.
expect 0 key generate --purpose ca --name north --out ca.key --passphrase-file pass --test-keys
expect 0 key generate --purpose tls --name north/ruth --out ruth.key --passphrase-file pass --test-keys
expect 0 key ca --key ca.key --origin $origin --member north --out ca.pem --passphrase-file pass
expect 0 key certify --ca-key ca.key --ca-cert ca.pem --role auditor --origin $origin --member north \
  --name ruth --key ruth.key --out ruth.pem --passphrase-file pass
expect 0 key show ruth.pem --json
json 'j["identity"] == "parley://parley.example/cli-test/north/auditor/ruth" and j["days_left"] > 1800'
expect 2 key certify --ca-key ca.key --ca-cert ca.pem --role auditor --origin $origin --member south \
  --name ruth --key ruth.key --out x.pem --passphrase-file pass
expect 2 key certify --ca-key ca.key --ca-cert ca.pem --role king --origin $origin --member north \
  --name ruth --key ruth.key --out x.pem --passphrase-file pass
expect 2 key certify --ca-key ca.key --ca-cert ca.pem --role auditor --origin $origin --member north \
  --name ruth --key zara.key --out x.pem --passphrase-file pass
complains "want a TLS key, this is an officer key"
printf 'another passphrase\n' >wrong && chmod 600 wrong
expect 2 key ca --key ca.key --origin $origin --member north --out x.pem --passphrase-file wrong
[ ! -e x.pem ] || fail "a file was written in spite of the error"

# A member's whole set.
member_keys north PARTY --officer omar --auditor ruth2
for f in root.key node.key cosigner.key ca.key ca.pem node-tls.key node-tls.pem anna.key anna-tls.key \
  anna-tls.pem anna.profile omar.profile ruth2.profile north.member; do
  [ -s north/$f ] || fail "key init made no $f"
done
[ "$(stat -c %a north)" = 700 ] || fail "the folder must have mode 0700"
grep -q secret north/north.member && fail "the .member file must hold public parts only"
expect 2 key init --dir north --origin $origin --member north --role PARTY --display-name N \
  --passphrase-file pass --test-keys
complains "not empty"
for bad in "--role KING" "--member North" "--origin http://x/y//z" "--officer root" "--officer a --officer a"; do
  expect 2 key init --dir other --origin $origin --member north --role PARTY --display-name N \
    --passphrase-file pass --test-keys $bad
  quiet
done
done_testing
