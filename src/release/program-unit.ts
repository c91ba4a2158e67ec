import type { AppConfig, Directive } from '../config/resolved.js'
import { commandLine, type Places } from './places.js'
import { SANDBOX } from './sandbox.js'
import type { Sections } from './unit-file.js'

/** How long a program may take to finish its requests before it is killed. */
const STOP_TIMEOUT_SECONDS = 30
/** The first pause before a crashed program is started again. */
const RESTART_SECONDS = 1
/** The longest pause between restarts, reached after {@link RESTART_STEPS} of them. */
const RESTART_MAX_SECONDS = 30
const RESTART_STEPS = 5
/** `RestartSteps=` and `RestartMaxDelaySec=` came with this systemd. */
const SYSTEMD_WITH_RESTART_STEPS = 254

/** A unit whose program is to run all the time. `systemd` is the version that runs it. */
export function longRunning(
  app: AppConfig,
  title: string,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
  systemd: number,
): Sections {
  const steps: Record<string, Directive> =
    systemd >= SYSTEMD_WITH_RESTART_STEPS
      ? { RestartSteps: RESTART_STEPS, RestartMaxDelaySec: RESTART_MAX_SECONDS }
      : {}
  return {
    // The pauses between restarts grow, so there is no limit after which systemd would give up.
    Unit: { Description: `${title}${places.suffix}`, After: 'network.target', StartLimitIntervalSec: 0 },
    Service: {
      Type: 'exec',
      ...common(app, command, places, variables),
      Restart: 'always',
      RestartSec: RESTART_SECONDS,
      ...steps,
      KillMode: 'mixed',
      TimeoutStopSec: STOP_TIMEOUT_SECONDS,
      ...SANDBOX,
    },
    Install: { WantedBy: 'multi-user.target' },
  }
}

/** A unit whose program runs and ends. */
export function oneshot(
  app: AppConfig,
  title: string,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
): Sections {
  return {
    Unit: { Description: `${title}${places.suffix}`, After: 'network.target' },
    Service: { Type: 'oneshot', ...common(app, command, places, variables), ...SANDBOX },
  }
}

function common(
  app: AppConfig,
  command: readonly string[],
  places: Places,
  variables: Record<string, Directive>,
): Record<string, Directive> {
  return {
    User: app.name,
    Group: app.name,
    ExecStart: commandLine(places, command),
    WorkingDirectory: workingDirectory(app, places),
    ...variables,
    SyslogIdentifier: app.name,
    UMask: '0077',
    ...(app.state ? { StateDirectory: places.state.directory, StateDirectoryMode: '0750' } : {}),
  }
}

function workingDirectory(app: AppConfig, places: Places): string {
  if (app.assets.length > 0) return places.assets
  return app.state ? places.state.path : '/'
}
