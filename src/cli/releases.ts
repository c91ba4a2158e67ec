import { command } from './command.js'
export const releases = command(async () => undefined)
