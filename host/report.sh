# report: what this host is, and what slipway runs on it. Changes nothing.

verb_report() { # plain|probe|settings|secrets [name user profile-name profile]…
  report_with=$1
  shift
  # All at once: each takes longer than all that is made of their answers.
  report_tools=$(
    nix-store --version 2>/dev/null &
    systemctl show -p Version -p UnitPath &
    nginx_unit &
    wait
  )
  nginx_found "$report_tools"
  printf '{"protocol":1,"host":%s,"lock":%s,"services":[' "$(host_json)" "$(lock_json)"
  report_comma=
  for report_service in $(service_names); do
    if restricted && [ "$report_service" != "$SLIPWAY_SERVICE" ]; then continue; fi
    printf '%s' "$report_comma"
    service_json "$report_service"
    report_comma=,
  done
  if [ "$report_with" = secrets ]; then report_key=yes; else report_key=no; fi
  printf '],"secrets":[%s],"systems":[' "$(secrets_json "$report_key")"
  report_comma=
  while [ $# -ge 4 ]; do
    printf '%s' "$report_comma"
    system_json "$1" "$(profile_of "$4" "$2" "$3")"
    report_comma=,
    shift 4
  done
  printf '],"certificates":['
  report_comma=
  for report_domain in $(tls_domains); do
    if restricted && ! grep -qF "route=$report_domain " "$ACCESS/keys/$SLIPWAY_SERVICE/$SLIPWAY_KEY"; then continue; fi
    printf '%s' "$report_comma"
    certificate_json "$report_domain"
    report_comma=,
  done
  printf '],"ports":[%s]}\n' "$({
    ss -Hltn 2>/dev/null | awk '{ sub(/.*:/, "", $4); print $4 }'
    # Whoever sees one service must know the ports of the others.
    if restricted; then ports_of_others "$SLIPWAY_SERVICE"; fi
  } | sort -u | paste -sd, -)"
}

json_bool() { # command…
  if "$@" >/dev/null 2>&1; then printf true; else printf false; fi
}

# Every process started here is time that each deploy waits: one question to a tool answers many.
host_json() {
  host_os=$(. /etc/os-release && printf '%s %s' "$ID" "${VERSION_ID-}")
  host_units=$(unit_dir)
  host_systemd=0 host_unit_path='' host_nix=''
  while IFS='=' read -r host_key host_value; do
    case $host_key in
      Version) host_systemd=${host_value%%[!0-9]*} ;;
      UnitPath) host_unit_path=" $host_value " ;;
      'nix-store '*) host_nix=$host_key ;;
    esac
  done <<EOF
$report_tools
EOF
  host_nginx_dump=$(nginx_command -T 2>&1) && host_nginx_valid=true || host_nginx_valid=false
  host_nginx=$(nginx_command -v 2>&1 || :)
  case $host_nginx in
    *nginx/*) host_nginx=${host_nginx#*nginx/} host_nginx=${host_nginx%% *} ;;
    *) host_nginx= ;;
  esac
  host_nginx_error=
  [ "$host_nginx_valid" = true ] || host_nginx_error=$(printf '%s\n' "$host_nginx_dump" | grep -E 'emerg|not found' | head -n 3)
  host_features=
  if [ "$report_with" = settings ]; then
    host_features=$(nix --extra-experimental-features nix-command show-config 2>/dev/null | sed -n 's/^experimental-features = //p' || :)
  fi
  [ -d /nix/store ] && host_store=/nix/store || host_store=/
  host_free=$(df -Pk "$host_store" /var/lib | awk 'NR > 1 { printf "%s ", $4 }')
  cat <<EOF
{"name":$(json_string "$(cat /proc/sys/kernel/hostname)"),
"os":$(json_string "${host_os% *}"),"osVersion":$(json_string "${host_os##* }"),
"machine":"$(uname -m)","systemd":${host_systemd:-0},
"nix":$(json_string_or_null "${host_nix##* }"),
"nixStore":$(json_string_or_null "$(command -v nix-store || :)"),
"nixFeatures":$(json_string "$host_features"),
"nginx":$(json_string_or_null "$host_nginx"),
"nginxRunning":$(if [ "$nginx_active" = active ]; then printf true; else printf false; fi),
"nginxValid":$host_nginx_valid,
"nginxError":$(json_string_or_null "$host_nginx_error"),
"nginxIncludes":$(json_contains "$host_nginx_dump" "include $NGINX/http.conf;"),
"nginxDomains":[$(printf '%s\n' "$host_nginx_dump" | sed -n "/^[[:space:]]*#/d;s,.*include $NGINX/locations/\([^/]*\)/.*,\"\1\",p" | sort -u | paste -sd, -)],
"nginxGroup":$(json_string "$(nginx_group "$host_nginx_dump")"),
"curl":$(json_bool command -v curl),
"encrypts":$(json_bool command -v systemd-creds),
"openssl":$(json_bool command -v openssl),
"lego":$(json_bool command -v lego),
"unitDir":$(json_string "$host_units"),
"unitDirUsed":$(json_contains "$host_unit_path" " $host_units "),
"prepared":$(if [ -L "$NGINX" ]; then printf true; else printf false; fi),
"root":$(if [ "$(id -u)" = 0 ]; then printf true; else printf false; fi),
"became":$(if [ -n "${SUDO_USER-}${DOAS_USER-}" ] && ! restricted; then printf true; else printf false; fi),
"key":$(if restricted; then printf '{"service":"%s","name":"%s"}' "$SLIPWAY_SERVICE" "$SLIPWAY_KEY"; else printf null; fi),
"freeStoreKb":${host_free%% *},"freeVarKb":$(set -- $host_free && printf %s "$2"),
"time":$(date +%s)}
EOF
}

json_contains() { # text part
  case $1 in
    *"$2"*) printf true ;;
    *) printf false ;;
  esac
}

# What an unfinished activation would put back is what counts as current: it is what was proved.
service_json() { # service
  sj_activating='' sj_current=$(current_release "$1")
  for sj_item in "$GUARDS"/*/items/"$1"; do
    [ -d "$sj_item" ] || continue
    item_state "$sj_item"
    case $item_state in
      armed | active | reverting)
        load_item "$sj_item"
        sj_activating=$item_to sj_current=$item_from
        ;;
    esac
  done
  sj_dir=$(release_dir "$1" "$sj_current")
  printf '{"name":%s,"current":%s,"releases":[' "$(json_string "$1")" "${sj_current:-null}"
  sj_comma=
  for sj_number in $(release_numbers "$1" | sort -n); do
    sj_release=$(release_dir "$1" "$sj_number")
    sj_good=null
    [ ! -e "$sj_release/good" ] || read -r sj_good <"$sj_release/good"
    printf '%s{"number":%s,"good":%s,"commit":%s}' "$sj_comma" "$sj_number" "$sj_good" "$(commit_json "$sj_release")"
    sj_comma=,
  done
  printf '],"manifest":'
  if [ -n "$sj_current" ]; then cat "$sj_dir/release.json"; else printf null; fi
  printf ',"canary":%s,"maintenance":%s' "$(canary_json "$1")" "$(json_bool [ -e "$ROOT/maintenance/$1" ])"
  printf ',"closure":%s' "$(json_string "$(cat "$sj_dir/closure" 2>/dev/null || :)")"
  printf ',"activating":%s,"units":[' "$(json_string_or_null "$sj_activating")"
  [ -z "$sj_current" ] || units_json "$sj_dir" "$(slot_unit "$1" "$(current_slot "$1")")"
  printf '],"probe":'
  if [ "$report_with" = probe ] && [ -n "$sj_current" ]; then probe_json "$1" "$sj_dir"; else printf null; fi
  printf '}'
}

system_json() { # name profile
  yj_running=$(running_of "$2") yj_reboot=false yj_activating=false
  if [ -n "$yj_running" ]; then
    item_profile=$2 item_to=$yj_running
    if system_needs_reboot; then yj_reboot=true; fi
  fi
  for yj_item in "$GUARDS"/*/items/"$1"; do
    [ -d "$yj_item" ] || continue
    item_state "$yj_item"
    case $item_state in
      armed | active | reverting) yj_activating=true ;;
    esac
  done
  yj_generation=$(generation_of "$2")
  [ -e "$2" ] && yj_path=$(readlink -f "$2") || yj_path=
  printf '{"name":%s,"profile":%s,"generation":%s,"path":%s,"running":%s,"needsReboot":%s,"activating":%s,"generations":[' \
    "$(json_string "$1")" "$(json_string "$2")" "${yj_generation:-null}" \
    "$(json_string_or_null "$yj_path")" "$(json_string_or_null "$yj_running")" \
    "$yj_reboot" "$yj_activating"
  yj_failed=$(failed_systems "$1")
  yj_comma=
  for yj_link in "$2"-[0-9]*-link; do
    [ -L "$yj_link" ] || continue
    yj_number=${yj_link%-link}
    yj_target=$(readlink "$yj_link")
    case "$NEWLINE$yj_failed$NEWLINE" in
      *"$NEWLINE$yj_target$NEWLINE"*) yj_good=false ;;
      *) yj_good=true ;;
    esac
    printf '%s{"number":%s,"path":%s,"at":%s,"good":%s}' "$yj_comma" "${yj_number##*-}" "$(json_string "$yj_target")" \
      "$(stat -c %Y "$yj_link")" "$yj_good"
    yj_comma=,
  done
  printf ']}'
}

probe_json() { # service release-directory
  load_spec "$2"
  use_slot "$(current_slot "$1")"
  if [ -z "$spec_port$spec_unix" ]; then
    printf null
    return
  fi
  WORK=$(mktemp -d)
  pj_code=$(probe_once "$1")
  printf '{"code":%d,"healthy":%s}' "${pj_code#0}" "$(json_bool status_is_healthy "$pj_code" "$spec_health_status")"
  rm -rf "$WORK"
}

units_json() { # release-directory slot-unit
  load_spec "$1"
  uj_units="${spec_slots:+$2}$spec_processes$spec_timers"
  [ -n "$uj_units" ] || return 0
  # shellcheck disable=SC2086 # a list of unit names
  systemctl show -p Id,ActiveState,SubState,NRestarts,ActiveEnterTimestamp --timestamp=unix $uj_units | awk -F= '
    function flush() {
      if (v["Id"] == "") return
      since = substr(v["ActiveEnterTimestamp"], 2)
      printf "%s{\"name\":\"%s\",\"active\":\"%s\",\"sub\":\"%s\",\"restarts\":%d,\"since\":%s}", comma, v["Id"],
        v["ActiveState"], v["SubState"], v["NRestarts"], since == "" ? "null" : since
      comma = ","
      delete v
    }
    /^$/ { flush(); next }
    { v[$1] = $2 }
    END { flush() }'
}

# The deploys of a service, one JSON object a line.
verb_log() { # service
  valid_name "$1" || die 'log: not a service'
  tail -n 200 "$SERVICES/$1/log" 2>/dev/null || :
}
