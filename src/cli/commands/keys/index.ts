import type { Group } from '../../command.js'
import { add } from './add.js'
import { list } from './list.js'
import { remove } from './remove.js'

/** The commands that deal with keys for one service. */
export const keys: Group = {
  brief: 'Keys that may deploy one service and nothing else',
  commands: { add, list, remove },
}
