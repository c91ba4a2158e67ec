# nginx's part is derived: the snippets of all current releases, in a tree that is tested as a whole
# before a rename puts it in place.

NGINX=$ROOT/nginx
NGINX_TREES=$ROOT/nginx-trees

# nginx with the config file its unit uses (NixOS names one).
nginx_command() {
  if [ -z "${nginx_program-}" ]; then nginx_find; fi
  if [ -n "$nginx_config" ]; then set -- "$@" -c "$nginx_config"; fi
  "$nginx_program" "$@"
}

nginx_find() {
  nginx_found "$(nginx_unit)"
}

# What systemd knows of nginx.
nginx_unit() {
  systemctl show nginx.service -p ExecStart -p ActiveState 2>/dev/null
}

nginx_found() { # text of nginx_unit
  nginx_program=nginx nginx_config='' nginx_active=''
  while IFS='=' read -r find_key find_value; do
    case $find_key in
      ActiveState) nginx_active=$find_value ;;
      ExecStart)
        find_value=${find_value#*argv\[\]=}
        find_value=${find_value%% ;*}
        case ${find_value%% *} in
          /*nginx) nginx_program=${find_value%% *} ;;
        esac
        case $find_value in
          *' -c '*) nginx_config=${find_value#* -c } nginx_config=${nginx_config%% *} ;;
        esac
        ;;
    esac
  done <<EOF
$1
EOF
}

# The group that nginx's workers run as.
nginx_group() { # text of nginx -T
  group_user=$(printf '%s\n' "$1" | sed -n 's/^[[:space:]]*user[[:space:]]\{1,\}\([^ ;]*\).*/\1/p;/^http/q')
  id -gn "${group_user:-www-data}" 2>/dev/null || echo root
}

# The tree as it would be with the given release of one service ("" for none) and the current ones of the rest.
nginx_tree() { # directory service release
  mkdir -p "$1/upstreams" "$1/locations" "$1/domains" "$1/servers"
  for tree_service in $(service_names); do
    tree_release=$(current_release "$tree_service")
    [ "$tree_service" != "$2" ] || tree_release=$3
    tree_source=$(release_dir "$tree_service" "$tree_release")/nginx
    if [ -n "$tree_release" ] && [ -d "$tree_source" ]; then cp -R "$tree_source/." "$1/"; fi
  done
  for tree_domain in "$1"/domains/*; do
    [ -e "$tree_domain" ] || continue
    nginx_server "$1" "${tree_domain##*/}" >"$1/servers/${tree_domain##*/}.conf"
  done
  nginx_http >"$1/http.conf"
  if grep -qs 'ssl_certificate ' "$1/servers"/*.conf; then nginx_tls_default >"$1/tls-default.conf"; fi
}

# Fingerprinted files never change; everything else is asked for again, which costs a 304.
nginx_http() {
  cat <<EOF
map \$http_upgrade \$slipway_connection {
  default upgrade;
  '' '';
}
map \$uri \$slipway_cache_control {
  default no-cache;
  "~[.-][0-9a-fA-F]{8,}\.(css|js|mjs|woff2?|svg|png|jpe?g|webp|avif|gif|ico)\$" "public, max-age=31536000, immutable";
}
# Files in the Nix store all carry the same date: what tells them apart is the hash of their package.
map \$realpath_root \$slipway_etag {
  default none;
  "~^/nix/store/(?<slipway_hash>[a-z0-9]{32})-" '"\$slipway_hash"';
}
# Which of a hundred equal shares a request belongs to: see slots.sh.
split_clients \$connection-\$connection_requests \$slipway_die {
$(seq 0 98 | sed 's/.*/  1% &;/')
  * 99;
}
server_names_hash_bucket_size 128;
include $NGINX/upstreams/*.conf;
# The server blocks of domains that want it give it a value.
map '' \$slipway_hsts {
  default '';
}
# A pattern, since there may be none.
include $NGINX/tls-default*.conf;
include $NGINX/servers/*.conf;
EOF
}

# Tests the whole of nginx's config with a tree in place of the live one, without putting it there.
nginx_test_tree() { # directory
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh "$1" "$NGINX/" \
    sh "$SELF" nginx-test 2>&1
}

# What is wrong, of all that a test has printed.
nginx_complaint() { # test-output
  printf '%s\n' "$1" | grep -v 'test failed' | head -n 5
}

nginx_domain_conflict() { # tree test-output
  for conflict_domain in "$1"/domains/*; do
    [ -e "$conflict_domain" ] || continue
    if printf '%s' "$2" | grep -qF "conflicting server name \"$(basename "$conflict_domain")\""; then
      basename "$conflict_domain"
      return 0
    fi
  done
  return 1
}

# Prints why a release's routes can't be served, and fails.
nginx_refusal() { # service release
  refusal_tree=$(mktemp -d "$NGINX_TREES/.test.XXXXXX")
  nginx_tree "$refusal_tree" "$1" "$2"
  if refusal_output=$(nginx_test_tree "$refusal_tree"); then
    if refusal_domain=$(nginx_domain_conflict "$refusal_tree" "$refusal_output"); then
      echo "nginx already has a server for $refusal_domain that slipway does not manage;" \
        "write { url, server: 'existing' } for a route inside it"
      refusal_status=1
    else
      refusal_status=0
    fi
  else
    nginx_complaint "$refusal_output"
    refusal_status=1
  fi
  rm -rf "$refusal_tree"
  return "$refusal_status"
}

# nginx's workers that take new connections.
nginx_workers() {
  workers_master=$(systemctl show -p MainPID --value nginx.service)
  for workers_pid in $(cat "/proc/$workers_master/task/$workers_master/children" 2>/dev/null); do
    case $(tr '\0' ' ' <"/proc/$workers_pid/cmdline" 2>/dev/null) in
      *'shutting down'*) ;;
      *'worker process'*) printf '%s ' "$workers_pid" ;;
    esac
  done
}

# Reloads nginx, and waits until no worker with the old config takes connections any more.
nginx_reload() {
  reload_old=$(nginx_workers)
  systemctl reload-or-restart nginx.service || return 1
  for _ in $(seq 100); do
    reload_left=
    for reload_pid in $(nginx_workers); do
      case " $reload_old " in
        *" $reload_pid "*) reload_left=$reload_pid ;;
      esac
    done
    [ -n "$reload_left" ] || return 0
    sleep 0.02
  done
}

# Puts the tree of all current releases in place and reloads nginx, if anything differs or it must read its
# certificates again.
nginx_publish() ( # [reload]
  exec 8>"$ROOT/.nginx"
  flock 8
  tree=$(mktemp -d "$NGINX_TREES/tree.XXXXXX")
  chmod 755 "$tree"
  nginx_tree "$tree" '' ''
  if [ "${1-}" != reload ] && diff -rq "$tree" "$NGINX/" >/dev/null 2>&1; then
    rm -rf "$tree"
    exit 0
  fi
  if ! output=$(nginx_test_tree "$tree"); then
    nginx_complaint "$output"
    rm -rf "$tree"
    exit 1
  fi
  old=$(readlink "$NGINX" || :)
  replace_link "nginx-trees/$(basename "$tree")" "$NGINX"
  nginx_reload
  if [ -n "$old" ]; then rm -rf "${ROOT:?}/$old"; fi
)
