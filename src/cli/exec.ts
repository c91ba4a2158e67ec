import { command } from './command.js'
export const exec = command(async () => undefined)
