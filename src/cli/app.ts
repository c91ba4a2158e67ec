import type { Group } from './command.js'
import { abort } from './commands/abort.js'
import { activity } from './commands/activity.js'
import { adopt } from './commands/adopt/index.js'
import { audit } from './commands/audit.js'
import { build } from './commands/build.js'
import { cache } from './commands/cache/index.js'
import { certificates } from './commands/certificates/index.js'
import { check } from './commands/check.js'
import { ci } from './commands/ci/index.js'
import { completions } from './commands/completions.js'
import { deploy } from './commands/deploy.js'
import { docs } from './commands/docs.js'
import { doctor } from './commands/doctor.js'
import { exec } from './commands/exec.js'
import { gc } from './commands/gc.js'
import { importDeploy } from './commands/import/index.js'
import { init } from './commands/init/index.js'
import { keys } from './commands/keys/index.js'
import { logs } from './commands/logs.js'
import { maintenance } from './commands/maintenance.js'
import { man } from './commands/man.js'
import { nixosModule } from './commands/module.js'
import { plan } from './commands/plan.js'
import { promote } from './commands/promote.js'
import { rehearse } from './commands/rehearse/index.js'
import { releases } from './commands/releases.js'
import { remove } from './commands/remove.js'
import { rename } from './commands/rename.js'
import { restart } from './commands/restart.js'
import { rollback } from './commands/rollback.js'
import { secrets } from './commands/secrets/index.js'
import { server } from './commands/server/index.js'
import { setup } from './commands/setup.js'
import { status } from './commands/status.js'
import { stop } from './commands/stop.js'
import { uninstall } from './commands/uninstall.js'
import { withdraw } from './commands/withdraw.js'

/** Every command. */
export const slipway: Group = {
  brief:
    "From a web service's source to a running, reachable and reversible service on your own server, with Nix",
  tasks: {
    Begin: ['init', 'adopt', 'import', 'setup', 'rehearse'],
    Deploy: ['plan', 'build', 'check', 'deploy', 'rollback', 'promote', 'withdraw', 'abort'],
    'See what runs': ['status', 'releases', 'logs', 'exec'],
    'Run it': ['restart', 'stop', 'maintenance', 'rename', 'remove', 'secrets', 'cache'],
    'Look after hosts': ['doctor', 'certificates', 'gc', 'uninstall'],
    'Let others deploy': ['keys', 'audit', 'ci', 'module', 'server', 'activity'],
    'Learn more': ['docs', 'completions', 'man'],
  },
  commands: {
    init,
    plan,
    build,
    check,
    deploy,
    rollback,
    abort,
    releases,
    status,
    logs,
    exec,
    restart,
    promote,
    withdraw,
    maintenance,
    stop,
    remove,
    rename,
    secrets,
    cache,
    ci,
    module: nixosModule,
    setup,
    keys,
    audit,
    server,
    activity,
    certificates,
    doctor,
    gc,
    uninstall,
    adopt,
    import: importDeploy,
    docs,
    completions,
    man,
    rehearse,
  },
}
