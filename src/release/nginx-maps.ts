/**
 * Variables that locations use, for nginx's `http` context: of a host of deploys, and of a NixOS module. A module has
 * one half only, so they are apart.
 */

/** Connections to a service are kept, unless they become WebSockets. */
export const CONNECTION_MAP = `map $http_upgrade $slipway_connection {
  default upgrade;
  '' '';
}`

/** What tells files of the Nix store apart, whose dates are all the same, and which of them never change. */
export const SITE_MAPS = `map $uri $slipway_cache_control {
  default no-cache;
  "~[.-][0-9a-fA-F]{8,}\\.(css|js|mjs|woff2?|svg|png|jpe?g|webp|avif|gif|ico)$" "public, max-age=31536000, immutable";
}
map $realpath_root $slipway_etag {
  default none;
  "~^/nix/store/(?<slipway_hash>[a-z0-9]{32})-" '"$slipway_hash"';
}`
