# What releases of a service are there, and which stay.

commit_json() { # release-directory
  IFS= read -r commit_line <"$1/release.json" || :
  case $commit_line in
    *'"commit":{"id":"'*)
      commit_line=${commit_line#*'"commit":{"id":"'}
      printf '"%s"' "${commit_line%%\"*}"
      ;;
    *) printf null ;;
  esac
}

# Keeps the newest good releases and the current one; the rest goes, with its roots in the Nix store and its
# secrets.
prune() { # service keep
  prune_current=$(current_release "$1")
  prune_kept=0
  for prune_number in $(release_numbers "$1" | sort -rn); do
    prune_dir=$(release_dir "$1" "$prune_number")
    if [ -e "$prune_dir/good" ] && [ "$prune_kept" -lt "$2" ]; then
      prune_kept=$((prune_kept + 1))
      continue
    fi
    if [ "$prune_number" = "$prune_current" ] || in_a_slot "$1" "$prune_number"; then continue; fi
    mv "$prune_dir" "$SERVICES/$1/releases/.old-$prune_number"
  done
  rm -rf "$SERVICES/$1/releases"/.old-*
  secrets_prune "$1"
}

release_numbers() { # service
  for number_path in "$SERVICES/$1/releases"/[0-9]*; do
    if [ -d "$number_path" ]; then printf '%s\n' "${number_path##*/}"; fi
  done
}

# An instance that finishes its requests still needs its release.
in_a_slot() { # service release
  for slot_link in "$SERVICES/$1/slots"/*/release; do
    [ "$(readlink "$slot_link" 2>/dev/null)" != "../../releases/$2" ] || return 0
  done
  return 1
}
