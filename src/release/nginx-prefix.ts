/**
 * A prefix that a service does not know of: it is cut from the paths of requests, and put in front of those that the
 * service answers with.
 */

export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/**
 * Sets `$slipway_uri` to what follows a prefix, a regular expression. It is taken from the request line by a named
 * capture (nginx escapes $1 again), so that encoded characters reach the service as they were sent. Where the prefix is
 * written otherwise there (`//prefix`, `/%70refix`), or the path has parts such as `..`, it stays empty: then nginx
 * hands on the path as it has read it, which chose this location.
 */
export function stripPrefix(prefix: string): string[] {
  return [
    "set $slipway_uri '';",
    `if ($request_uri ~ "^${prefix}(?<slipway_rest>/.*)$") { set $slipway_uri $slipway_rest; }`,
    "if ($slipway_dots) { set $slipway_uri ''; }",
    `rewrite "(?s)^${prefix}(/.*)$" $1 break;`,
  ]
}

/** Hands on paths as they were sent, but for those that nginx and the service could read differently. */
export const RESOLVE_DOTS = 'if ($slipway_dots) { rewrite "(?s)^(.*)$" $1 break; }'

/**
 * Leads redirects and cookies of a service below its prefix, unless it has put them there itself. `tail` and `domain`
 * are regular expressions: of the prefix without its first slash, and of where redirects lead that name the domain.
 */
export function restorePrefix(prefix: string, tail: string, domain: string): string[] {
  return [
    `set $slipway_prefix "${prefix}";`,
    `proxy_redirect "~^(?<slipway_origin>(?:https?://${domain}(?::[0-9]+)?)?)/(?!/|${tail}(?:[/?#]|$))(?<slipway_target>.*)$" $slipway_origin${prefix}/$slipway_target;`,
    `proxy_cookie_path "~^/(?!${tail}(?:/|$))(?<slipway_cookie_path>.*)$" $slipway_cookie_prefix/$slipway_cookie_path;`,
  ]
}
