/** What systemd says of a unit: properties of org.freedesktop.systemd1(5). */
export interface UnitState {
  /** The unit's own name, where it was asked for by an alias. */
  id: string
  /** `LoadState`: `loaded`, `not-found`, … */
  load: string
  /** `ActiveState`. */
  active: string
  /** `SubState`. */
  sub: string
  /** `FragmentPath`; empty for none. */
  path: string
  /** `NRestarts`; 0 for what is no service. */
  restarts: number
  /** `Result`; empty for what has none. */
  result: string
  /** `ExecMainCode`, as in siginfo_t: 0 before it ran, 1 exited, 2 killed, 3 dumped. */
  mainCode: number
  /** `ExecMainStatus`: an exit status, or a signal. */
  mainStatus: number
  /** `MainPID`; 0 for none. */
  mainPid: number
  /** `ActiveEnterTimestamp`, microseconds since 1970; 0 for never. */
  activeSince: number
  /** `InactiveExitTimestamp`, microseconds since 1970; 0 for never. */
  inactiveExit: number
  /** `ExecMainStartTimestamp`, microseconds since 1970; 0 for never. */
  mainStart: number
}

/** How a job of systemd's ended: `done`, `failed`, `canceled`, `timeout`, `dependency`, `skipped`, … */
export type JobResult = string

/** A timer without a file, and the service that it starts. */
export interface TransientTimer {
  /** Of both units, without `.timer`. */
  name: string
  description: string
  /** From now. */
  afterMs: number
  /** As argv; its program by a full path. */
  command: readonly string[]
  /** What its lines in the journal are found by. */
  identifier: string
}

/**
 * systemd, asked and told over D-Bus. Each call throws where systemd refuses, with its words, and where it can't be
 * reached. A connection that is lost is made again: what only asks is asked again, jobs are waited for further.
 */
export interface Systemd {
  /** systemd's version: the number alone. */
  version(): Promise<number>
  /** The folders where systemd looks for units. */
  unitPath(): Promise<string[]>
  /** Loads the unit where it isn't. */
  unit(name: string): Promise<UnitState>
  units(names: readonly string[]): Promise<UnitState[]>
  /** Loaded units whose names match one of the patterns (fnmatch(3)); none for no pattern. */
  list(patterns: readonly string[]): Promise<{ name: string; active: string; sub: string }[]>
  /**
   * These end when the job has; the result says how. `signal` ends the waiting, not the job: they throw its reason.
   * `stop` is `done` where there is no such unit.
   */
  start(name: string, options?: { signal?: AbortSignal }): Promise<JobResult>
  stop(name: string, options?: { signal?: AbortSignal }): Promise<JobResult>
  restart(name: string, options?: { signal?: AbortSignal }): Promise<JobResult>
  reloadOrRestart(name: string): Promise<JobResult>
  /** Begins a job without waiting for it; begins it twice where the connection is lost with systemd's answer. */
  startNoWait(name: string): Promise<void>
  /** Has a program run after a time, once; ends when the timer runs. Nothing is left of it afterwards. */
  startTimer(timer: TransientTimer): Promise<JobResult>
  /** Does nothing where the unit has not failed, or isn't loaded. */
  resetFailed(name: string): Promise<void>
  resetAllFailed(): Promise<void>
  /** Has a unit start at boot, as its `[Install]` section says; systemd reads that with its next reload. */
  enable(name: string): Promise<void>
  daemonReload(): Promise<void>
  /** One property, as D-Bus tells it; `type` is the interface's last part: `Service`, `Unit`, `Timer`, … */
  property(name: string, type: string, property: string): Promise<unknown>
  close(): void
}
