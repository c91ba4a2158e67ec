import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the server keeps things. */
export function foldersOf(data: string) {
  return {
    data,
    database: join(data, 'server.sqlite'),
    /** Where the command line reaches it: only its owner can enter the folder. */
    socket: join(data, 'server.sock'),
    mirror: (source: string) => join(data, 'mirrors', source),
    /** A checkout, while its job runs. */
    work: (job: number) => join(data, 'work', String(job)),
    /** What a job wrote. */
    jobs: join(data, 'jobs'),
    job: (job: number) => join(data, 'jobs', String(job)),
  }
}
export type Folders = ReturnType<typeof foldersOf>

/** Where a user's own server keeps its state unless told otherwise (XDG Base Directory Specification). */
export function defaultData(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'slipway/server')
}
