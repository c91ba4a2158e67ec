#!/bin/sh
# npm run quickstart: a throwaway host with the examples on it, and what to try next. Run it again at any time.
set -eu
cd "$(dirname "$0")/.."
began=$(date +%s)
say() { printf '\n== %s\n' "$*" >&2; }

if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ]; then
  echo 'The quickstart boots a throwaway host with systemd-nspawn: it takes Linux and root (sudo npm run quickstart).' >&2
  exit 2
fi
# A checkout may belong to somebody else than root, who runs this.
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0

say 'slipway itself'
sh scripts/bootstrap.sh
sh scripts/lab-requirements.sh

say 'a throwaway host called web, and the compilers of the offline stand-in for nixpkgs'
sh lab/toolchain.sh &
toolchain=$!
lab/slipway rehearse up web >/dev/null
wait "$toolchain"

cd examples/fortune-cookie
../../lab/slipway setup web
cd ../..

for example in fortune-cookie guestbook forum; do
  say "examples/$example"
  (cd "examples/$example" && ../../lab/slipway deploy)
done

say 'asking each of them, through nginx'
address=$(lab/slipway rehearse list --json | node -e '
  const hosts = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
  console.log(hosts.find(({ name }) => name === "web").address)')
failed=
ask() { # URL
  domain=${1#http://}
  domain=${domain%%/*}
  if answer=$(curl -sf --max-time 10 --resolve "$domain:80:$address" "$1"); then
    printf '%-42s answers: %s\n' "$1" "$(printf '%s' "$answer" | tr -s ' \n' '  ' | cut -c1-60)"
  else
    printf '%-42s does not answer\n' "$1"
    failed=yes
  fi
}
ask http://fortune.example.test/
ask http://guestbook.example.test/
ask http://forum.example.test/
ask http://forum.example.test/forum/
[ -z "$failed" ] || exit 1

cat <<EOF

All of them serve from $address. To open them in a browser, add this line to /etc/hosts:
  $address fortune.example.test guestbook.example.test forum.example.test

Try next:
  cd examples/fortune-cookie
  ../../lab/slipway status                # everything at a glance
  sed -i 's/A backup nobody restored is a rumour/Deploy early, deploy often/' src/main.rs
  ../../lab/slipway deploy                # change something
  ../../lab/slipway rollback              # and take it back
  ../../lab/slipway releases
  sed -i 's/"127.0.0.1:3000"/"no address"/' src/main.rs
  ../../lab/slipway deploy                # break it: the old release keeps serving
  git checkout .
  ../../lab/slipway rehearse down web     # throw the host away

(lab/slipway is slipway with packages built offline; with a network and the real nixpkgs it is just slipway.)
EOF
echo "quickstart took $(($(date +%s) - began)) s" >&2
