# A canary: the new release runs in its slot and gets a share of the requests, until it is promoted or withdrawn.
#
#   canary/<slot>/<n>   for each hundredth of the requests that goes to the slot, a file; nginx asks for it

# The slot that has a canary, or nothing.
canary_slot() { # service
  for canary_path in "$SERVICES/$1/canary"/*/; do
    if [ -d "$canary_path" ]; then basename "$canary_path"; fi
  done
}

canary_begin() { # service slot percent
  canary_dir=$SERVICES/$1/canary
  rm -rf "$canary_dir/.new"
  mkdir -p "$canary_dir/.new"
  canary_count=0
  while [ "$canary_count" -lt "$3" ]; do
    : >"$canary_dir/.new/$canary_count"
    canary_count=$((canary_count + 1))
  done
  rm -rf "${canary_dir:?}/$2"
  mv -T "$canary_dir/.new" "$canary_dir/$2"
}

canary_end() { # service
  rm -rf "${SERVICES:?}/$1/canary"
}

# What a canary can't be. Prints why, and fails.
canary_problem() { # service release-directory
  if [ -z "$item_from" ]; then
    echo 'a first release has nobody to share requests with; deploy it without --canary'
    return 1
  fi
  if [ -z "$spec_slots" ] || [ "$spec_slots" = fixed ]; then
    echo 'a canary needs room for two instances: listen on a port that slipway picks, or on a socket'
    return 1
  fi
  if ! same_routes "$1" "$2"; then
    echo 'a canary shares the routes of the release that serves; change routes with a deploy of their own'
    return 1
  fi
}

verb_withdraw() { # service who
  known_service "$1"
  locked "$2" "withdraw the canary of $1" withdraw_canary "$1"
}

withdraw_canary() { # service
  withdraw_slot=$(canary_slot "$1")
  [ -n "$withdraw_slot" ] || die "$1 has no canary"
  withdraw_release=$(basename "$(readlink "$SERVICES/$1/slots/$withdraw_slot/release")")
  canary_end "$1"
  slot_retire "$1" "$withdraw_slot" "$withdraw_release"
  printf '{"withdrawn":%s}\n' "$withdraw_release"
}

canary_json() { # service
  cj_slot=$(canary_slot "$1")
  if [ -z "$cj_slot" ]; then
    printf null
    return
  fi
  cj_share=0
  for _ in "$SERVICES/$1/canary/$cj_slot"/*; do cj_share=$((cj_share + 1)); done
  printf '{"release":%s,"percent":%s}' "$(basename "$(readlink "$SERVICES/$1/slots/$cj_slot/release")")" "$cj_share"
}

# Closes a service for maintenance, or opens it again: see maintenanceMark in the deployer.
verb_maintenance() { # service on|off
  known_service "$1"
  [ -d "$SERVICES/$1/current/release/nginx/upstreams" ] || die "$1 has no routes that could be closed"
  case $2 in
    on)
      mkdir -p "$ROOT/maintenance"
      : >"$ROOT/maintenance/$1"
      ;;
    off) rm -f "$ROOT/maintenance/$1" ;;
    *) usage ;;
  esac
}
