import { AGENT_ROOT, AGENT_RUNTIME, HOST_ROOT } from './paths.js'

/** How long the agent may take from its start until it says that it is ready. It says so before it works off anything. */
export const AGENT_START_SECONDS = 30
/** For how long it may give no sign of life before it is killed. Each sign costs a process, so they are not frequent. */
const WATCHDOG_SECONDS = 60
/** How long it may take to end; what it does is on record, and goes on at its next start. */
const STOP_SECONDS = 10
/** The pause before it is started again; the longest, and after how many. systemd before 254 keeps to the first. */
const RESTART_SECONDS = 1
const RESTART_MAX_SECONDS = 30
const RESTART_STEPS = 5
/** The kernel kills almost anything else first where memory runs out: who else would mend it? */
const OOM_SCORE = -900

/** What starts the agent that is installed. */
export const AGENT_COMMAND = [
  `${AGENT_ROOT}/node/bin/node`,
  `${AGENT_ROOT}/current/agent.cjs`,
  'serve',
] as const

/**
 * The agent's unit. No service wants it and it is ordered before none: with `Type=notify`, what is ordered after it would
 * wait at boot until it is ready, or until the time for that is over.
 */
export const AGENT_UNIT_TEXT = `# Managed by slipway: its agent
[Unit]
Description=slipway: changes what this host serves
RequiresMountsFor=${HOST_ROOT} /nix/store
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
ExecStart=${AGENT_COMMAND.join(' ')}
TimeoutStartSec=${AGENT_START_SECONDS}
TimeoutStopSec=${STOP_SECONDS}
WatchdogSec=${WATCHDOG_SECONDS}
WatchdogSignal=SIGKILL
Restart=always
RestartSec=${RESTART_SECONDS}
RestartSteps=${RESTART_STEPS}
RestartMaxDelaySec=${RESTART_MAX_SECONDS}
KillMode=control-group
OOMScoreAdjust=${OOM_SCORE}
RuntimeDirectory=${AGENT_RUNTIME}
RuntimeDirectoryMode=0700
SyslogIdentifier=slipway

[Install]
WantedBy=multi-user.target
`
