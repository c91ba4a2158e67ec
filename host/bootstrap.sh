#!/bin/sh
# Asks a host without an agent what it is, and gives it one. src/remote/bootstrap.ts sends it, and does all the judging.
#   facts USER|- PROGRAM…                       lines key=value, the last of them `end=`
#   packages NAME…                              has apt-get install them
#   install HASH BYTES NODE|- UNITS UNIT-BYTES  takes the unit and the agent's bundle from standard input
set -u && umask 022
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin"
root=/var/lib/slipway agent=/var/lib/slipway/agent name=slipway-agent.service

say() { printf '%s=%s\n' "$1" "$2"; }
die() { printf '%s\n' "$1" >&2 && exit 1; }

facts() {
  user=$(cat $root/access/user) asked=${1#-} && shift
  say name "$(cat /proc/sys/kernel/hostname)" && say machine "$(uname -m)" && say boot "$(cat /proc/sys/kernel/random/boot_id)"
  sed -n 's/^\(ID\|VERSION_ID\)=/os.&/p' /etc/os-release
  say uid "$(id -u)" && say became "${SUDO_USER-}${DOAS_USER-}" && say time "$(date +%s)" && say uptime "$(cat /proc/uptime)"
  for path in /etc/NIXOS $agent/current/agent.cjs $root/nginx/http.conf $root/services /etc/nginx/conf.d/slipway.conf; do
    [ ! -e $path ] || say there $path
  done
  [ ! -w /etc/systemd/system ] || say unitsWritable yes
  systemctl show -p Version -p UnitPath | sed 's/^/systemd./'
  systemctl show -p ActiveState -p FragmentPath $name | sed 's/^/unit./'
  systemctl show -p ActiveState -p UnitFileState nginx.service | sed 's/^/nginx./'
  for program in nix-store apt-get visudo systemd-creds "$@"; do
    at=$(command -v "$program") && say "program.$program" "$at"
  done
  say nix "$(nix-store --version)"
  set -- --extra-experimental-features nix-command
  { nix "$@" config show || nix "$@" show-config; } | sed -n 's/^experimental-features = /nixFeatures=/p'
  # nginx as its unit starts it: NixOS names its config there.
  nginx=$(systemctl show -p ExecStart --value nginx.service | sed -n 's/.*argv\[\]=\([^;]*\) ;.*/\1/p' | head -n 1)
  config=$(printf '%s' "$nginx" | sed -n 's/.* -c \([^ ]*\).*/\1/p') nginx=${nginx%% *}
  if command -v "${nginx:=nginx}" >/dev/null; then
    say nginxVersion "$("$nginx" -v 2>&1)"
    dump=$("$nginx" -T ${config:+-c "$config"} 2>&1) && say nginxValid yes
    printf '%s\n' "$dump" | grep -E "emerg|not found|include $root/" | sed 's/^/nginxLine=/'
  fi
  say bundle "$(readlink $agent/current)" && say node "$(readlink $agent/node)" && say nodeVersion "$($agent/node/bin/node --version)"
  say rooted "$(find /nix/var/nix/gcroots/auto -lname $agent/node)"
  say version "$($agent/node/bin/node $agent/current/agent.cjs version)"
  say legacy "$(find $root/host -name 'slipway-host*' | head -n 1)"
  for guard in "$root"/guards/*/; do
    if [ -e "$guard/request" ] && [ ! -e "$guard/ended" ]; then say unfinished "$(cat "$guard/what")"; fi
  done
  sed 's/^/lock./' $root/lock
  say deployUser "$user" && say askedUser "$(id -u "${asked:-$user}")" && say nixUsers "$(getent group nix-users)"
  for path in /nix/store / /var/lib; do df -Pk $path | awk -v p=$path 'NR > 1 { print "free." p "=" $4 }'; done
  say end ''
}

packages() {
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq -y --no-install-recommends install "$@"; } </dev/null >&2
}

point() { ln -sfn "$1" "$2.new" && mv -fT "$2.new" "$2"; }
# Ends when the agent says that it is ready, or systemd that it is not.
start() { systemctl daemon-reload && systemctl restart $name >&2; }

install() { # hash bytes node units unit-bytes
  set -e
  unit=$4/$name wants=$4/multi-user.target.wants/$name began=$(date +%s)
  was=$(readlink $agent/current || :) was_node=$(readlink $agent/node || :)
  mkdir -p "$agent/$1" "${wants%/*}"
  head -c "$5" >"$unit.new"
  head -c "$2" >"$agent/$1/agent.cjs.new"
  [ "$(sha256sum <"$agent/$1/agent.cjs.new" | cut -c 1-16)" = "$1" ] || die 'the agent did not arrive whole'
  sync "$unit.new" "$agent/$1/agent.cjs.new"
  mv -f "$agent/$1/agent.cjs.new" "$agent/$1/agent.cjs"
  [ "$3" = - ] || nix-store --realise "$3" --add-root $agent/node --indirect >/dev/null
  [ ! -e "$unit" ] || cp -p "$unit" "$unit.old"
  if mv -f "$unit.new" "$unit" && point "../$name" "$wants" && point "$1" $agent/current && sync $agent "$4" && start; then
    rm -f "$unit.old" && exit 0
  fi
  journalctl -q -u $name --since "@$began" -n 20 -o cat --no-pager >&2
  systemctl stop $name >&2 || :
  if [ -n "$was_node" ]; then point "$was_node" $agent/node; fi
  if [ -z "$was" ] || [ ! -e "$unit.old" ]; then
    rm -f $agent/current "$unit" "$wants" && systemctl daemon-reload
  elif point "$was" $agent/current && mv -f "$unit.old" "$unit"; then
    start || :
  fi
  exit 1
}

case $1 in
  facts) shift && facts "$@" 2>/dev/null ;;
  packages | install) "$@" ;;
esac
