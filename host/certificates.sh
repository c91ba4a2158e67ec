# Certificates: got, renewed and put in place by a timer of systemd, apart from deploys. Whatever fails here, what
# serves goes on as it did, with the certificate it has.
#
# certificates/                   (all but webroot is root's alone)
#   domains/<domain>/
#     versions/<time>/            fullchain.pem, key.pem, facts; revoked, if its issuer says so
#     current -> versions/<time>  swapped by rename; nginx reads through it
#     failure                     why the last attempt failed, how many have in a row, and when the next may be made
#     asked                       somebody asked for it now
#   lego/                         lego's accounts
#   local/                        the host's own authority
#   webroot/                      answers to HTTP challenges
#   unread                        exists while nginx may not have read what changed
#   env                           credentials of DNS providers, for lego's environment

CERTIFICATES_UNIT=slipway-certificates
CERTIFICATES_MARK='# Managed by slipway: certificates'
# After a failed attempt at an ACME server the next waits this long, and twice as long after each that follows, up to
# the last: Let's Encrypt allows five failed validations an hour.
RETRY_FIRST_SECONDS=3600
RETRY_LAST_SECONDS=86400
# The longest time that a server's rate limit may ask for; a time beyond it is that of a clock that jumped.
RETRY_LIMIT_SECONDS=691200
# How often the list of what its issuer has revoked is asked for a certificate: such lists hold for days.
REVOKED_MINUTES=720
# The largest that is fetched: those of Let's Encrypt are parts of one, of less than a megabyte.
REVOKED_BYTES=16777216
ACME_ANSWER_SECONDS=15
SELF_CHECK_SECONDS=5
# How long certificates of the host's own authority hold, and the authority itself.
LOCAL_DAYS=90
LOCAL_AUTHORITY_DAYS=3650

# Reads what is known of a domain's certificate.
load_certificate() { # domain
  cert_dir=$CERTIFICATES/domains/$1
  cert_not_before='' cert_not_after='' cert_issuer='' cert_from='' cert_server=''
  cert_problem='' cert_kind='' cert_failures=0 cert_next=0
  [ -e "$cert_dir/current/revoked" ] && cert_revoked=yes || cert_revoked=
  for cert_file in "$cert_dir/current/facts" "$cert_dir/failure"; do
    [ -f "$cert_file" ] || continue
    while IFS= read -r cert_line; do
      cert_value=${cert_line#*=}
      case ${cert_line%%=*} in
        not_before) cert_not_before=$cert_value ;;
        not_after) cert_not_after=$cert_value ;;
        issuer) cert_issuer=$cert_value ;;
        from) cert_from=$cert_value ;;
        server) cert_server=$cert_value ;;
        problem) cert_problem=$cert_value ;;
        kind) cert_kind=$cert_value ;;
        failures) cert_failures=$cert_value ;;
        next) cert_next=$cert_value ;;
      esac
    done <"$cert_file"
  done
}

# Whether what is there is what is wanted now: it may stem from somewhere else.
certificate_matches() {
  [ -n "$cert_not_after" ] && [ "$cert_from" = "$tls_from" ] && [ "$cert_server" = "$tls_server" ]
}

certificate_due() { # asked
  certificate_matches && [ "$1" != force ] || return 0
  if [ "$tls_from" = files ]; then
    ! cmp -s "$tls_certificate" "$cert_dir/current/fullchain.pem" || ! cmp -s "$tls_key" "$cert_dir/current/key.pem"
    return
  fi
  [ -z "$cert_revoked" ] || return 0
  # A third of its time left: what Let's Encrypt asks for, whatever the lifetime.
  [ $((cert_not_after - $(date +%s))) -lt $(((cert_not_after - cert_not_before) / 3)) ]
}

# Finds out whether its issuer has revoked a certificate, by the list that it names (RFC 5280, 4.2.1.13). No list, or none
# that can be had, says nothing.
certificate_look_up() {
  look_at=$cert_dir/current
  if [ ! -e "$look_at/fullchain.pem" ] || [ -e "$look_at/revoked" ]; then return 0; fi
  [ -z "$(find "$look_at/looked-up" -mmin "-$REVOKED_MINUTES" 2>/dev/null)" ] || return 0
  look_url=$(openssl x509 -in "$look_at/fullchain.pem" -noout -ext crlDistributionPoints 2>/dev/null | sed -n 's/^ *URI:\(http:.*\)/\1/p' | head -n 1)
  if [ -n "$look_url" ]; then
    curl -gfs --max-time "$ACME_ANSWER_SECONDS" --max-filesize "$REVOKED_BYTES" -o "$CERTIFICATES/.new.list" "$look_url" || return 0
    look_serial=$(openssl x509 -in "$look_at/fullchain.pem" -noout -serial)
    for look_form in DER PEM; do
      openssl crl -inform "$look_form" -in "$CERTIFICATES/.new.list" -noout -text 2>/dev/null || :
    done | grep -qi "Serial Number: ${look_serial#*=}\$" && : >"$look_at/revoked"
    rm -f "$CERTIFICATES/.new.list"
  fi
  : >"$look_at/looked-up"
}

# Sees to all domains one after the other. Only one at a time does so.
certificates_run() {
  umask 077
  mkdir -p "$CERTIFICATES/domains" "$ACME_ROOT$ACME_PATH"
  chmod 755 "$CERTIFICATES" "$ACME_ROOT" "${ACME_ROOT}${ACME_PATH%/*}" "$ACME_ROOT$ACME_PATH"
  exec 5>"$CERTIFICATES/.lock"
  flock 5
  rm -rf "$CERTIFICATES"/.new.*
  # Killed half-way, the last run may have left nginx with what it read before.
  if [ -e "$CERTIFICATES/unread" ] && nginx_publish reload; then rm -f "$CERTIFICATES/unread"; fi
  # Servers that are not to be bothered again in this run.
  run_tired=
  for run_domain in $(tls_domains); do
    certificate_see_to "$run_domain" 5>&- || :
  done
}

certificate_see_to() { # domain
  load_tls "$NGINX" "$1" || return 0
  cert_dir=$CERTIFICATES/domains/$1
  mkdir -p "$cert_dir/versions"
  certificate_look_up
  load_certificate "$1"
  see_asked=$(cat "$cert_dir/asked" 2>/dev/null) || :
  rm -f "$cert_dir/asked"
  if ! certificate_due "$see_asked"; then
    rm -f "$cert_dir/failure"
    return 0
  fi
  see_wait=$((cert_next - $(date +%s)))
  if [ "$see_wait" -gt 0 ] && [ "$see_wait" -le "$RETRY_LIMIT_SECONDS" ]; then
    # A person who has mended something need not wait, unless the server said so.
    if [ -z "$see_asked" ] || [ "$cert_kind" = rate-limit ]; then return 0; fi
  fi
  case " $run_tired " in
    *" ${tls_server:-none} "*)
      certificate_not_yet "$1" "$run_tired_kind" "$cert_failures" 0 "$run_tired_text"
      return 0
      ;;
  esac
  see_new=$(mktemp -d "$CERTIFICATES/.new.XXXXXX") || return 1
  fail_kind=other fail_retry=0
  if fail_text=$(certificate_port "$see_new") && fail_text=$("certificate_from_$tls_from" "$1" "$see_new") && fail_text=$(certificate_install "$1" "$see_new"); then
    rm -f "$cert_dir/failure"
    load_certificate "$1"
    echo "certificate for $1, from ${cert_issuer:-an unnamed issuer}, expires $(date -u -d "@$cert_not_after" +%Y-%m-%d)"
  else
    if [ -e "$see_new/failed" ]; then read -r fail_kind fail_retry <"$see_new/failed"; fi
    certificate_failed "$1" "$fail_kind" "$fail_retry" "$fail_text"
  fi
  rm -rf "$see_new"
}

# What is known beforehand costs no server anything, and is looked at again each time; after anything else there is a pause.
certificate_failed() { # domain kind retry-at text
  failed_next=0 failed_now=$(date +%s) failed_count=$((cert_failures + 1))
  case $tls_from/$2 in
    files/* | */dns | */clock | */tool) ;;
    *)
      failed_pause=$RETRY_FIRST_SECONDS failed_step=1
      while [ "$failed_step" -lt "$failed_count" ] && [ "$failed_pause" -lt "$RETRY_LAST_SECONDS" ]; do
        failed_pause=$((failed_pause * 2)) failed_step=$((failed_step + 1))
      done
      [ "$failed_pause" -le "$RETRY_LAST_SECONDS" ] || failed_pause=$RETRY_LAST_SECONDS
      failed_next=$((failed_now + failed_pause))
      [ "$3" -le "$failed_next" ] || failed_next=$3
      ;;
  esac
  case $2 in
    rate-limit | unreachable | clock) run_tired="$run_tired $tls_server" run_tired_kind=$2 run_tired_text=$4 ;;
  esac
  certificate_not_yet "$1" "$2" "$failed_count" "$failed_next" "$4"
}

certificate_not_yet() { # domain kind failures next text
  yet_text=$(printf '%s' "$5" | tr '\n' ' ' | head -c 600)
  printf '%s\n' "kind=$2" "failures=$3" "next=$4" "problem=$yet_text" | write_file "$cert_dir/failure"
  echo "no certificate for $1: $yet_text" >&2
}

# How an attempt failed, beside the text on stdout.
failed_as() { # directory kind [retry-at]
  printf '%s %s\n' "$2" "${3:-0}" >"$1/failed"
}

# Takes a pair of files into use, if they belong together and to the domain. Prints why not, and fails.
certificate_install() { # domain directory
  install_pem=$2/fullchain.pem
  if ! install_dates=$(openssl x509 -in "$install_pem" -noout -startdate -enddate 2>&1); then
    failed_as "$2" file
    echo "the certificate can not be read: $(printf '%s' "$install_dates" | head -n 1)"
    return 1
  fi
  if [ "$(openssl x509 -in "$install_pem" -noout -pubkey)" != "$(openssl pkey -in "$2/key.pem" -pubout -passin pass: 2>/dev/null)" ]; then
    failed_as "$2" file
    echo 'the key is not that of the certificate'
    return 1
  fi
  case $(openssl x509 -in "$install_pem" -noout -checkhost "$1") in
    *'does match'*) ;;
    *)
      failed_as "$2" file
      echo "the certificate is not for $1"
      return 1
      ;;
  esac
  install_before=$(date -d "$(printf '%s' "$install_dates" | sed -n 's/^notBefore=//p')" +%s)
  install_after=$(date -d "$(printf '%s' "$install_dates" | sed -n 's/^notAfter=//p')" +%s)
  if [ "$install_after" -le "$(date +%s)" ]; then
    failed_as "$2" file
    echo "the certificate has expired on $(date -u -d "@$install_after" +%Y-%m-%d)"
    return 1
  fi
  install_issuer=$(openssl x509 -in "$install_pem" -noout -issuer -nameopt multiline | sed -n 's/^ *\(commonName\|organizationName\) *= //p' | tail -n 1)
  printf '%s\n' "not_before=$install_before" "not_after=$install_after" "issuer=$install_issuer" "from=$tls_from" \
    "server=$tls_server" >"$2/facts"
  chmod 600 "$2"/*.pem
  rm -f "$2/output" "$2/request" "$2/extensions"
  install_name=$(date +%s)-$$-${2##*.}
  sync "$2/fullchain.pem" "$2/key.pem" "$2/facts"
  mv -T "$2" "$cert_dir/versions/$install_name"
  install_old=$(readlink "$cert_dir/current") || :
  certificate_readable
  : >"$CERTIFICATES/unread"
  replace_link "versions/$install_name" "$cert_dir/current"
  if ! install_why=$(nginx_publish reload) || ! install_why=$(certificate_served "$1"); then
    if [ -n "$install_old" ]; then replace_link "$install_old" "$cert_dir/current"; else rm -f "$cert_dir/current"; fi
    nginx_publish reload >/dev/null || :
    rm -rf "$cert_dir/versions/$install_name"
    echo "nginx does not take it: $install_why"
    return 1
  fi
  rm -f "$CERTIFICATES/unread"
  for install_version in "$cert_dir/versions"/*; do
    [ "${install_version##*/}" = "$install_name" ] || rm -rf "$install_version"
  done
}

# A master process that is not root's, as on NixOS, reads keys by its group.
certificate_readable() {
  readable_user=$(systemctl show -p User --value nginx.service)
  case $readable_user in '' | root) return 0 ;; esac
  readable_group=$(id -gn "$readable_user")
  chgrp -R "$readable_group" "$CERTIFICATES/domains"
  chmod -R g+rX "$CERTIFICATES/domains"
}

# Where nginx could not take port 443, it went on with its old config: nobody may then be led there.
certificate_served() { # domain
  curl -ks -o /dev/null --max-time "$SELF_CHECK_SECONDS" --connect-timeout "$SELF_CHECK_SECONDS" \
    --resolve "$1:443:127.0.0.1" "https://$1/" && return 0
  case $? in
    # Slow or odd answers are the service's own: TLS came about.
    28 | 52 | 56 | 92) return 0 ;;
  esac
  echo 'it does not answer on port 443'
  return 1
}

# A certificate that nothing could be done with is not asked for.
certificate_port() { # directory
  port_taken=$(port_holder nginx 443)
  [ -n "$port_taken" ] || return 0
  failed_as "$1" tool
  echo "port 443 is taken by $port_taken"
  return 1
}

# Files that the user brings: a copy, so that a half-written one never is what nginx reads.
certificate_from_files() { # domain directory
  for files_path in "$tls_certificate" "$tls_key"; do
    [ -r "$files_path" ] && continue
    failed_as "$2" file
    echo "there is no file $files_path on this host"
    return 1
  done
  cat "$tls_certificate" >"$2/fullchain.pem"
  cat "$tls_key" >"$2/key.pem"
}

certificate_from_local() { # domain directory
  local_at=$CERTIFICATES/local
  mkdir -p "$local_at"
  {
    if [ ! -e "$local_at/authority.pem" ]; then
      openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$local_at/authority.key"
      openssl req -x509 -new -key "$local_at/authority.key" -days "$LOCAL_AUTHORITY_DAYS" \
        -subj "/CN=slipway on $(cat /proc/sys/kernel/hostname)" -addext keyUsage=critical,keyCertSign,cRLSign \
        -out "$local_at/authority.new"
      mv "$local_at/authority.new" "$local_at/authority.pem"
    fi
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$2/key.pem"
    openssl req -new -key "$2/key.pem" -subj / -out "$2/request"
    printf '%s\n' "subjectAltName=critical,DNS:$1" basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
      extendedKeyUsage=serverAuth authorityKeyIdentifier=keyid >"$2/extensions"
    openssl x509 -req -in "$2/request" -CA "$local_at/authority.pem" -CAkey "$local_at/authority.key" \
      -set_serial "0x$(openssl rand -hex 16)" -days "$LOCAL_DAYS" -extfile "$2/extensions" -out "$2/fullchain.pem"
  } >"$2/output" 2>&1 && [ -s "$2/fullchain.pem" ] && return 0
  failed_as "$2" tool
  command -v openssl >/dev/null || { echo 'openssl is not installed on this host'; return 1; }
  tail -n 2 "$2/output"
  return 1
}

# The timer and what it starts. Laid out again whenever they differ.
certificates_units() {
  units_to=$(persistent_unit_dir)
  for units_type in service timer; do
    units_path=$units_to/$CERTIFICATES_UNIT.$units_type
    if [ -e "$units_path" ] && ! grep -qxF "$CERTIFICATES_MARK" "$units_path"; then
      die "the host has $units_path, which slipway did not make"
    fi
    units_text=$("certificates_$units_type")
    [ "$(cat "$units_path" 2>/dev/null)" != "$units_text" ] || continue
    mkdir -p "$units_to"
    printf '%s\n' "$units_text" | write_file "$units_path"
    units_changed=yes
  done
  [ -L "$units_to/timers.target.wants/$CERTIFICATES_UNIT.timer" ] || units_changed=yes
  [ -n "${units_changed-}" ] || return 0
  enable_unit "$CERTIFICATES_UNIT.timer" "$units_to"
  systemctl daemon-reload
  systemctl start "$CERTIFICATES_UNIT.timer"
}

certificates_service() {
  echo "$CERTIFICATES_MARK
[Unit]
Description=slipway: gets and renews certificates
ConditionDirectoryNotEmpty=$NGINX/tls
StartLimitIntervalSec=0
Wants=network-online.target
After=network-online.target nginx.service

[Service]
Type=oneshot
ExecStart=/bin/sh $ROOT/host/slipway-host certificates-run
EnvironmentFile=-$CERTIFICATES/env
SyslogIdentifier=$CERTIFICATES_UNIT
PrivateTmp=yes"
}

# Hourly, though most runs ask nobody: so DNS that has been put right is noticed soon.
certificates_timer() {
  echo "$CERTIFICATES_MARK
[Unit]
Description=slipway: looks after certificates

[Timer]
OnCalendar=hourly
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target"
}

# After an activation: what the releases now current lack is got, without anybody waiting for it.
certificates_begin() {
  [ -n "$(tls_domains)" ] || return 0
  certificates_units
  systemctl start --no-block "$CERTIFICATES_UNIT.service"
}

# Gets what is due now, and tells of all certificates, one JSON object a line. `asked`: also where a pause after a
# failure is not over; `force`: also what is not due.
verb_certificates() { # list|get|asked|force seconds [domain]…
  certificates_mode=$1 certificates_seconds=$2
  shift 2
  case $certificates_mode in
    asked | force)
      certificates_asked=$*
      for certificates_domain in ${certificates_asked:-$(tls_domains)}; do
        case $certificates_domain in .* | *[!a-z0-9.-]*) die "not a domain: $certificates_domain" ;; esac
        [ -d "$NGINX/tls/$certificates_domain" ] || die "no https route of this host leads to $certificates_domain"
        (umask 077 && mkdir -p "$CERTIFICATES/domains/$certificates_domain")
        printf '%s\n' "$certificates_mode" | write_file "$CERTIFICATES/domains/$certificates_domain/asked"
      done
      ;;
  esac
  if [ "$certificates_mode" != list ] && [ -n "$(tls_domains)" ]; then
    [ "$(readlink "$ROOT/host/slipway-host")" = "${SELF##*/}" ] || replace_link "${SELF##*/}" "$ROOT/host/slipway-host"
    certificates_units
    # A run that was under way may have begun before what it is asked for: another follows it.
    certificates_until=$(($(uptime_cs) + certificates_seconds * 100))
    for _ in 1 2; do
      certificates_left=$(((certificates_until - $(uptime_cs)) / 100))
      [ "$certificates_left" -gt 0 ] || break
      timeout "$certificates_left" systemctl start "$CERTIFICATES_UNIT.service" || break
    done
  fi
  for certificates_domain in $(tls_domains); do
    certificate_json "$certificates_domain"
    echo
  done
}

certificate_json() { # domain
  load_tls "$NGINX" "$1" || :
  load_certificate "$1"
  printf '{"domain":%s,"from":"%s","server":%s,"issuer":%s,"notBefore":%s,"notAfter":%s,"matches":%s,"revoked":%s,' \
    "$(json_string "$1")" "$tls_from" "$(json_string_or_null "$tls_server")" "$(json_string_or_null "$cert_issuer")" \
    "${cert_not_before:-null}" "${cert_not_after:-null}" "$(json_bool certificate_matches)" "$(json_bool [ -n "$cert_revoked" ])"
  printf '"problem":%s,"kind":%s,"failures":%s,"next":%s}' "$(json_string_or_null "$cert_problem")" \
    "$(json_string_or_null "$cert_kind")" "$cert_failures" "$([ "$cert_next" -gt 0 ] && echo "$cert_next" || echo null)"
}

# Credentials of DNS providers, as lego's environment: lines NAME=value, from standard input.
verb_certificates_env() {
  umask 077
  mkdir -p "$CERTIFICATES"
  env_text=$(cat)
  if printf '%s\n' "$env_text" | grep -vqE '^([A-Za-z_][A-Za-z0-9_]*=.*|#.*|)$'; then
    die 'expected lines NAME=value'
  fi
  printf '%s\n' "$env_text" | write_file "$CERTIFICATES/env"
  chmod 755 "$CERTIFICATES"
}
