import type { Group } from '../../command.js'
import { dev } from './dev.js'
import { cancel, deploy, pause, resume, rollback } from './jobs.js'
import { status } from './status.js'
import { token } from './token/index.js'

/** The commands that run a server, and speak to one. */
export const server: Group = {
  brief: 'Deploy what is pushed: a server that follows branches',
  commands: { dev, status, deploy, rollback, cancel, pause, resume, token },
}
