import type { Group } from '../../command.js'
import { down } from './down.js'
import { list } from './list.js'
import { ssh } from './ssh.js'
import { up } from './up.js'

/** The commands that deal with throwaway hosts. */
export const rehearse: Group = {
  brief: 'Throwaway hosts on this machine, to rehearse a deploy on',
  commands: { up, list, ssh, down },
}
