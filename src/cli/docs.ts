import { command } from './command.js'
export const docs = command(async () => undefined)
