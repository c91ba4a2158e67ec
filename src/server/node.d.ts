/**
 * What the server uses of Node beyond the oldest one that the command line runs with, and whose types slipway is
 * compiled with: the server asks for a newer one.
 */
declare module 'node:sqlite' {
  type Value = null | number | string | Uint8Array

  export class DatabaseSync {
    constructor(path: string)
    exec(sql: string): void
    prepare(sql: string): StatementSync
    close(): void
  }

  export class StatementSync {
    run(...values: Value[]): { changes: number; lastInsertRowid: number }
    get(...values: Value[]): Record<string, unknown> | undefined
    all(...values: Value[]): Record<string, unknown>[]
  }
}

declare namespace NodeJS {
  interface Process {
    /** execve(2): the process becomes another program. */
    execve(file: string, args: readonly string[], env: NodeJS.ProcessEnv): never
  }
}
