import { command } from './command.js'
export const doctor = command(async () => undefined)
