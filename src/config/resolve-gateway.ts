import type { Program } from '../contract/service.js'
import type { Problem } from './problems.js'
import type { Service } from './types.js'

/** How a program is spoken to, where not by HTTP. */
export function resolveGateway({ protocol = 'http', params = {} }: Service): Pick<Program, 'gateway'> {
  return protocol === 'http' ? {} : { gateway: { protocol, params } }
}

/** What is said of a protocol and has no meaning. */
export function gatewayProblems(at: string, { protocol = 'http', params, listen }: Service): Problem[] {
  return [
    ...(protocol !== 'http' && listen === undefined
      ? [
          {
            path: `${at}.protocol`,
            message: 'says how it is spoken to, but the service does not listen',
            suggestion: 'add `listen`',
          },
        ]
      : []),
    ...(protocol === 'http' && params !== undefined
      ? [
          {
            path: `${at}.params`,
            message: "needs `protocol: 'uwsgi'` or `'fastcgi'`: HTTP has no such variables",
          },
        ]
      : []),
  ]
}
