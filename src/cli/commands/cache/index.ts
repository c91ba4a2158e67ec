import type { Group } from '../../command.js'
import { list } from './list.js'
import { push } from './push.js'
import { trust } from './trust.js'

/** The commands that deal with binary caches. */
export const cache: Group = {
  brief: 'Binary caches: what was built once is fetched, not built or sent again',
  commands: { list, push, trust },
}
