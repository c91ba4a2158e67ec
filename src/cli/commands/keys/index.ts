import type { Group } from '../../command.js'
import { add } from './add.js'
import { list } from './list.js'
import { remove } from './remove.js'

/** The commands that deal with keys of fewer rights. */
export const keys: Group = {
  brief: 'Keys that may deploy some services, or look at a host, and do nothing else',
  commands: { add, list, remove },
}
