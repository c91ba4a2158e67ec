# Secrets: what services' programs get and nobody else may see. A release refers to a version of each.
#
# secrets/<service>/.key                 what the deployer makes versions with: HMAC-SHA256 of a value. Who has not
#                                        got it can not tell a value from its version by trying.
# secrets/<service>/<NAME>/<version>     a value; <version>.cred where it is encrypted by systemd-creds(1)
# secrets/<service>/<NAME>/kept -> …     the version of a secret that this host alone has
# services/<service>/releases/<n>/secrets/<NAME> -> the version that the release was made with
#
# All of it is root's: folders 0700, files 0600.

SECRETS=$ROOT/secrets

valid_secret() {
  case $1 in
    '' | [0-9]* | *[!A-Za-z0-9_]*) return 1 ;;
  esac
}

valid_version() {
  case ${1%.cred} in
    '' | *[!0-9a-f]*) return 1 ;;
  esac
}

# Runs a command while nobody else adds or prunes secrets.
with_secrets() (
  (umask 077 && mkdir -p "$SECRETS" && : >>"$SECRETS/.lock")
  exec 8>"$SECRETS/.lock"
  flock 8
  "$@"
)

# Puts a value in its place, whole or not at all. The unencrypted one was never on a disk if it can be helped.
secret_store() { # service name version file-with-the-value
  valid_name "$1" && valid_secret "$2" && valid_version "$3" || die "not a version of a secret: $1 $2 $3"
  store_dir=$SECRETS/$1/$2
  mkdir -p "$store_dir"
  store_new=$store_dir/.new-$3
  case $3 in
    *.cred)
      # With the host's own key alone: what is bound to a TPM can not be read any more after some updates of firmware.
      systemd-creds encrypt --with-key=host --name="$2" "$4" "$store_new" >&2 ||
        die "systemd-creds could not encrypt the secret $2 of $1"
      ;;
    *) cp "$4" "$store_new" ;;
  esac
  chmod 600 "$store_new"
  step store-secret
  sync "$store_new"
  mv -fT "$store_new" "$store_dir/$3"
}

# The key comes from the first deployer; two first ones at once can't both be right.
secret_key_store() { # service file
  valid_name "$1" || die "not a service: $1"
  mkdir -p "$SECRETS/$1"
  if [ -e "$SECRETS/$1/.key" ]; then
    cmp -s "$2" "$SECRETS/$1/.key" || die "somebody else put secrets of $1 there in the meantime; run the command again"
    return 0
  fi
  write_file "$SECRETS/$1/.key" <"$2"
}

# Stores what was sent: SERVICE/.key and SERVICE/NAME/VERSION.
secrets_stage() ( # directory
  umask 077
  for stage_path in "$1"/*/.key; do
    [ ! -e "$stage_path" ] || secret_key_store "$(basename "${stage_path%/.key}")" "$stage_path"
  done
  for stage_path in "$1"/*/*/*; do
    [ -f "$stage_path" ] || continue
    stage_name=${stage_path%/*}
    stage_service=${stage_name%/*}
    secret_store "${stage_service##*/}" "${stage_name##*/}" "${stage_path##*/}" "$stage_path"
  done
)

# Gives a release that is about to be moved to its place its secrets.
secrets_link() { # service release-directory
  sed -n 's/^secret=//p' "$2/spec" | while read -r link_name link_version; do
    valid_secret "$link_name" && valid_version "$link_version" || die "not a version of a secret: $link_name $link_version"
    [ -s "$SECRETS/$1/$link_name/$link_version" ] ||
      die "the secret $link_name of $1 is no longer on the host: run the command again"
    mkdir -p "$2/secrets"
    ln -sfn "$SECRETS/$1/$link_name/$link_version" "$2/secrets/$link_name"
  done
}

# The first secret of a release that is not there any more.
secret_gone() { # release-directory
  for gone_link in "$1"/secrets/*; do
    if [ -L "$gone_link" ] && [ ! -s "$gone_link" ]; then
      printf '%s' "${gone_link##*/}"
      return 0
    fi
  done
  return 1
}

# The secrets of a release that another one has in another version.
secrets_changed() { # release-directory other-release-directory
  for changed_link in "$1"/secrets/*; do
    changed_other=$2/secrets/${changed_link##*/}
    [ -L "$changed_link" ] && [ -L "$changed_other" ] || continue
    [ "$(readlink "$changed_link")" = "$(readlink "$changed_other")" ] || printf ' %s' "${changed_link##*/}"
  done
}

# What no release refers to, and the host does not keep, goes.
secrets_prune() { # service
  [ ! -d "$SECRETS/$1" ] || with_secrets secrets_sweep "$1"
}

secrets_sweep() { # service
  for sweep_path in "$SECRETS/$1"/*/* "$SECRETS/$1"/*/.new-*; do
    if [ -f "$sweep_path" ] && [ ! -L "$sweep_path" ] && ! secret_used "$1" "$sweep_path"; then rm -f "$sweep_path"; fi
  done
  rmdir "$SECRETS/$1"/*/ 2>/dev/null || :
}

secret_used() { # service path
  used_name=${2%/*}
  [ "$(readlink "$used_name/kept")" != "${2##*/}" ] || return 0
  for used_link in "$SERVICES/$1/releases"/*/secrets/"${used_name##*/}"; do
    [ "$(readlink "$used_link")" != "$2" ] || return 0
  done
  return 1
}

secrets_remove() { # service keep-state|purge
  if [ "$2" = purge ]; then rm -rf "${SECRETS:?}/$1"; else secrets_prune "$1"; fi
}

# A secret that this host alone has. The key and the value come over standard input, the key in the first line.
verb_secret_keep() { # service name version who
  valid_name "$1" && valid_secret "$2" && valid_version "$3" || usage
  # Where nothing is written to a disk.
  scratch "secret-$$"
  trap 'rm -rf "$SCRATCH"' EXIT
  IFS= read -r keep_key || die 'the secret did not arrive whole'
  (
    umask 077
    printf '%s\n' "$keep_key" >"$SCRATCH/key"
    cat >"$SCRATCH/value"
  )
  [ -s "$SCRATCH/value" ] || die 'the secret did not arrive whole'
  (locked "$4" "keep the secret $2 of $1" with_secrets secret_keep "$1" "$2" "$3")
}

secret_keep() { # service name version
  umask 077
  secret_key_store "$1" "$SCRATCH/key"
  secret_store "$1" "$2" "$3" "$SCRATCH/value"
  replace_link "$3" "$SECRETS/$1/$2/kept"
}

verb_secret_forget() { # service name who
  valid_name "$1" && valid_secret "$2" || usage
  [ -L "$SECRETS/$1/$2/kept" ] || die "the host keeps no secret $2 of $1"
  locked "$3" "forget the secret $2 of $1" secret_forget "$1" "$2"
}

secret_forget() { # service name
  rm -f "$SECRETS/$1/$2/kept"
  secrets_prune "$1"
}

# What there is of each service's secrets, but no value. The key is told to deployers that have values to compare.
secrets_json() { # yes|no (with the key)
  all_comma=
  for all_dir in "$SECRETS"/*/; do
    [ -d "$all_dir" ] || continue
    all_dir=${all_dir%/}
    if restricted && [ "${all_dir##*/}" != "$SLIPWAY_SERVICE" ]; then continue; fi
    all_key=
    if [ "$1" = yes ] && [ -e "$all_dir/.key" ]; then read -r all_key <"$all_dir/.key" || :; fi
    printf '%s{"service":"%s","key":%s,"versions":{%s},"kept":{%s}}' "$all_comma" "${all_dir##*/}" \
      "$(json_string_or_null "$all_key")" "$(secret_versions_json "$all_dir")" "$(secrets_kept_json "$all_dir")"
    all_comma=,
  done
}

secret_versions_json() { # directory
  versions_comma=
  for versions_dir in "$1"/*/; do
    [ -d "$versions_dir" ] || continue
    versions_dir=${versions_dir%/}
    versions_list=
    for versions_path in "$versions_dir"/*; do
      if [ -s "$versions_path" ] && [ ! -L "$versions_path" ]; then versions_list="$versions_list${versions_list:+,}\"${versions_path##*/}\""; fi
    done
    printf '%s"%s":[%s]' "$versions_comma" "${versions_dir##*/}" "$versions_list"
    versions_comma=,
  done
}

secrets_kept_json() { # directory
  kept_comma=
  for kept_link in "$1"/*/kept; do
    [ -L "$kept_link" ] && [ -s "$kept_link" ] || continue
    kept_name=${kept_link%/kept}
    printf '%s"%s":"%s"' "$kept_comma" "${kept_name##*/}" "$(readlink "$kept_link")"
    kept_comma=,
  done
}
