# report: what this host is, and what slipway runs on it. Changes nothing.

verb_report() { # [probe]
  report_probe=${1-}
  nginx_find
  printf '{"protocol":1,"host":%s,"lock":%s,"services":[' "$(host_json)" "$(lock_json)"
  report_comma=
  for report_service in $(service_names); do
    printf '%s' "$report_comma"
    service_json "$report_service"
    report_comma=,
  done
  printf '],"ports":[%s]}\n' "$(ss -Hltn 2>/dev/null | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -un | paste -sd, -)"
}

json_bool() { # command…
  if "$@" >/dev/null 2>&1; then printf true; else printf false; fi
}

host_json() {
  host_os=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
  host_os_version=$(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"')
  host_systemd=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  host_nix=$(nix-store --version 2>/dev/null | sed 's/.* //' || :)
  host_nginx_dump=$(nginx_command -T 2>&1) && host_nginx_valid=true || host_nginx_valid=false
  host_nginx=$(nginx_command -v 2>&1 | sed -n 's,.*nginx/,,p' || :)
  host_nginx_error=
  [ "$host_nginx_valid" = true ] || host_nginx_error=$(printf '%s\n' "$host_nginx_dump" | grep -E 'emerg|not found' | head -n 3)
  host_nginx_user=$(printf '%s\n' "$host_nginx_dump" | sed -n 's/^[[:space:]]*user[[:space:]]\{1,\}\([^ ;]*\).*/\1/p' | head -n 1)
  host_nginx_user=${host_nginx_user:-www-data}
  cat <<EOF
{"name":$(json_string "$(uname -n)"),
"os":$(json_string "$host_os"),"osVersion":$(json_string "$host_os_version"),
"machine":"$(uname -m)","systemd":${host_systemd:-0},
"nix":$(json_string_or_null "$host_nix"),
"nixStore":$(json_string_or_null "$(command -v nix-store || :)"),
"nixFeatures":$(json_string "$(nix --extra-experimental-features nix-command show-config 2>/dev/null | sed -n 's/^experimental-features = //p' || :)"),
"nginx":$(json_string_or_null "$host_nginx"),
"nginxRunning":$(json_bool systemctl is-active --quiet nginx.service),
"nginxValid":$host_nginx_valid,
"nginxError":$(json_string_or_null "$host_nginx_error"),
"nginxIncludes":$(if printf '%s\n' "$host_nginx_dump" | grep -qF "include $NGINX/http.conf;"; then printf true; else printf false; fi),
"nginxDomains":[$(printf '%s\n' "$host_nginx_dump" | grep -v '^#' | sed -n "s,.*include $NGINX/locations/\([^/]*\)/.*,\"\1\",p" | sort -u | paste -sd, -)],
"nginxGroup":$(json_string "$(id -gn "$host_nginx_user" 2>/dev/null || echo root)"),
"curl":$(json_bool command -v curl),
"unitDir":$(json_string "$(unit_dir)"),
"unitDirUsed":$(if systemctl show -p UnitPath --value | tr ' ' '\n' | grep -qxF "$(unit_dir)"; then printf true; else printf false; fi),
"prepared":$(json_bool test -L "$NGINX"),
"root":$(if [ "$(id -u)" = 0 ]; then printf true; else printf false; fi),
"sudo":$(json_bool test -n "${SUDO_USER-}"),
"freeStoreKb":$(df -Pk /nix/store 2>/dev/null | awk 'NR == 2 { print $4 }' | grep . || df -Pk / | awk 'NR == 2 { print $4 }'),
"freeVarKb":$(df -Pk /var/lib | awk 'NR == 2 { print $4 }'),
"time":$(date +%s)}
EOF
}

service_json() { # service
  # What an unfinished activation would put back is what counts as current: it is what was proved.
  sj_activating=$(sed -n 's/^to=//p' "$SERVICES/$1/activation" 2>/dev/null || :)
  if [ -n "$sj_activating" ]; then
    sj_current=$(sed -n 's/^from=//p' "$SERVICES/$1/activation")
  else
    sj_current=$(current_release "$1")
  fi
  sj_dir=$(release_dir "$1" "$sj_current")
  printf '{"name":%s,"current":%s,"releases":[' "$(json_string "$1")" "${sj_current:-null}"
  sj_comma=
  for sj_number in $(release_numbers "$1" | sort -n); do
    sj_release=$(release_dir "$1" "$sj_number")
    printf '%s{"number":%s,"good":%s,"commit":%s,"package":%s}' "$sj_comma" "$sj_number" \
      "$(cat "$sj_release/good" 2>/dev/null || echo null)" "$(commit_json "$sj_release")" \
      "$(json_string_or_null "$(readlink "$sj_release/package" || :)")"
    sj_comma=,
  done
  printf '],"manifest":'
  if [ -n "$sj_current" ]; then tr -d '\n' <"$sj_dir/release.json"; else printf null; fi
  printf ',"closure":%s' "$(json_string "$(cat "$sj_dir/closure" 2>/dev/null || :)")"
  printf ',"activating":%s,"units":[' "$(json_string_or_null "$sj_activating")"
  [ -z "$sj_current" ] || units_json "$sj_dir"
  printf '],"probe":'
  if [ -n "$report_probe" ] && [ -n "$sj_current" ]; then probe_json "$1" "$sj_dir"; else printf null; fi
  printf '}'
}

probe_json() { # service release-directory
  if [ -z "$(spec "$2" port)$(spec "$2" unix)" ]; then
    printf null
    return
  fi
  WORK=$(mktemp -d)
  pj_code=$(probe_once "$1" "$2")
  printf '{"code":%d,"healthy":%s}' "${pj_code#0}" "$(json_bool status_is_healthy "$pj_code" "$(spec "$2" health_status)")"
  rm -rf "$WORK"
}

units_json() { # release-directory
  uj_units=$(spec "$1" process; spec "$1" socket; spec "$1" timer)
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
