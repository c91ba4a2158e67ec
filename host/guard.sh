# The guard of an activation: what to put back is on record before anything changes. Until the deployer
# confirms over a new login, it is put back: by the activation itself, by systemd when that was killed, by
# a timer, and at boot.
#
# guards/<id>/
#   who, what, settings          who deploys what; the policy and time limits
#   nonce, connection, boot      what a confirmation must carry, which connection it may not come over, until when
#   request                      a line for each item
#   waiting                      there once nothing but the confirmation is missing
#   events                       what happened, as the deployer is told
#   items/<name>/item            what is to change and what to put back
#   items/<name>/state-<state>   an empty file. Its name is the state; rename(2) moves an item on, so it is in
#                                exactly one, and of two that try only one succeeds.
#
# prepared -> armed -> active -> confirmed, or from each of these: -> reverting -> reverted | revert-failed

GUARDS=$ROOT/guards
# Scratch space of activations, gone with a reboot.
RUN=/run/slipway
BOOT_UNIT=slipway-recover.service
# What a deployer that was cut off may still ask about.
KEEP_ENDED_MINUTES=60
# How often a guard that is due looks whether the lock is free.
EXPIRE_SECONDS=1
# The last of an activation's events.
END='{"end":true}'
# A timer of systemd may else be late by a minute.
TIMER_ACCURACY=100ms
# The timer leaves the activation's own limits this much, so that the reason people read is the exact one.
TIMER_SLACK_SECONDS=5

# A place in memory that is this process's alone as long as it lives.
scratch() { # name
  SCRATCH=$RUN/$1
  mkdir -p "$RUN"
  mkdir -m 700 "$SCRATCH"
  exec 5<"$SCRATCH"
  flock 5
}

# Clears what was cut off before it was whole. Only called while holding the host's lock.
scratch_clear() {
  for clear_path in "$INCOMING"/*/ "$RUN"/secret-*/; do
    clear_scratch=$RUN/$(basename "$clear_path")
    [ -d "$clear_path" ] || continue
    if [ -d "$clear_scratch" ] && ! flock --nonblock "$clear_scratch" true; then continue; fi
    rm -rf "$clear_path" "$clear_scratch"
  done
}

guard_open() { # id
  valid_name "$1" || die "not an activation: $1"
  guard_id=$1 GUARD=$GUARDS/$1 WORK=$RUN/$1
  if [ ! -d "$GUARD" ]; then exit "$EXIT_GONE"; fi
  mkdir -p "$WORK"
  guard_policy=each guard_activate=240 guard_confirm=30 guard_hold=0 guard_escalate_network='' guard_escalate_units=''
  guard_escalate_reboot=''
  while IFS='=' read -r guard_key guard_value; do
    case $guard_key in
      policy) guard_policy=$guard_value ;;
      activate) guard_activate=$guard_value ;;
      confirm) guard_confirm=$guard_value ;;
      hold) guard_hold=$guard_value ;;
      escalate_network) guard_escalate_network=$guard_value ;;
      escalate_units) guard_escalate_units=$guard_value ;;
      escalate_reboot) guard_escalate_reboot=$guard_value ;;
    esac
  done <"$GUARD/settings"
}

# What is told goes to the record, which outlives connections, processes and the host.
tell() { # name step [detail]
  event "$@" >>"$GUARD/events"
}

item_state() { # item-directory; sets item_state
  # A rename between listing and looking would hide the file: look again.
  for _ in 1 2 3; do
    for item_state in "$1"/state-*; do
      if [ -e "$item_state" ]; then
        item_state=${item_state##*/state-}
        return 0
      fi
    done
  done
  item_state=
}

# Fails if the item is not in the state it is to leave.
item_move() { # item-directory from to
  mv -T "$1/state-$2" "$1/state-$3" 2>/dev/null
}

# Reads what an item is to become, and what to put back.
load_item() { # item-directory
  item=$1 item_name=${1##*/}
  item_kind='' item_to='' item_from='' item_action='' item_mode='' item_user='' item_profile='' item_running=''
  item_generation='' item_expected='' item_slot='' item_to_slot='' item_restart='' item_hooks=yes item_percent=''
  item_confirm=yes item_revert=yes item_began=0
  while IFS= read -r item_line; do
    item_value=${item_line#*=}
    case ${item_line%%=*} in
      kind) item_kind=$item_value ;;
      to) item_to=$item_value ;;
      from) item_from=$item_value ;;
      action) item_action=$item_value ;;
      mode) item_mode=$item_value ;;
      user) item_user=$item_value ;;
      profile) item_profile=$item_value ;;
      running) item_running=$item_value ;;
      generation) item_generation=$item_value ;;
      expected) item_expected=$item_value ;;
      slot) item_slot=$item_value ;;
      to_slot) item_to_slot=$item_value ;;
      restart) item_restart=$item_value ;;
      hooks) item_hooks=$item_value ;;
      percent) item_percent=$item_value ;;
      confirm) item_confirm=$item_value ;;
      revert) item_revert=$item_value ;;
      began) item_began=$item_value ;;
    esac
  done <"$1/item"
}

# Whether any item of the guard is in one of these states.
guard_has() { # state…
  for has_item in "$GUARD"/items/*/; do
    item_state "${has_item%/}"
    case " $* " in
      *" $item_state "*) return 0 ;;
    esac
  done
  return 1
}

# Both triggers, before anything changes: the timer, and the unit that looks at boot.
guard_set() {
  set_seconds=$((guard_activate + guard_confirm + guard_hold + TIMER_SLACK_SECONDS))
  boot_unit_install
  systemd-run --quiet --collect --unit="slipway-guard-$guard_id" --description="slipway: puts back what nobody confirms" \
    --property=SyslogIdentifier=slipway --on-active="$set_seconds" --timer-property=AccuracySec="$TIMER_ACCURACY" \
    sh "$SELF" expire "$guard_id"
}

# What is to be put back is on record.
guard_arm() {
  for arm_item in "$GUARD"/items/*; do item_move "$arm_item" prepared armed; done
  # What follows must not reach the disk before this has.
  sync -f "$GUARD"
}

# The program as what comes without a deployer finds it: at boot, and for keys.
program_link() {
  [ "$(readlink "$ROOT/host/slipway-host")" = "${SELF##*/}" ] || replace_link "${SELF##*/}" "$ROOT/host/slipway-host"
}

boot_unit_install() {
  boot_at=$(persistent_unit_dir)
  boot_text="[Unit]
Description=slipway: puts back what a crash left unconfirmed
ConditionDirectoryNotEmpty=|$GUARDS
ConditionDirectoryNotEmpty=|$INCOMING
ConditionPathExists=|$LOCK

[Service]
Type=oneshot
ExecStart=/bin/sh $ROOT/host/slipway-host recover
SyslogIdentifier=slipway

[Install]
WantedBy=multi-user.target"
  program_link
  if [ -L "$boot_at/multi-user.target.wants/$BOOT_UNIT" ] && [ "$(cat "$boot_at/$BOOT_UNIT")" = "$boot_text" ]; then
    return 0
  fi
  mkdir -p "$boot_at"
  printf '%s\n' "$boot_text" | write_file "$boot_at/$BOOT_UNIT"
  enable_unit "$BOOT_UNIT" "$boot_at"
  systemctl daemon-reload
}

# Undoes one item, whichever state it is in before the end. Two that try at once do it one after the other.
item_undo() { # item-directory reason
  (
    exec 7>"$1/.undo"
    flock 7
    item_state "$1"
    case $item_state in
      prepared)
        item_move "$1" prepared reverted
        tell "${1##*/}" refused "$2"
        exit 0
        ;;
      armed | active | confirmed | reverting) ;;
      *) exit 0 ;;
    esac
    undo_was=$item_state
    load_item "$1"
    if ! "holds_$item_kind"; then
      [ -e "$1/finished" ] || item_move "$1" "$undo_was" reverted
      tell "$item_name" failed "$2"
      tell "$item_name" left 'somebody else has changed it since'
      exit 0
    fi
    if [ "$item_revert" = no ] && [ "$undo_was" = armed ]; then
      leave_failed "$1" "$2"
      exit 0
    fi
    if [ "$undo_was" != reverting ]; then
      item_move "$1" "$undo_was" reverting || exit 0
      tell "$item_name" failed "$2"
      undo_explain=
      if [ "$undo_was" != active ] && [ ! -e "$1/finished" ]; then
        undo_explain=$("explain_$item_kind") || :
      fi
      [ -z "$undo_explain" ] || tell "$item_name" journal "$undo_explain"
    fi
    undoing=yes
    step reverting
    undo_problem=$("undo_$item_kind") && undo_problem=
    step reverted
    if [ -z "$undo_problem" ]; then
      item_move "$1" reverting reverted
      "log_$item_kind" failed
      tell "$item_name" reverted "$item_from"
    else
      item_move "$1" reverting revert-failed
      "log_$item_kind" revert-failed
      tell "$item_name" revert-failed "$undo_problem"
    fi
  )
}

# Its config wants a failed activation to stay.
leave_failed() { # item-directory reason
  item_move "$1" armed revert-failed || return 0
  "log_$item_kind" failed
  tell "$item_name" failed "$2"
  tell "$item_name" journal "$("explain_$item_kind")"
  tell "$item_name" left 'its config wants that'
}

# What follows a confirmation, or follows it again after a crash.
item_finish() { # item-directory
  load_item "$1"
  [ ! -e "$1/finished" ] || return 0
  step finish
  "finish_$item_kind"
  "log_$item_kind" good
  # In this order a crash in between tells it twice rather than never.
  tell "$item_name" 'done' "$item_to"
  : >"$1/finished"
}

# Takes back whatever is not confirmed, finishes what is, and ends the guard. Safe to repeat.
guard_settle() { # reason
  (
    exec 6>"$GUARD/.settle"
    flock 6
    lock_keep "$guard_id" >/dev/null 6>&- &
    settle_keeper=$!
    for settle_item in "$GUARD"/items/*; do
      # Killed before it began, there are none; or one of which nothing is on record yet.
      [ -e "$settle_item/item" ] || continue
      item_state "$settle_item"
      case $item_state in
        confirmed) item_finish "$settle_item" ;;
        reverted | revert-failed) ;;
        *) item_undo "$settle_item" "$1" ;;
      esac
    done
    kill "$settle_keeper" 2>/dev/null || :
    guard_end
  )
}

# Gone at once, for whoever looks.
guard_forget() {
  for forget_item in "$GUARD"/items/*; do
    item_state "$forget_item"
    [ "$item_state" = confirmed ] || continue
    load_item "$forget_item"
    "retire_$item_kind"
  done
  mv -T "$GUARD" "$GUARDS/.old-$guard_id" 2>/dev/null || :
  rm -rf "$GUARDS/.old-$guard_id" "$WORK"
}

guard_ended() {
  [ -e "$GUARD/ended" ]
}

# Nothing is left to decide: no timer, no lock. The record stays until the deployer has it.
guard_end() {
  if guard_ended; then
    lock_release "$guard_id"
    return 0
  fi
  systemctl stop "slipway-guard-$guard_id.timer" 2>/dev/null || :
  lock_release "$guard_id"
  : >"$GUARD/ended"
  printf '%s\n' "$END" >>"$GUARD/events"
}

# Ends guards that no activation minds any more, and clears what never became one. Only called while holding the
# host's lock.
recover() { # id-to-leave-alone
  scratch_clear
  for recover_guard in "$GUARDS"/*/; do
    recover_id=$(basename "$recover_guard")
    if [ ! -e "$recover_guard/request" ] || [ "$recover_id" = "$1" ]; then continue; fi
    (
      guard_open "$recover_id"
      if ! guard_ended; then
        tell '' recovering ''
        # It may only have been stopped for long, and go on.
        systemctl stop "slipway-apply-$recover_id.service" 2>/dev/null || :
        guard_settle 'it was cut off, and nobody had confirmed it'
      elif [ -n "$(find "$recover_guard/ended" -mmin +"$KEEP_ENDED_MINUTES")" ]; then
        guard_forget
      fi
    ) || echo "what $recover_id left could not be put back" >&2
  done
}

# At boot: what a power cut left.
verb_recover() {
  mkdir -p "$RUN"
  locked "slipway at boot" 'put back what a crash left unconfirmed' recover ''
}

# The timer: the activation or its confirmation has taken too long. Or it has failed: then systemd comes at once.
verb_expire() { # id
  guard_open "$1"
  if guard_ended; then exit 0; fi
  expire_reason='its activation was killed on the host'
  if systemctl is-active --quiet "slipway-apply-$1.service"; then
    expire_reason='it was neither finished nor confirmed in time'
    systemctl stop "slipway-apply-$1.service" || :
  fi
  expire_who=$(cat "$GUARD/who") expire_what=$(cat "$GUARD/what")
  # Somebody else who has the lock by now has ended what was left, unless it is no deploy.
  until lock_take "$1" "$expire_who" "$expire_what"; do
    if [ ! -d "$GUARD" ] || guard_ended; then exit 0; fi
    sleep "$EXPIRE_SECONDS"
  done
  guard_settle "$expire_reason"
  escalate
}

# Crash tests have steps written down, and an activation stopped at one of them, to kill it or its host there.
# Only root can ask for it.
step() { # name
  [ -d "$RUN/faults" ] || return 0
  step_name=${undoing:+undo-}$1
  printf '%s\n' "$step_name" >>"$RUN/faults/steps"
  [ -e "$RUN/faults/stop-at-$step_name" ] || return 0
  : >"$RUN/faults/stopped"
  while [ -e "$RUN/faults/stop-at-$step_name" ]; do sleep 0.02; done
}
