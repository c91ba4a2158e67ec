import type { HostConfig } from '../config/resolved.js'
import type { Login } from '../remote/login.js'
import type { Engine } from './engine.js'
import { freshLoginTo } from './login.js'

/**
 * A login of its own, made ahead for whoever confirms: making it takes as long as an activation. Only where nothing in
 * the activation can change who gets in is it of use.
 */
export interface SpareLogin {
  /** Gives it once; then, and once closed, undefined. */
  take(): Promise<Login> | undefined
  /** Closes it where nobody has taken it. */
  close(): void
}

/** Begins to log in. That it fails, only whoever takes it hears. */
export function openSpareLogin(engine: Engine, host: HostConfig): SpareLogin {
  let spare: Promise<Login> | undefined = freshLoginTo(engine, host)
  spare.catch(() => undefined)
  const take = () => {
    const taken = spare
    spare = undefined
    return taken
  }
  return {
    take,
    close: () => {
      take()?.then(
        (login) => login.close(),
        () => undefined,
      )
    },
  }
}
