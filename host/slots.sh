# Slots: the two places in which a service's instances take turns, so that the new one can prove itself while
# the old one serves.
#
#   slots/<slot>/release -> ../../releases/<n>   what the slot runs
#   slots/<slot>/{blue,green}                    the slots whose instances run while this one is current
#   current -> slots/<slot>                      one rename switches release, slot and requests
#
# `green` is a folder with a file for each hundredth of the requests that goes to green, so for all of them unless
# there is a canary. nginx asks for `current/green/<hundredth>` with each request, systemd for
# `current/%i` at boot. What does not listen stays in its slot and changes its release in place.

# Instances that may run without being current; gone with a reboot.
SLOT_RUN=/run/slipway-slots
# Services whose requests wait in a queue; gone with a reboot.
HOLD=/run/slipway-hold
# How long a request that has chosen its slot may take to connect there.
SWITCH_PAUSE=0.1
DRAIN_POLL=0.1

current_slot() { # service
  slot_link=$(readlink "$SERVICES/$1/current" 2>/dev/null) || return 0
  printf '%s' "${slot_link##*/}"
}

other_slot() { # slot
  if [ "$1" = blue ]; then echo green; else echo blue; fi
}

# Which release a slot has.
slot_set() { # service slot release
  mkdir -p "$SERVICES/$1/slots/$2"
  if [ "$2" = green ]; then
    [ "$(share_of "$1" green)" = 100 ] || share_set "$1" green 100 || return 1
  else
    : >"$SERVICES/$1/slots/$2/$2"
  fi
  replace_link "../../releases/$3" "$SERVICES/$1/slots/$2/release"
}

# How many hundredths of the requests go to green while a slot is current.
share_of() { # service slot
  set -- "$SERVICES/$1/slots/$2/green"/*
  if [ -e "$1" ]; then echo $#; else echo 0; fi
}

# File by file: on the way from one share to another every request still has one place to go.
share_set() { # service slot hundredths
  mkdir -p "$SERVICES/$1/slots/$2/green"
  (
    cd "$SERVICES/$1/slots/$2/green" || exit 1
    seq "$3" 99 | xargs rm -f
    seq 0 "$(($3 - 1))" | xargs touch
  )
}

slot_clear() { # service slot
  rm -f "$SERVICES/$1/slots/$2/release"
}

# The switch.
slot_switch() { # service slot
  replace_link "slots/$2" "$SERVICES/$1/current"
}

slot_unit() { # service slot
  printf '%s@%s.service' "$1" "$2"
}

# Starts a slot's instance; that it fails is found, with the reason, by the health check.
slot_start() { # service slot
  mkdir -p "$SLOT_RUN"
  : >"$SLOT_RUN/$1@$2"
  systemctl reset-failed "$(slot_unit "$1" "$2")" 2>/dev/null || :
  systemctl start "$(slot_unit "$1" "$2")" &
  unless_aborted $!
}

# Waits for a command without being stuck behind a program that is slow to start or stop.
unless_aborted() { # process-id
  while kill -0 "$1" 2>/dev/null; do
    if aborted; then return 0; fi
    sleep 0.01
  done
  wait "$1" || :
}

slot_stop() { # service slot
  rm -f "$SLOT_RUN/$1@$2"
  for slot_installed in "$1@$2.socket" "$1@$2.service"; do
    [ ! -e "$(unit_dir)/$slot_installed" ] || systemctl stop "$slot_installed" || :
  done
}

# How many connections a slot's instance has; nginx keeps idle ones for a second only.
slot_connections() { # release-directory slot
  load_spec "$1"
  use_slot "$2"
  if [ -n "$spec_port" ]; then
    ss -Htn state established "sport = :$spec_port" 2>/dev/null | grep -c . || :
  elif [ -n "$spec_unix" ]; then
    ss -Hxn state connected src "$spec_unix" 2>/dev/null | grep -c . || :
  else
    echo 0
  fi
}

# Waits until the requests under way have ended. Fails if they have not within the limit.
slot_drain() { # release-directory slot hundredths
  drain_end=$(($(uptime_cs) + $3))
  sleep "$SWITCH_PAUSE"
  while [ "$(slot_connections "$1" "$2")" -gt 0 ]; do
    [ "$(uptime_cs)" -lt "$drain_end" ] || return 1
    sleep "$DRAIN_POLL"
  done
}

# Lets the instance that no longer serves finish, then stops it. Nobody waits for this.
slot_retire() { # service slot release
  systemd-run --quiet --collect --unit="slipway-drain-$1-$2" --description="slipway: $1 finishes its requests" \
    --property=SyslogIdentifier=slipway sh "$SELF" drain "$1" "$2" "$3" 2>/dev/null ||
    systemctl is-active --quiet "slipway-drain-$1-$2.service" || slot_stop "$1" "$2"
}

verb_drain() { # service slot release
  drain_dir=$(release_dir "$1" "$3")
  load_spec "$drain_dir"
  # One that has stopped has none, though its port may: its successor's.
  if systemctl is-active --quiet "$(slot_unit "$1" "$2")"; then
    slot_drain "$drain_dir" "$2" "$spec_drain" || echo "$1: the connections that are left after $((spec_drain / 100)) s are cut" >&2
  fi
  slot_stop "$1" "$2"
  slot_clear "$1" "$2"
}

# Makes sure that nothing of an earlier release runs in the slot that is to be used.
slot_free() { # service slot
  if [ "$(canary_slot "$1")" = "$2" ]; then
    canary_end "$1"
    slot_retire "$1" "$2" "$(basename "$(readlink "$SERVICES/$1/slots/$2/release")")"
  fi
  # One question where three have the same answer, as mostly.
  free_states=$(systemctl is-active "slipway-drain-$1-$2.service" "$1@$2.socket" "$1@$2.service" | sort -u)
  if [ "$free_states" = inactive ]; then
    rm -f "$SLOT_RUN/$1@$2"
    return 0
  fi
  if systemctl is-active --quiet "slipway-drain-$1-$2.service"; then
    tell "$1" draining "$(basename "$(readlink "$SERVICES/$1/slots/$2/release" || :)")"
    while systemctl is-active --quiet "slipway-drain-$1-$2.service"; do
      if aborted; then return 0; fi
      sleep "$DRAIN_POLL"
    done
  fi
  slot_stop "$1" "$2"
}

# New requests wait in a queue; see queueUnits in the deployer. There are two, since what handed on those of the
# last time may still be at it: one that is at nothing is taken.
hold_requests() { # service
  if [ -e "$HOLD/$1" ]; then return 0; fi
  hold_queue=blue
  if queue_busy "$1" blue && ! queue_busy "$1" green; then hold_queue=green; fi
  systemctl stop "$1@queue-$hold_queue.service" 2>/dev/null || :
  systemctl reset-failed "$1@queue-$hold_queue.socket" "$1@queue-$hold_queue.service" 2>/dev/null || :
  systemctl start "$1@queue-$hold_queue.socket" || return 1
  mkdir -p "$HOLD"
  replace_link "$1@queue-$hold_queue.sock" "/run/$1@queue.sock"
  : >"$HOLD/$1"
}

queue_busy() { # service queue
  [ -n "$(ss -Hxn state connected src "/run/$1@queue-$2.sock" 2>/dev/null)" ]
}

# The queue's program hands on what has waited, and ends.
release_requests() { # service
  rm -f "$HOLD/$1"
}
