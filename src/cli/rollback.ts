import { command } from './command.js'
export const rollback = command(async () => undefined)
