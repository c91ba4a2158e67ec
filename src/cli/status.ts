import { command } from './command.js'
export const status = command(async () => undefined)
