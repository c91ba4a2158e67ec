# What every verb builds on: places, time, JSON, atomic writes.

ROOT=/var/lib/slipway
SERVICES=$ROOT/services
# What a login over ssh may lack: the tools of root, of Nix' installer and of NixOS.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin
export PATH LC_ALL=C
# nginx and the services read what is written here, also where root's logins have a stricter one. Secrets set their own.
umask 022

NEWLINE='
'

# Exit codes that the deployer tells apart.
EXIT_USAGE=64 EXIT_GONE=66 EXIT_LOCKED=75 EXIT_REFUSED=77 EXIT_OTHER_VERSION=91

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Hundredths of a second since boot: a clock that can't jump.
uptime_cs() {
  read -r uptime_text _ </proc/uptime
  printf '%s%s' "${uptime_text%.*}" "${uptime_text#*.}"
}

# Seconds with two digits since a time of uptime_cs. After a reboot nobody knows.
seconds_since() { # hundredths
  since_cs=$(($(uptime_cs) - $1))
  [ "$since_cs" -ge 0 ] || since_cs=0
  printf '%s.%02d' $((since_cs / 100)) $((since_cs % 100))
}

json_string() {
  case $1 in
    *[!A-Za-z0-9\ ._:/@=+,-]*)
      printf '%s' "$1" | tr -d '\000-\010\013\014\016-\037' |
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/\r/\\r/g' |
        awk 'BEGIN { printf "\"" } NR > 1 { printf "\\n" } { printf "%s", $0 } END { printf "\"" }'
      ;;
    *) printf '"%s"' "$1" ;;
  esac
}

json_string_or_null() {
  if [ -n "$1" ]; then json_string "$1"; else printf null; fi
}

# One line of progress: what happens to which service or system; to none: to the activation as a whole.
event() { # item step [detail]
  printf '{"item":%s,"step":%s,"detail":%s}\n' \
    "$(json_string "$1")" "$(json_string "$2")" "$(json_string_or_null "${3-}")"
}

# Replaces a file so that a reader, a crash or a power cut finds the old text or the new one.
write_file() { # path, text on stdin
  { cat >"$1.new.$$" && sync "$1.new.$$"; } || {
    rm -f "$1.new.$$"
    return 1
  }
  mv -f "$1.new.$$" "$1"
}

replace_link() { # target link
  ln -sfn "$1" "$2.new.$$" || return 1
  mv -fT "$2.new.$$" "$2"
}

valid_name() {
  case $1 in
    '' | -* | *[!a-z0-9-]*) return 1 ;;
  esac
}

valid_number() {
  case $1 in
    '' | 0* | *[!0-9]*) return 1 ;;
  esac
}

# The number of the release that serves, or nothing.
current_release() { # service
  current_link=$(readlink "$SERVICES/$1/current/release" 2>/dev/null) || return 0
  printf '%s' "${current_link##*/}"
}

release_dir() { # service number
  printf '%s/%s/releases/%s' "$SERVICES" "$1" "$2"
}

# Reads a release's spec into variables: lists of units separated by spaces, other lists one a line.
# A release never changes, so it is read once.
load_spec() { # release-directory
  [ "${spec_loaded-}" != "$1" ] || return 0
  spec_kind='' spec_keep=5 spec_user='' spec_state=no spec_port='' spec_unix=''
  spec_slots='' spec_port_blue='' spec_port_green='' spec_unix_blue='' spec_unix_green='' spec_drain=0
  spec_before='' spec_after=''
  spec_processes='' spec_timers='' spec_calendars='' spec_verify=''
  spec_health_path=/ spec_health_status='' spec_health_timeout=0 spec_health_interval=0.1
  spec_health_attempt=5 spec_health_successes=1 spec_health_settle=0 spec_watch=0
  while IFS= read -r spec_line; do
    spec_value=${spec_line#*=}
    case ${spec_line%%=*} in
      kind) spec_kind=$spec_value ;;
      keep) spec_keep=$spec_value ;;
      user) spec_user=$spec_value ;;
      state) spec_state=$spec_value ;;
      slots) spec_slots=$spec_value ;;
      port_blue) spec_port_blue=$spec_value ;;
      port_green) spec_port_green=$spec_value ;;
      unix_blue) spec_unix_blue=$spec_value ;;
      unix_green) spec_unix_green=$spec_value ;;
      drain) spec_drain=$spec_value ;;
      before) spec_before="$spec_before$spec_value$NEWLINE" ;;
      after) spec_after="$spec_after$spec_value$NEWLINE" ;;
      process) spec_processes="$spec_processes $spec_value" ;;
      timer) spec_timers="$spec_timers $spec_value" ;;
      calendar) spec_calendars="$spec_calendars$spec_value$NEWLINE" ;;
      verify) spec_verify="$spec_verify$spec_value$NEWLINE" ;;
      health_path) spec_health_path=$spec_value ;;
      health_status) spec_health_status=$spec_value ;;
      health_timeout) spec_health_timeout=$spec_value ;;
      health_interval) spec_health_interval=$spec_value ;;
      health_attempt) spec_health_attempt=$spec_value ;;
      health_successes) spec_health_successes=$spec_value ;;
      health_settle) spec_health_settle=$spec_value ;;
      watch) spec_watch=$spec_value ;;
    esac
  done <"$1/spec"
  spec_loaded=$1
}

# Where the loaded release's instance listens in a slot.
use_slot() { # slot
  case $1 in
    green) spec_port=$spec_port_green spec_unix=$spec_unix_green ;;
    *) spec_port=$spec_port_blue spec_unix=$spec_unix_blue ;;
  esac
}

service_names() {
  for service_path in "$SERVICES"/*/; do
    [ -d "$service_path" ] || continue
    service_path=${service_path%/}
    printf '%s\n' "${service_path##*/}"
  done
}

# Where a unit may be written that systemd looks for at boot, also on a NixOS that knows nothing of slipway:
# what portablectl(1) attaches lies there.
persistent_unit_dir() {
  persistent_at=$(unit_dir)
  if [ "$persistent_at" = /etc/systemd/system ]; then
    printf '%s' "$persistent_at"
    return
  fi
  case " $(systemctl show -p UnitPath --value) " in
    *" $persistent_at "*) printf '%s' "$persistent_at" ;;
    *) printf '%s' /etc/systemd/system.attached ;;
  esac
}

# Where units may be written: NixOS keeps /etc/systemd/system read-only.
unit_dir() {
  if [ -w /etc/systemd/system ]; then
    echo /etc/systemd/system
  else
    echo "$ROOT/units"
  fi
}
