# A system as an item of an activation: a NixOS configuration or a deploy-rs profile. Its generations are
# those of a Nix profile; no generation is ever deleted.

SYSTEM_PROFILE=/nix/var/nix/profiles/system
RUNNING_SYSTEM=/run/current-system
BOOTED_SYSTEM=/run/booted-system
# How long an activation that was told to end may take to do so.
KILL_SECONDS=5
# How long a system may take to say what its activation would do.
DRY_SECONDS=600
# How much of what an activation printed is kept for people.
EXPLAIN_LINES=20

# Where the generations of a profile are, as deploy-rs has it.
profile_of() { # profile|- user name
  if [ "$1" != - ]; then
    printf '%s' "$1"
  elif [ "$2" = root ] && [ "$3" = system ]; then
    printf '%s' "$SYSTEM_PROFILE"
  elif [ "$2" = root ] || [ -d "/nix/var/nix/profiles/per-user/$2" ]; then
    printf '/nix/var/nix/profiles/per-user/%s/%s' "$2" "$3"
  else
    printf '%s/.local/state/nix/profiles/%s' "$(getent passwd "$2" | cut -d: -f6)" "$3"
  fi
}

# The generation a profile is at, or nothing.
generation_of() { # profile
  generation_link=$(readlink "$1" 2>/dev/null) || return 0
  generation_link=${generation_link%-link}
  printf '%s' "${generation_link##*-}"
}

# What runs, as its profile has it: deploy-rs wraps a NixOS system in a folder of links to it.
running_of() { # profile
  [ "$1" = "$SYSTEM_PROFILE" ] && [ -e "$RUNNING_SYSTEM" ] || return 0
  running_path=$(readlink -f "$RUNNING_SYSTEM")
  if [ "$(readlink -f "$1/bin/switch-to-configuration")" = "$running_path/bin/switch-to-configuration" ]; then
    running_path=$(readlink -f "$1")
  fi
  printf '%s' "$running_path"
}

# Runs a command as the owner of the profile.
as_owner() { # user command…
  owner=$1
  shift
  if [ "$owner" = root ]; then
    "$@"
  else
    owner_id=$(id -u "$owner")
    runuser -u "$owner" -- env HOME="$(getent passwd "$owner" | cut -d: -f6)" USER="$owner" LOGNAME="$owner" \
      XDG_RUNTIME_DIR="/run/user/$owner_id" "$@"
  fi
}

# Puts on record what is there, and keeps it from Nix' garbage collector until the end.
prepare_system() { # item-directory path action generation mode user confirm revert profile name
  prepare_profile=$(profile_of "$9" "$6" "${10}")
  prepare_running=$(running_of "$prepare_profile")
  printf '%s\n' kind=system "to=$2" "action=$3" "generation=${4#-}" "mode=$5" "user=$6" "confirm=$7" "revert=$8" \
    "profile=$prepare_profile" "from=$(generation_of "$prepare_profile")" "running=$prepare_running" \
    "began=$(uptime_cs)" >"$1/item"
  for prepare_root in "$prepare_profile" "$prepare_running"; do
    [ ! -e "$prepare_root" ] || nix-store --realise "$(readlink -f "$prepare_root")" \
      --add-root "$1/root-${prepare_root##*/}" --indirect >/dev/null
  done
}

activate_system() ( # item-directory
  load_item "$1"
  if ! reason=$(system_problem); then
    refuse_item "$reason"
    exit 1
  fi
  tell "$item_name" starting "$item_to"
  if reason=$(system_steps) && item_move "$item" armed active; then
    step active
    # A test makes no generation.
    [ "$item_mode" = test ] && activated='' || activated=$(generation_of "$item_profile")
    tell "$item_name" active "$activated"
    if system_needs_reboot; then tell "$item_name" reboot-needed ''; fi
    exit 0
  fi
  item_undo "$item" "$reason"
  exit 1
)

system_problem() {
  if [ ! -e "$item_to" ]; then
    echo "$item_to is not in the Nix store"
    return 1
  fi
  if [ ! -e "$item_to/deploy-rs-activate" ] && [ ! -e "$item_to/bin/switch-to-configuration" ]; then
    echo "$item_to has neither bin/switch-to-configuration nor deploy-rs-activate: it is no system"
    return 1
  fi
  if ! id -u "$item_user" >/dev/null 2>&1; then
    echo "the host has no user $item_user"
    return 1
  fi
}

# Prints why it failed.
system_steps() {
  step profile
  if [ "$item_mode" != test ] && ! system_set_profile; then
    echo "the profile $item_profile could not be set: $(tail -n 1 "$item/output")"
    return 1
  fi
  step activate
  system_began=$(uptime_cs)
  system_switch "$item_to" "$item_mode" "$guard_activate" && return 0
  system_status=$?
  if [ $(($(uptime_cs) - system_began)) -ge $((guard_activate * 100)) ]; then
    echo "its activation took longer than $guard_activate s"
  else
    echo "its activation exited with status $system_status"
  fi
  return 1
}

system_set_profile() {
  if [ "$item_user" = root ]; then mkdir -p "${item_profile%/*}"; fi
  if [ -n "$item_generation" ]; then
    as_owner "$item_user" nix-env -p "$item_profile" --switch-generation "$item_generation" >"$item/output" 2>&1
  else
    as_owner "$item_user" nix-env -p "$item_profile" --set "$item_to" >"$item/output" 2>&1
  fi
}

# What it prints is for the journal, and for people if it fails.
system_switch() { # path mode seconds
  if [ -e "$1/bin/switch-to-configuration" ] && ! { [ -e "$1/deploy-rs-activate" ] && [ "$2" != test ]; }; then
    set -- "$3" "$1/bin/switch-to-configuration" "$2"
  else
    switch_boot=0 switch_dry=0
    case $2 in
      boot) switch_boot=1 ;;
      dry-activate) switch_dry=1 ;;
    esac
    # $PROFILE is what is activated: the profile, where it has been set.
    switch_profile=$item_profile
    [ "$(readlink -f "$item_profile")" = "$1" ] || switch_profile=$1
    set -- "$3" env -C "$1" PROFILE="$switch_profile" BOOT="$switch_boot" DRY_ACTIVATE="$switch_dry" "$1/deploy-rs-activate"
  fi
  switch_seconds=$1
  shift
  switch_status=0
  as_owner "$item_user" timeout -k "$KILL_SECONDS" "$switch_seconds" "$@" >"$item/output" 2>&1 </dev/null || switch_status=$?
  cat "$item/output" >&2
  return "$switch_status"
}

# The kernel that runs is another than the one that would boot.
system_needs_reboot() {
  [ "$item_profile" = "$SYSTEM_PROFILE" ] && [ -e "$BOOTED_SYSTEM" ] || return 1
  for reboot_part in kernel initrd kernel-modules; do
    reboot_has="$BOOTED_SYSTEM/$reboot_part" reboot_wants=$item_to/$reboot_part
    # A container has none of them.
    if [ ! -e "$reboot_has" ] && [ ! -e "$reboot_wants" ]; then continue; fi
    if [ "$(readlink -f "$reboot_has")" != "$(readlink -f "$reboot_wants")" ]; then return 0; fi
  done
  return 1
}

explain_system() {
  tail -n "$EXPLAIN_LINES" "$item/output" 2>/dev/null || :
}

# Back to the generation that the profile was at, and to the system that ran: these need not be the same.
undo_system() {
  systemctl reset-failed 2>/dev/null || :
  step profile
  if [ "$item_mode" != test ]; then undo_profile || return 1; fi
  step activate
  # The first generation has nothing before it that could be activated.
  undo_generation=
  [ -z "$item_from" ] || undo_generation=$(readlink -f "$item_profile")
  undo_running=${item_running:-$undo_generation}
  if [ "$item_mode" = switch ] && [ "$undo_running" != "$undo_generation" ]; then
    undo_switch "$undo_running" test && undo_switch "$undo_generation" boot
  elif [ "$item_mode" = boot ]; then
    undo_switch "$undo_generation" boot
  else
    undo_switch "$undo_running" "$item_mode"
  fi
}

undo_switch() { # path|'' mode
  [ -n "$1" ] || return 0
  system_switch "$1" "$2" "$guard_activate" || {
    echo "activating $1 again failed: $(tail -n 1 "$item/output")"
    return 1
  }
}

undo_profile() {
  if [ -z "$item_from" ]; then
    rm -f "$item_profile"
    return 0
  fi
  [ "$(generation_of "$item_profile")" != "$item_from" ] || return 0
  as_owner "$item_user" nix-env -p "$item_profile" --switch-generation "$item_from" >"$item/output" 2>&1 || {
    echo "generation $item_from of $item_profile could not be put back: $(tail -n 1 "$item/output")"
    return 1
  }
}

# Whether the profile is where the activation put or found it, and nowhere newer.
holds_system() {
  [ "$item_mode" = test ] || [ "$(generation_of "$item_profile")" = "$item_from" ] ||
    [ "$(readlink -f "$item_profile")" = "$(readlink -f "$item_to")" ]
}

# systemd and the login have proved it already.
watch_system() {
  :
}

retire_system() {
  :
}

finish_system() {
  :
}

# `failed_systems` reads it.
log_system() { # result
  mkdir -p "$ROOT/systems/$item_name"
  printf '{"at":%s,"action":"%s","path":%s,"generation":%s,"from":%s,"by":%s,"seconds":%s,"result":"%s"}\n' \
    "$(json_string "$(date -u +%Y-%m-%dT%H:%M:%SZ)")" "$item_action" "$(json_string "$item_to")" \
    "$(json_string_or_null "$(generation_of "$item_profile")")" "$(json_string_or_null "$item_from")" \
    "$(json_string "$(cat "$GUARD/who")")" "$(seconds_since "$item_began")" "$1" >>"$ROOT/systems/$item_name/log"
}

# The systems whose last activation was not good, a path a line.
failed_systems() { # name
  awk -F '"' '$(NF - 1) != "refused" { last[$12] = $(NF - 1) }
    END { for (path in last) if (last[path] != "good") print path }' "$ROOT/systems/$1/log" 2>/dev/null || :
}

# Shows what an activation would do, as the system itself tells it. Changes nothing.
verb_dry_activate() { # path user
  case $1 in
    /nix/store/*) ;;
    *) die "not a store path: $1" ;;
  esac
  item=$(mktemp -d) item_user=$2 item_profile=$1
  dry_status=0
  system_switch "$1" dry-activate "$DRY_SECONDS" 2>/dev/null || dry_status=$?
  cat "$item/output"
  rm -rf "$item"
  exit "$dry_status"
}
