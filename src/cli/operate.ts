import { command } from './command.js'
export const restart = command(async () => undefined)
export const stop = restart
export const remove = restart
