/**
 * Variables that locations use, for nginx's `http` context: of a host of deploys, and of a NixOS module. A module has
 * one half only, so they are apart.
 */

/**
 * Of requests that are handed on. `slipway_port`: that of the Host header, where a client named the one it really came
 * to. `slipway_upgrade`: nothing but WebSockets, since what was upgraded is no longer looked at; other connections to a
 * service are kept. `slipway_dots`: whether a path has parts such as `..`, or a fragment: nginx and programs could read
 * it differently. `slipway_cookie_prefix`: what paths of cookies get in front; those of `__Host-` are `/` or refused by
 * browsers (RFC 6265bis, 4.1.3.2).
 */
export const PROXY_MAPS = `map "$server_port $http_host" $slipway_port {
  default '';
  "~^(?:80|443) " '';
  "~^([0-9]+) [^ ]+:\\1$" ":$server_port";
}
map $http_upgrade $slipway_upgrade {
  default '';
  "~*^websocket$" websocket;
}
map $slipway_upgrade $slipway_connection {
  default upgrade;
  '' '';
}
map $request_uri $slipway_dots {
  default '';
  "~*^[^?#]*(?:#|(?:/|%2f)(?:\\.|%2e){1,2}(?:/|%2f|[?#]|$))" 1;
}
map '' $slipway_prefix {
  default '';
}
map $upstream_http_set_cookie $slipway_cookie_prefix {
  default $slipway_prefix;
  "~(?:^|, *)__Host-" '';
}`

/** Of files: what tells those of the Nix store apart, whose dates are all the same, and for how long they are kept. */
export const SITE_MAPS = `map '' $slipway_cache_pages {
  default no-cache;
}
map '' $slipway_cache_assets {
  default "public, max-age=31536000, immutable";
}
map $uri $slipway_cache_control {
  default $slipway_cache_pages;
  "~[.-][0-9a-fA-F]{8,}\\.(css|js|mjs|woff2?|svg|png|jpe?g|webp|avif|gif|ico)$" $slipway_cache_assets;
}
map $realpath_root $slipway_etag {
  default none;
  "~^/nix/store/(?<slipway_hash>[a-z0-9]{32})-" '"$slipway_hash"';
}`

/** Of binary caches: an archive is named by what is in it, all else may change. */
export const CACHE_MAPS = `map $uri $slipway_cache_archive {
  default "public, max-age=60";
  "~/nar/[0-9a-z]{52}\\.nar(\\.[0-9a-z]+)?$" "public, max-age=31536000, immutable";
}`
