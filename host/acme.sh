# Certificates from an ACME server (RFC 8555), by lego: looked into before it is asked, and what it says afterwards.

# How far this host's clock may be from the ACME server's: its answers are signed for minutes, certificates for days.
CLOCK_SECONDS=3600
# What a certificate order may take: DNS records need minutes to spread.
LEGO_SECONDS=600

certificate_from_acme() { # domain directory
  if ! command -v lego >/dev/null; then
    failed_as "$2" tool
    echo 'lego, which asks for certificates, is not installed on this host; `slipway setup` installs it'
    return 1
  fi
  acme_ready "$2" || return 1
  if [ "$tls_challenge" = http ] && ! domain_leads_here "$1"; then
    failed_as "$2" dns
    return 1
  fi
  acme_order "$1" "$2" && return 0
  if grep -q accountDoesNotExist "$2/output"; then
    # The server has forgotten us, as test servers do.
    forget_server=${tls_server#*://}
    rm -rf "$CERTIFICATES/lego/accounts/$(printf '%s' "${forget_server%%/*}" | tr : _)"
    acme_order "$1" "$2" && return 0
  fi
  acme_failure "$1" "$2"
  return 1
}

acme_order() { # domain directory
  acme_domain=$1 acme_to=$2
  set -- --accept-tos --server "$tls_server" --email "$(acme_email "$1")" --path "$CERTIFICATES/lego" --key-type ec256 --domains "$1"
  if [ "$tls_challenge" = dns ]; then
    set -- "$@" --dns "$tls_provider"
    [ "$tls_propagation" = yes ] || set -- "$@" --dns.disable-cp
  else
    set -- "$@" --http --http.webroot "$ACME_ROOT"
  fi
  # What it writes for the server is nginx's workers to read.
  (umask 022 && timeout "$LEGO_SECONDS" lego "$@" run) >"$acme_to/output" 2>&1 || return 1
  mv "$CERTIFICATES/lego/certificates/$acme_domain.crt" "$acme_to/fullchain.pem"
  mv "$CERTIFICATES/lego/certificates/$acme_domain.key" "$acme_to/key.pem"
}

# One account for all domains: how many a host may make is limited.
acme_email() { # domain
  if [ -n "$tls_email" ]; then
    printf '%s' "$tls_email"
    return
  fi
  [ -s "$CERTIFICATES/email" ] || printf 'hostmaster@%s' "$1" | write_file "$CERTIFICATES/email"
  cat "$CERTIFICATES/email"
}

# Whether the server answers, and agrees on the time. (-k: with a wrong clock no certificate of its own holds.)
acme_ready() { # directory
  if ! ready_head=$(curl -ksS --max-time "$ACME_ANSWER_SECONDS" -o /dev/null -D - "$tls_server" 2>&1); then
    failed_as "$1" unreachable
    echo "$tls_server does not answer: $(printf '%s' "$ready_head" | sed -n 's/^curl: ([0-9]*) //p')"
    return 1
  fi
  ready_status=$(printf '%s\n' "$ready_head" | sed -n '1s,^HTTP/[0-9.]* \([0-9]*\).*,\1,p')
  case $ready_status in
    2??) ;;
    *)
      failed_as "$1" unreachable
      echo "$tls_server answers $ready_status"
      return 1
      ;;
  esac
  ready_date=$(printf '%s\n' "$ready_head" | tr -d '\r' | sed -n 's/^[Dd][Aa][Tt][Ee]: *//p' | head -n 1)
  [ -n "$ready_date" ] && ready_date=$(date -d "$ready_date" +%s) || return 0
  ready_skew=$(($(date +%s) - ready_date))
  if [ "${ready_skew#-}" -le "$CLOCK_SECONDS" ]; then return 0; fi
  failed_as "$1" clock
  [ "$ready_skew" -gt 0 ] && ready_way=ahead || ready_way=behind
  echo "this host's clock is $((${ready_skew#-} / 3600)) hours $ready_way of $tls_server's: no certificate would hold; \`timedatectl set-ntp true\` sets it"
  return 1
}

# Whether the addresses of a domain are this host's, or lead to it. Asking an ACME server costs of a limit that is soon
# used up. Prints what stands against it, and fails.
domain_leads_here() { # domain
  leads_to=$(getent ahosts "$1" | awk '!seen[$1]++ { print $1 }')
  if [ -z "$leads_to" ]; then
    echo "DNS has no address for $1"
    return 1
  fi
  leads_own=$(ip -o addr show scope global | awk '{ sub("/.*", "", $4); print $4 }')
  for leads_address in $leads_to; do
    case "$NEWLINE$leads_own$NEWLINE" in
      *"$NEWLINE$leads_address$NEWLINE"*) continue ;;
    esac
    case $leads_address in
      # /etc/hosts calls this host so.
      127.* | ::1) continue ;;
    esac
    # Behind a router or a proxy its address is another: then it is seen by what answers there.
    leads_answer=0
    address_leads_here "$1" "$leads_address" || leads_answer=$?
    [ "$leads_answer" != 0 ] || continue
    # Many routers don't lead their own networks back in: what can't be seen from inside may be so.
    if [ "$leads_answer" = 2 ] && ! private_address "$leads_address" && only_private_addresses; then continue; fi
    echo "DNS leads $1 to $leads_address, which is not this host: it has $(printf '%s' "$leads_own" | tr '\n' ' ')"
    return 1
  done
}

# 0: it does; 1: something else answers there; 2: nothing does.
address_leads_here() { # domain address
  leads_file=slipway-$$-$(uptime_cs)
  printf '%s' "$leads_file" >"$ACME_ROOT$ACME_PATH/$leads_file"
  chmod 644 "$ACME_ROOT$ACME_PATH/$leads_file"
  case $2 in *:*) set -- "$1" "[$2]" ;; esac
  leads_body=$(curl -gksL --max-time "$SELF_CHECK_SECONDS" --max-redirs 3 --resolve "$1:80:$2" --resolve "$1:443:$2" \
    "http://$1$ACME_PATH/$leads_file") || { rm -f "$ACME_ROOT$ACME_PATH/$leads_file"; return 2; }
  rm -f "$ACME_ROOT$ACME_PATH/$leads_file"
  [ "$leads_body" = "$leads_file" ]
}

# Addresses that no public server can reach (RFC 1918, 6598, 3927, 4193, 4291).
private_address() { # address
  case $1 in
    10.* | 192.168.* | 169.254.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) ;;
    100.6[4-9].* | 100.[7-9][0-9].* | 100.1[01][0-9].* | 100.12[0-7].*) ;;
    f[cd]*:* | fe80:*) ;;
    *) return 1 ;;
  esac
}

only_private_addresses() {
  for only_address in $leads_own; do private_address "$only_address" || return 1; done
}

# What lego says of a failure, for people; and, for the next attempt, what kind it is of.
acme_failure() { # domain directory
  failure_text=$(grep -o 'acme: error: [0-9]* ::.*' "$2/output" | sed 's/.*urn:ietf:params:acme:error://' | head -n 1)
  case $failure_text in
    rateLimited*)
      failure_until=$(printf '%s' "$failure_text" | sed -n 's/.*retry after \([0-9-]*[T ][0-9:]*\).*/\1/p')
      failure_until=$(date -u -d "$failure_until" +%s 2>/dev/null) || failure_until=0
      failed_as "$2" rate-limit "$failure_until"
      ;;
    ?*) failed_as "$2" challenge ;;
    *)
      failed_as "$2" other
      failure_text=$(grep -v '^[0-9/]* [0-9:]* \[INFO\]' "$2/output" | tail -n 2)
      ;;
  esac
  echo "${failure_text:-lego failed, and said nothing}"
}
