import * as z from 'zod'
import { duration, positiveDuration } from './duration-schema.js'

const activate = positiveDuration
  .optional()
  .describe('How long an activation may take before the host reverts it by itself. Default: `4m`.')

const confirm = positiveDuration
  .optional()
  .describe(
    "How long the host waits for the deployer's confirmation, over a fresh login, before it reverts. Default: `30s`.",
  )

const escalateSchema = z
  .strictObject({
    network: positiveDuration.describe(
      'When the network does not come back within this time after a revert, network units are restarted.',
    ),
    units: z
      .array(z.string().regex(/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$/, 'expected the name of a unit'))
      .min(1)
      .optional()
      .describe(
        'Which units are restarted. Default: those of the network managers and of sshd that are active.',
      ),
    reboot: duration
      .optional()
      .describe(
        'When the network is still not back this long after that, the host reboots into the system it was booted with. Default: never.',
      ),
  })
  .meta({ id: 'Escalate' })

/** How every activation is guarded. */
export const guardSchema = z
  .strictObject({
    activate,
    confirm,
    url: positiveDuration
      .optional()
      .describe(
        'How long a public URL may take to answer when the deployer asks it before confirming. Default: `5s`.',
      ),
    escalate: escalateSchema
      .optional()
      .describe('What a host does when not even a revert brings its network back. Default: nothing.'),
  })
  .meta({ id: 'Guard' })

/** What a system may set for itself. */
export const systemGuardSchema = z.strictObject({ activate, confirm }).meta({ id: 'SystemGuard' })
