import type { Group } from '../../command.js'
import { authority } from './authority.js'
import { env } from './env.js'
import { list } from './list.js'
import { renew } from './renew.js'

/** The commands that deal with certificates. */
export const certificates: Group = {
  brief: 'The certificates of https routes',
  default: 'list',
  commands: { list, renew, env, authority },
}
