import { command } from './command.js'
export const logs = command(async () => undefined)
