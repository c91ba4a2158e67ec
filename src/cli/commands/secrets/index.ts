import type { Group } from '../../command.js'
import { edit } from './edit.js'
import { importEnv } from './import.js'
import { init } from './init.js'
import { list } from './list.js'
import { rotate } from './rotate.js'
import { set } from './set.js'
import { unset } from './unset.js'

/** The commands that deal with secrets. */
export const secrets: Group = {
  brief: 'What programs must get and nobody else may see: kept encrypted',
  commands: { init, set, edit, list, unset, rotate, import: importEnv },
}
