# A canary: the new release runs in its slot and gets a share of the requests, until it is promoted or withdrawn.
# The current slot then names both: see slots.sh.

# The slot that has a canary, or nothing.
canary_slot() { # service
  canary_current=$(current_slot "$1")
  [ -n "$canary_current" ] || return 0
  canary_other=$(other_slot "$canary_current")
  if [ -e "$SERVICES/$1/current/$canary_other" ]; then echo "$canary_other"; fi
}

canary_begin() { # service slot percent
  if [ "$2" = green ]; then
    share_set "$1" blue "$3"
  else
    # Before it gets requests, so that a reboot in between starts it.
    : >"$SERVICES/$1/slots/green/blue"
    share_set "$1" green $((100 - $3))
  fi
}

canary_end() { # service
  rm -rf "$SERVICES/$1/slots/blue/green"
  if [ -e "$SERVICES/$1/slots/green/blue" ]; then
    share_set "$1" green 100
    rm -f "$SERVICES/$1/slots/green/blue"
  fi
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
  cj_share=$(share_of "$1" "$(current_slot "$1")")
  [ "$cj_slot" = green ] || cj_share=$((100 - cj_share))
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
  # From then on it is true for every request.
  sleep "$MAINTENANCE_SEEN_S"
}
