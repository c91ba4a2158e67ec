# Access: a user who may deploy and nothing else, and keys for one service each.
#
# access/
#   user                    the deploy user's name
#   gate                    what its keys run instead of what they ask for, and all that sudo lets it run
#   keys/<service>/<name>   key=TYPE BASE64, route=DOMAIN PATH (any number), signing=NAME:BASE64
#   home/.ssh/authorized_keys   made from them, root's: the user can't change it

ACCESS=$ROOT/access
NIX_CONF=/etc/nix/nix.conf
# The keys of closures that this host accepts; nix.conf includes it.
NIX_ACCESS_CONF=/etc/nix/slipway.conf
# Debian lets only this group talk to Nix's daemon.
NIX_USERS_GROUP=nix-users

access_user() {
  cat "$ACCESS/user" 2>/dev/null || :
}

# The first half of the gate runs as the deploy user: store paths go to Nix's daemon, which trusts the user with
# nothing; everything else to the host's program, as root. See gate.sh.
gate_text() {
  cat <<EOT
#!/bin/sh
# Written by \`slipway setup --deploy-user\`: what a key for one service may do on this host.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin
export PATH LC_ALL=C
if [ "\$(id -u)" = 0 ]; then exec sh "\$(readlink -f $ROOT/host/slipway-host)" gate "\$@"; fi
asked=\${SSH_ORIGINAL_COMMAND-}
says() {
  logger -t slipway -p auth.warning -- "key \$2 of \$1 from \${SSH_CONNECTION%% *}: refused: \$3"
}
case \$asked in
  *[[:cntrl:]]*)
    says "\$1" "\$2" 'that is no command of slipway'
    echo 'slipway refuses: that is no command of slipway' >&2
    exit $EXIT_REFUSED
    ;;
  'nix-store --serve --write' | /*'/nix-store --serve --write')
    [ -f "$ACCESS/keys/\$1/\$2" ] || exit $EXIT_REFUSED
    status=0
    # Nothing is built here for a key: what it sends is signed, or refused.
    env -i PATH="\$PATH" HOME=/nonexistent NIX_REMOTE=daemon nix-store --serve --write --max-jobs 0 --builders '' || status=\$?
    [ "\$status" = 0 ] || says "\$1" "\$2" "Nix did not take the packages (status \$status)"
    exit "\$status"
    ;;
esac
exec env -i PATH="\$PATH" sudo -n $ACCESS/gate "\$1" "\$2" "\${SSH_CONNECTION-}" "\$asked"
EOT
}

# Makes the deploy user, or says what a NixOS configuration needs for it.
setup_user() { # name
  setup_home=$ACCESS/home
  case $1 in
    '' | [!a-z]* | *[!a-z0-9_-]*) die "not a name for a user: $1" ;;
  esac
  setup_known=$(access_user)
  if [ -n "$setup_known" ] && [ "$setup_known" != "$1" ]; then die "the deploy user of this host is $setup_known"; fi
  if [ -z "$setup_known" ] && id -u "$1" >/dev/null 2>&1 && [ ! -e /etc/NIXOS ]; then
    die "the host already has a user $1 that slipway did not make; choose another name"
  fi
  if [ "$setup_known" != "$1" ] || [ "$(gate_text)" != "$(cat "$ACCESS/gate" 2>/dev/null)" ]; then
    if setup_change "let $1 deploy, through $ACCESS/gate"; then
      mkdir -p "$ACCESS/keys" "$setup_home/.ssh"
      chmod 755 "$ACCESS" "$ACCESS/keys" "$setup_home" "$setup_home/.ssh"
      gate_text | write_file "$ACCESS/gate"
      chmod 755 "$ACCESS/gate"
      # Kept last: without it nothing of the above counts.
      printf '%s\n' "$1" | write_file "$ACCESS/user"
    fi
  fi
  if [ -e /etc/NIXOS ]; then
    setup_user_nixos "$1"
    return 0
  fi
  if ! id -u "$1" >/dev/null 2>&1 && setup_change "make the user $1: no password, no rights but to deploy"; then
    useradd --system --user-group --no-create-home --home-dir "$setup_home" --shell /bin/sh \
      --comment 'deploys with slipway' "$1" >&2
    # No password fits, and sshd does not take the account for a locked one.
    usermod -p '*' "$1" >&2
  fi
  if getent group "$NIX_USERS_GROUP" >/dev/null && ! id -nG "$1" 2>/dev/null | tr ' ' '\n' | grep -qxF "$NIX_USERS_GROUP" &&
    setup_change "let $1 talk to Nix's daemon"; then
    usermod -aG "$NIX_USERS_GROUP" "$1" >&2
  fi
  setup_sudo "$1"
}

setup_sudo() { # user
  if ! command -v visudo >/dev/null; then
    setup_says manual "install sudo, then run setup again: $1 becomes root through it, for $ACCESS/gate alone"
    return 0
  fi
  setup_rule="# Written by \`slipway setup --deploy-user\`.
$1 ALL=(root) NOPASSWD: $ACCESS/gate"
  setup_rules=/etc/sudoers.d/slipway-$1
  if [ "$setup_rule" = "$(cat "$setup_rules" 2>/dev/null)" ]; then return 0; fi
  setup_change "let sudo run $ACCESS/gate for $1, and nothing else" || return 0
  # sudo passes over files with a dot in their names.
  printf '%s\n' "$setup_rule" >"$setup_rules.new"
  chmod 440 "$setup_rules.new"
  if ! visudo -cqf "$setup_rules.new" >&2; then
    rm -f "$setup_rules.new"
    die 'sudo does not understand the rule for the deploy user; nothing was changed'
  fi
  mv -f "$setup_rules.new" "$setup_rules"
}

setup_user_nixos() { # user
  if id -u "$1" >/dev/null 2>&1; then return 0; fi
  setup_says manual "add to the NixOS configuration, and switch to it:
  users.groups.$1 = { };
  users.users.$1 = { isSystemUser = true; group = \"$1\"; home = \"$ACCESS/home\"; shell = \"/bin/sh\"; hashedPassword = \"*\"; };
  security.sudo.extraRules = [ { users = [ \"$1\" ]; commands = [ { command = \"$ACCESS/gate\"; options = [ \"NOPASSWD\" ]; } ]; } ];"
}

verb_keys() { # list | add SERVICE NAME | remove SERVICE NAME
  keys_verb=$1
  shift
  case $keys_verb in
    list) keys_list ;;
    add | remove)
      valid_name "$1" && valid_name "$2" || die 'keys: not the name of a service and a key'
      [ -n "$(access_user)" ] || die 'this host has no deploy user yet'
      exec 5>"$ACCESS/.lock"
      flock 5
      "keys_$keys_verb" "$1" "$2"
      ;;
    *) usage ;;
  esac
}

# The record comes over standard input.
keys_add() { # service name
  keys_file=$ACCESS/keys/$1/$2
  keys_record=$(cat)
  keys_key='' keys_signing=
  while IFS= read -r keys_line; do
    case $keys_line in
      key=*) [ -z "$keys_key" ] || die 'keys: more than one key'; keys_key=${keys_line#key=} ;;
      signing=*) keys_signing=${keys_line#signing=} ;;
      route=*) valid_route "${keys_line#route=}" || die "not a domain and a path: ${keys_line#route=}" ;;
      *) die "keys: not understood: $keys_line" ;;
    esac
  done <<EOT
$keys_record
EOT
  valid_public_key "$keys_key" || die 'that is not one public key of ssh'
  [ -z "$keys_signing" ] || valid_signing_key "$keys_signing" || die "that is not a public key of Nix: $keys_signing"
  keys_other=$(grep -lxF "key=$keys_key" "$ACCESS"/keys/*/* 2>/dev/null | grep -vxF "$keys_file" | head -n 1 || :)
  if [ -n "$keys_other" ]; then
    die "this host knows that key already, as ${keys_other#"$ACCESS/keys/"}: a key is for one service"
  fi
  if [ "$keys_record" = "$(cat "$keys_file" 2>/dev/null)" ]; then keys_changed=false; else keys_changed=true; fi
  mkdir -p "${keys_file%/*}"
  printf '%s\n' "$keys_record" | write_file "$keys_file"
  keys_publish
  printf '{"service":"%s","name":"%s","fingerprint":%s,"user":%s,"changed":%s,"manual":%s}\n' "$1" "$2" \
    "$(json_string "$(printf '%s\n' "$keys_key" | ssh-keygen -l -f - | cut -d ' ' -f 2)")" \
    "$(json_string "$(access_user)")" "$keys_changed" "$(json_string_or_null "$(keys_manual)")"
}

keys_remove() { # service name
  [ -f "$ACCESS/keys/$1/$2" ] || die "the host has no key $2 of $1"
  rm -f "$ACCESS/keys/$1/$2"
  rmdir "$ACCESS/keys/$1" 2>/dev/null || :
  keys_publish
  printf '{"removed":"%s/%s"}\n' "$1" "$2"
}

keys_list() {
  printf '{"user":%s,"keys":[' "$(json_string_or_null "$(access_user)")"
  list_comma=
  for list_file in "$ACCESS"/keys/*/*; do
    [ -f "$list_file" ] || continue
    list_service=${list_file%/*}
    printf '%s{"service":%s,"name":%s,"fingerprint":%s,"routes":[%s],"signing":%s,"added":%s}' "$list_comma" \
      "$(json_string "${list_service##*/}")" "$(json_string "${list_file##*/}")" \
      "$(json_string "$(sed -n 's/^key=//p' "$list_file" | ssh-keygen -l -f - | cut -d ' ' -f 2)")" \
      "$(sed -n 's/^route=\([^ ]*\) \(.*\)/"\1\2"/p' "$list_file" | paste -sd, -)" \
      "$(json_string_or_null "$(sed -n 's/^signing=//p' "$list_file")")" "$(stat -c %Y "$list_file")"
    list_comma=,
  done
  printf ']}\n'
}

# What sshd and Nix go by is made anew from the records.
keys_publish() {
  for publish_file in "$ACCESS"/keys/*/*; do
    [ -f "$publish_file" ] || continue
    publish_name=${publish_file#"$ACCESS/keys/"}
    printf 'restrict,command="%s %s %s" %s slipway:%s\n' "$ACCESS/gate" "${publish_name%/*}" "${publish_name#*/}" \
      "$(sed -n 's/^key=//p' "$publish_file")" "$publish_name"
  done | write_file "$ACCESS/home/.ssh/authorized_keys"
  [ ! -e /etc/NIXOS ] || return 0
  publish_trusted=$(signing_keys)
  if [ "$publish_trusted" = "$(sed -n 's/^extra-trusted-public-keys = //p' "$NIX_ACCESS_CONF" 2>/dev/null)" ]; then return 0; fi
  mkdir -p "${NIX_CONF%/*}"
  printf '# Written by `slipway keys`.\nextra-trusted-public-keys = %s\n' "$publish_trusted" | write_file "$NIX_ACCESS_CONF"
  if ! grep -qxF "!include $NIX_ACCESS_CONF" "$NIX_CONF" 2>/dev/null; then
    publish_conf=$(cat "$NIX_CONF" 2>/dev/null || :)
    printf '%s\n!include %s\n' "$publish_conf" "$NIX_ACCESS_CONF" | write_file "$NIX_CONF"
  fi
  # It reads its settings when it starts; builds under way go on.
  systemctl try-restart nix-daemon.service >&2 || :
}

signing_keys() {
  sed -n 's/^signing=//p' "$ACCESS"/keys/*/* 2>/dev/null | sort -u | paste -sd ' ' -
}

keys_manual() {
  [ -e /etc/NIXOS ] || return 0
  manual_known=$(nix --extra-experimental-features nix-command show-config 2>/dev/null | sed -n 's/^trusted-public-keys = //p')
  for manual_key in $(signing_keys); do
    case " $manual_known " in
      *" $manual_key "*) ;;
      *) printf 'add to the NixOS configuration, and switch to it: nix.settings.trusted-public-keys = [ "%s" ];\n' "$manual_key" ;;
    esac
  done
}

# One key, without options: a second line, or options in front, would be rules of their own.
valid_public_key() { # text
  case $1 in
    *"$NEWLINE"* | *[!A-Za-z0-9@.+/=\ -]* | *' '*' '*) return 1 ;;
    'ssh-ed25519 '?* | 'ssh-rsa '?* | 'ecdsa-sha2-nistp'*' '?* | 'sk-ssh-ed25519@openssh.com '?* | 'sk-ecdsa-sha2-nistp256@openssh.com '?*) ;;
    *) return 1 ;;
  esac
  printf '%s\n' "$1" | ssh-keygen -l -f - >/dev/null 2>&1
}

valid_signing_key() { # text
  printf '%s\n' "$1" | grep -qxE '[A-Za-z0-9._-]+:[A-Za-z0-9+/]{43}='
}

valid_route() { # "domain path"
  case $1 in
    *..* | *"$NEWLINE"*) return 1 ;;
  esac
  printf '%s\n' "$1" | grep -qxE '[a-z0-9]([a-z0-9.-]*[a-z0-9])? /([A-Za-z0-9._~-]+/)*'
}
