# nginx's part of HTTPS. Until a domain has a certificate it is served over HTTP; from then on port 80 leads to 443.

CERTIFICATES=$ROOT/certificates
# What ACME servers ask for on port 80 lies below it (RFC 8555, 8.3).
ACME_ROOT=$CERTIFICATES/webroot
ACME_PATH=/.well-known/acme-challenge

# How long nginx may take a service to be closed, or open, as before; it counts in whole seconds.
MAINTENANCE_SEEN_S=1

# Reads how a domain of a tree gets its certificate; fails where nginx does not end TLS for it. Services that share
# a domain share its certificate: should their configs differ, the first by name has its way.
load_tls() { # tree domain
  tls_from='' tls_hsts=0 tls_server='' tls_email='' tls_challenge='' tls_provider='' tls_propagation=''
  tls_certificate='' tls_key=''
  for tls_file in "$1/tls/$2"/*; do
    [ -f "$tls_file" ] || return 1
    while IFS= read -r tls_line; do
      tls_value=${tls_line#*=}
      case ${tls_line%%=*} in
        from) tls_from=$tls_value ;;
        hsts) tls_hsts=$tls_value ;;
        server) tls_server=$tls_value ;;
        email) tls_email=$tls_value ;;
        challenge) tls_challenge=$tls_value ;;
        provider) tls_provider=$tls_value ;;
        propagation) tls_propagation=$tls_value ;;
        certificate) tls_certificate=$tls_value ;;
        key) tls_key=$tls_value ;;
      esac
    done <"$tls_file"
    return 0
  done
}

has_certificate() { # domain
  [ -e "$CERTIFICATES/domains/$1/current/fullchain.pem" ]
}

# The domains nginx ends TLS for, one a line.
tls_domains() {
  for tls_path in "$NGINX/tls"/*/; do
    [ -d "$tls_path" ] || continue
    tls_path=${tls_path%/}
    printf '%s\n' "${tls_path##*/}"
  done
}

nginx_at_least() { # major minor patch
  [ -n "${nginx_version-}" ] || nginx_version=$(nginx_command -v 2>&1 | sed -n 's,.*nginx/\([0-9.]*\).*,\1,p')
  printf '%s %s %s %s\n' "$nginx_version" "$1" "$2" "$3" | awk '{
    split($1, has, ".")
    for (i = 1; i <= 3; i++) if (has[i] + 0 != $(i + 1) + 0) exit (has[i] + 0 < $(i + 1) + 0)
  }'
}

nginx_listen() { # port [options]
  echo "  listen $1${2:+ $2};"
  [ ! -e /proc/net/if_inet6 ] || echo "  listen [::]:$1${2:+ $2};"
}

# A domain's server blocks.
nginx_server() { # tree domain
  echo 'server {'
  nginx_listen 80
  echo "  server_name $2;"
  if ! load_tls "$1" "$2"; then
    nginx_serves "$1" "$2"
    echo '}'
    return 0
  fi
  echo "  location ^~ $ACME_PATH/ { root $ACME_ROOT; default_type text/plain; open_file_cache off; }"
  if ! has_certificate "$2"; then
    nginx_serves "$1" "$2"
    echo '}'
    return 0
  fi
  echo "  location / { return 308 https://$2\$request_uri; }"
  echo '}'
  echo 'server {'
  nginx_listen_tls
  echo "  server_name $2;"
  echo "  ssl_certificate $CERTIFICATES/domains/$2/current/fullchain.pem;"
  echo "  ssl_certificate_key $CERTIFICATES/domains/$2/current/key.pem;"
  nginx_tls_profile
  if [ "$tls_hsts" != 0 ]; then
    echo "  set \$slipway_hsts \"max-age=$tls_hsts\";"
    echo '  add_header Strict-Transport-Security $slipway_hsts always;'
  fi
  nginx_serves "$1" "$2"
  echo '}'
}

# The routes of a domain; or, if it has none of its own, where it is redirected to.
nginx_serves() { # tree domain
  for serves_file in "$1/redirects/$2"/*; do
    if [ ! -f "$serves_file" ] || [ -d "$1/locations/$2" ]; then continue; fi
    read -r serves_target <"$serves_file"
    # Nobody is sent to where nothing answers yet.
    serves_domain=${serves_target#*://}
    if [ -d "$1/tls/$serves_domain" ] && ! has_certificate "$serves_domain"; then serves_target=http://$serves_domain; fi
    echo "  location / { return 308 $serves_target\$request_uri; }"
    return 0
  done
  nginx_remembers
  echo "  include $NGINX/locations/$2/*.conf;"
}

# Marks of maintenance are looked for once a second, not with every request. Locations that need to know at once turn it
# off again.
nginx_remembers() {
  echo "  open_file_cache max=100;
  open_file_cache_valid ${MAINTENANCE_SEEN_S}s;
  open_file_cache_errors on;"
}

nginx_listen_tls() {
  if nginx_at_least 1 25 1; then
    nginx_listen 443 ssl
    echo '  http2 on;'
  else
    nginx_listen 443 'ssl http2'
  fi
}

# Mozilla's intermediate profile, 5.7 (https://wiki.mozilla.org/Security/Server_Side_TLS), without the ciphers that
# need Diffie-Hellman parameters of their own; curves are OpenSSL's choice. No stapling: Let's Encrypt ended OCSP.
nginx_tls_profile() {
  echo '  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
  ssl_prefer_server_ciphers off;
  ssl_session_timeout 1d;
  ssl_session_cache shared:slipway:10m;
  ssl_session_tickets off;'
}

# Who asks for a name that nobody serves gets no certificate of another: the first block of an address is its default,
# unless somebody else's config has one.
nginx_tls_default() {
  nginx_at_least 1 19 4 || return 0
  echo 'server {'
  nginx_listen_tls
  echo '  server_name slipway.invalid;'
  nginx_tls_profile
  echo '  ssl_reject_handshake on;'
  echo '}'
}
