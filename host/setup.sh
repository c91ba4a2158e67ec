# setup: makes a bare host ready. Says every change; changes nothing that is right already.

NGINX_CONF_D=/etc/nginx/conf.d/slipway.conf

verb_setup() { # dry|now deploy-user|"" [package that is needed too]…
  [ "${1-}" = dry ] && setup_dry=yes || setup_dry=
  setup_access=${2:-$(access_user)}
  [ $# -lt 2 ] || shift
  [ $# = 0 ] || shift
  setup_more=$*
  if [ "$(id -u)" != 0 ]; then die 'setup needs root'; fi
  if [ -e /etc/NIXOS ]; then setup_nixos; else setup_packages; fi
  setup_directories
  [ -e /etc/NIXOS ] || setup_nginx
  if [ -n "$setup_access" ]; then
    # What keys run is the version that set the host up.
    [ -n "$setup_dry" ] || program_link
    setup_user "$setup_access"
  fi
}

setup_says() { # change|manual text
  printf '{"%s":%s}\n' "$1" "$(json_string "$2")"
}

# Tells of a change, and succeeds if it is to be made.
setup_change() {
  setup_says change "$1"
  [ -z "$setup_dry" ]
}

setup_packages() {
  setup_missing=
  command -v nix-store >/dev/null || setup_missing="$setup_missing nix-bin nix-setup-systemd"
  command -v nginx >/dev/null || setup_missing="$setup_missing nginx-light"
  command -v curl >/dev/null || setup_missing="$setup_missing curl"
  command -v ss >/dev/null || setup_missing="$setup_missing iproute2"
  command -v flock >/dev/null || setup_missing="$setup_missing util-linux"
  # What only some hosts need, packages and programs are called the same.
  for setup_program in $setup_more; do
    command -v "$setup_program" >/dev/null || setup_missing="$setup_missing $setup_program"
  done
  if [ -n "$setup_missing" ]; then
    if ! command -v apt-get >/dev/null; then
      setup_says manual "install Nix, nginx, curl${setup_more:+, $setup_more} with this system's package manager, then run setup again"
      return 0
    fi
    if setup_change "install$setup_missing"; then
      export DEBIAN_FRONTEND=noninteractive
      # shellcheck disable=SC2086 # a list of packages
      { apt-get -qq update && apt-get -qq -y --no-install-recommends install $setup_missing; } >&2 ||
        die "apt-get could not install$setup_missing"
    fi
  fi
  setup_features=$(nix --extra-experimental-features nix-command show-config 2>/dev/null | sed -n 's/^experimental-features = //p' || :)
  case " $setup_features " in
    *' flakes '*) ;;
    *)
      if setup_change 'allow flakes: extra-experimental-features in /etc/nix/nix.conf'; then
        mkdir -p /etc/nix
        [ ! -e /etc/nix/nix.conf ] || cp /etc/nix/nix.conf "$ROOT.nix.conf"
        { cat "$ROOT.nix.conf" 2>/dev/null || :; echo 'extra-experimental-features = nix-command flakes'; } | write_file /etc/nix/nix.conf
        rm -f "$ROOT.nix.conf"
      fi
      ;;
  esac
}

setup_directories() {
  if [ -d "$SERVICES" ] && [ -L "$NGINX" ]; then return 0; fi
  setup_change "create $ROOT" || return 0
  mkdir -p "$SERVICES" "$NGINX_TREES" "$ROOT/host"
  [ -L "$NGINX" ] || {
    nginx_tree "$NGINX_TREES/tree.empty" '' ''
    replace_link nginx-trees/tree.empty "$NGINX"
  }
}

setup_nginx() {
  if command -v nginx >/dev/null && nginx_command -T 2>/dev/null | grep -qF "include $NGINX/http.conf;"; then
    :
  elif [ -f "$NGINX_CONF_D" ]; then
    setup_says manual "add to http { … } in /etc/nginx/nginx.conf: include $NGINX_CONF_D;"
  elif setup_change "include slipway's routes: $NGINX_CONF_D"; then
    echo "include $NGINX/http.conf;" | write_file "$NGINX_CONF_D"
    if ! setup_test=$(nginx_command -t 2>&1); then
      rm -f "$NGINX_CONF_D"
      die "nginx refused the include line, it was taken back: $setup_test"
    fi
    systemctl reload-or-restart nginx.service
  fi
  if ! systemctl is-enabled --quiet nginx.service 2>/dev/null && setup_change 'start nginx, now and at boot'; then
    systemctl enable --quiet --now nginx.service
  fi
}

# NixOS is declared, not changed: its configuration needs these lines.
setup_nixos() {
  if nginx_command -T 2>/dev/null | grep -qF "include $NGINX/http.conf;" &&
    systemctl show -p UnitPath --value | grep -qF "$ROOT/units" &&
    setup_has "$setup_more"; then
    return 0
  fi
  setup_pkgs=
  for setup_program in curl $setup_more; do setup_pkgs="$setup_pkgs pkgs.$setup_program"; done
  setup_says manual "use the module slipway-host in the NixOS configuration (docs/modules.md), or add these lines, and switch to it:
  boot.extraSystemdUnitPaths = [ \"$ROOT/units\" ];
  services.nginx.enable = true;
  services.nginx.appendHttpConfig = \"include $NGINX/http.conf;\";
  environment.systemPackages = [$setup_pkgs ];
  nix.settings.experimental-features = [ \"nix-command\" \"flakes\" ];
  networking.firewall.allowedTCPPorts = [ 80 443 ];"
}

setup_has() { # "program…"
  for setup_program in $1; do command -v "$setup_program" >/dev/null || return 1; done
}
