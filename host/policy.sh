# The policy: what may come with a key for one service. Root looks at all of it before anything else does.

# Whether a key, not root, asked for this.
restricted() {
  [ -n "${SLIPWAY_KEY-}" ]
}

policy_refuse() { # text, lines
  gate_name=$SLIPWAY_KEY gate_service=$SLIPWAY_SERVICE gate_from=${SLIPWAY_CONNECTION%% *}
  printf '%s\n' "$1" | head -n 20 | while IFS= read -r refuse_line; do
    gate_says warning "refused: $refuse_line"
    printf 'slipway refuses: %s\n' "$refuse_line" >&2
  done
  exit "$EXIT_REFUSED"
}

# What archives may hold, before they are unpacked.
policy_archive() { # archive
  policy_names "$1" '[-dl]' "request|settings|nonce|releases/$SLIPWAY_SERVICE/[1-9][0-9]*/.+"
}

policy_secrets() { # archive
  policy_names "$1" '[-d]' "$SLIPWAY_SERVICE/(\.key|[A-Za-z_][A-Za-z0-9_]*/[0-9a-f]+(\.cred)?)"
}

policy_names() { # archive types names
  tar -tf "$1" >"$1.names" 2>/dev/null && tar -tvf "$1" >"$1.types" 2>/dev/null || policy_refuse 'that is no archive'
  policy_found=$(cut -c 1 <"$1.types" | grep -v "^$2" | head -n 1 || :)
  [ -z "$policy_found" ] || policy_refuse 'the archive holds something that is neither a file, a folder nor a link'
  policy_found=$(grep -E '(^|/)\.\.(/|$)' "$1.names" | head -n 1 || :)
  [ -z "$policy_found" ] || policy_refuse "the archive leads out of its folder: $policy_found"
  policy_found=$(grep -vxE "$3" "$1.names" | head -n 1 || :)
  [ -z "$policy_found" ] || policy_refuse "the archive holds what is none of $SLIPWAY_SERVICE's: $policy_found"
  rm -f "$1.names" "$1.types"
}

# What it may ask for, and what a release in it may be.
policy_request() { # directory
  policy_found=$(find "$1" -type l ! -path "$1/releases/*/*/assets/*" | head -n 1)
  [ -z "$policy_found" ] || policy_refuse "the archive holds a link: ${policy_found#"$1/"}"
  policy_found=$(find "$1" -type l -printf '%l\n' | grep -E '^/|(^|/)\.\.(/|$)' | head -n 1 || :)
  [ -z "$policy_found" ] || policy_refuse "a link in the assets leads out of them: $policy_found"
  # The host's network and its boots are not a key's to decide about.
  grep -E '^(policy=(each|all)|(activate|confirm|hold)=[0-9]{1,4})$' "$1/settings" >"$1/settings.new" || policy_refuse 'it says nothing of how it is guarded'
  mv "$1/settings.new" "$1/settings"
  grep -qxE '[0-9a-f]{32}' "$1/nonce" || policy_refuse 'it has no nonce'
  policy_nix >"$1/policy.nix"
  policy_routes=$(sed -n 's/^route=\(.*\)$/"\1"/p' "$ACCESS/keys/$SLIPWAY_SERVICE/$SLIPWAY_KEY" | paste -sd ' ' -)
  policy_found=$(env -i PATH="$PATH" HOME="$1/home" nix eval --extra-experimental-features nix-command --raw --impure --expr \
    "import $1/policy.nix { folder = $1; service = \"$SLIPWAY_SERVICE\"; approved = $SERVICES/$SLIPWAY_SERVICE/approved;
      nginxGroup = \"$(nginx_group "$(nginx_command -T 2>/dev/null)")\"; routes = [ $policy_routes ]; }" 2>"$1/policy.err") ||
    policy_refuse "the release can't be read: $(grep -m 1 'error:' "$1/policy.err" | tr -d '\033' || :)"
  rm -rf "$1/policy.nix" "$1/policy.err" "${1:?}/home"
  [ -z "$policy_found" ] || policy_refuse "$policy_found"
  for policy_release in "$1/releases/$SLIPWAY_SERVICE"/*/; do
    [ -d "$policy_release" ] || continue
    policy_ports "$policy_release/spec"
    policy_package "$(cat "$policy_release/package-path")"
  done
}

# Ports that other services keep for themselves, also while nothing listens there.
ports_of_others() { # service
  for others_service in $(service_names); do
    [ "$others_service" != "$1" ] || continue
    sed -n 's/^port_[a-z]*=//p' "$SERVICES/$others_service"/releases/*/spec 2>/dev/null || :
  done | sort -u
}

policy_ports() { # spec
  for policy_port in $(ports_of_others "$SLIPWAY_SERVICE"); do
    if grep -qE "^port_(blue|green)=$policy_port\$" "$1"; then policy_refuse "port $policy_port belongs to another service"; fi
  done
}

# What Nix's daemon takes from a user it does not trust need not be signed if its name is a hash of its content.
# So the package itself must be one that is signed; its signature covers the names of all it needs.
policy_package() { # store-path
  for policy_known in "$SERVICES/$SLIPWAY_SERVICE"/releases/*/package; do
    if [ "$(readlink "$policy_known" 2>/dev/null)" = "$1" ]; then return 0; fi
  done
  nix-store --check-validity "$1" 2>/dev/null || policy_refuse "the package $1 did not arrive"
  case $(nix --extra-experimental-features nix-command path-info --json "$1" 2>/dev/null) in
    *'"ca":"'*) policy_refuse "the package $1 is named by its content, which nobody has signed" ;;
    *'"path":'* | *'"narHash":'*) ;;
    *) policy_refuse "the host's Nix does not know the package $1" ;;
  esac
  nix --extra-experimental-features nix-command store verify --no-contents --sigs-needed 1 "$1" >&2 ||
    policy_refuse "the package $1 is not signed by a key that this host trusts"
}
