import { HOST_ROOT } from '../contract/paths.js'
import { CACHE_MAPS, PROXY_MAPS, SITE_MAPS } from './nginx-maps.js'

/** What nginx includes: a link to the tree of all current releases. */
export const NGINX_ROOT = `${HOST_ROOT}/nginx`

/** A canary's share is counted in these. */
const SHARES = 100

/** Room for names of domains of up to some 110 characters; nginx' own default has some 46. */
const NAMES_BUCKET = 128

/**
 * `http.conf`: what an nginx configuration includes of ours in its `http` context. `namesHash`: whether somebody else
 * sets `server_names_hash_bucket_size` there, which may be done once.
 */
export function renderHttp({ namesHash }: { namesHash: boolean }): string {
  return `${PROXY_MAPS}
${SITE_MAPS}
${CACHE_MAPS}
# Which of a hundred equal shares a request belongs to.
split_clients $connection-$connection_requests $slipway_die {
${Array.from({ length: SHARES - 1 }, (_, share) => `  1% ${share};\n`).join('')}  * ${SHARES - 1};
}
${namesHash ? '' : `server_names_hash_bucket_size ${NAMES_BUCKET};\n`}include ${NGINX_ROOT}/upstreams/*.conf;
include ${NGINX_ROOT}/zones/*.conf;
# The server blocks of domains that want it give it a value.
map '' $slipway_hsts {
  default '';
}
# A pattern, since there may be none.
include ${NGINX_ROOT}/default*.conf;
include ${NGINX_ROOT}/servers/*.conf;
`
}
