/** How a slipway command ends; scripts may rely on these numbers. */
export const ExitCode = {
  ok: 0,
  /** A defect in slipway itself. */
  bug: 1,
  /** The command line or the config is wrong; nothing was contacted. */
  usage: 2,
  /** A host, a build or a deploy failed; the message says what serves now. */
  failed: 3,
  /** Another deploy is at work on the host. */
  locked: 4,
  /** Stopped by Ctrl-C, SIGTERM or a closed terminal (128 + SIGINT, as shells report it). */
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** How the command that a login runs on a host ends when it could not bring the login to the agent. */
export const ConnectExit = {
  /** The host has no agent: `slipway setup` brings it. */
  notInstalled: 90,
  /** The agent is installed and does not answer. */
  noAnswer: 91,
  /** The login's key may not do that. */
  refused: 77,
} as const

/** What a connector says before the first frame: what a login's shell prints ahead of it is passed over. */
export const CONNECT_MAGIC = '\nslipway agent\n'
