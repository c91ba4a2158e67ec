import { hostname, userInfo } from 'node:os'

/** Who deploys, as logs and locks name them. */
export function whoAmI(): string {
  return `${userInfo().username}@${hostname()}`.replace(/[^\w.@-]/g, '-')
}
