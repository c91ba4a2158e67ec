import { HOST_ROOT } from '../contract/paths.js'
import { CONNECTION_MAP, SITE_MAPS } from './nginx-maps.js'

/** What nginx includes: a link to the tree of all current releases. */
export const NGINX_ROOT = `${HOST_ROOT}/nginx`

/** A canary's share is counted in these. */
const SHARES = 100

/** `http.conf`: what an nginx configuration includes of ours in its `http` context. */
export function renderHttp(): string {
  return `${CONNECTION_MAP}
${SITE_MAPS}
# Which of a hundred equal shares a request belongs to.
split_clients $connection-$connection_requests $slipway_die {
${Array.from({ length: SHARES - 1 }, (_, share) => `  1% ${share};\n`).join('')}  * ${SHARES - 1};
}
server_names_hash_bucket_size 128;
include ${NGINX_ROOT}/upstreams/*.conf;
# The server blocks of domains that want it give it a value.
map '' $slipway_hsts {
  default '';
}
# A pattern, since there may be none.
include ${NGINX_ROOT}/tls-default*.conf;
include ${NGINX_ROOT}/servers/*.conf;
`
}
