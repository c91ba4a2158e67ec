import { z } from 'zod'
import { systemGuardSchema } from './guard-schema.js'

const PROFILE_PATTERN = /^(?:\/(?!\.\.?(?:\/|$))[\w@+.-]+)+$/

/** A whole system, or any other Nix profile that activates itself. */
export const systemSchema = z
  .strictObject({
    kind: z.literal('system').describe('Set by `system()`.'),
    flake: z
      .string()
      .min(1)
      .describe(
        'What Nix builds: `.#nixosConfigurations.NAME`, or any installable whose package holds `deploy-rs-activate` or `bin/switch-to-configuration`.',
      ),
    host: z
      .string()
      .min(1)
      .optional()
      .describe('The host it runs on. Default: the only one; needed where the config has several.'),
    profile: z
      .string()
      .regex(PROFILE_PATTERN, 'expected the absolute path of a Nix profile')
      .optional()
      .describe(
        "The Nix profile that is set. Default: `/nix/var/nix/profiles/system`; for a user other than root, `NAME` among that user's profiles (`/nix/var/nix/profiles/per-user/USER` where it exists, else `~USER/.local/state/nix/profiles`).",
      ),
    user: z
      .string()
      .regex(/^[A-Za-z_][\w.-]*\$?$/, 'expected the name of a user')
      .optional()
      .describe('Who the profile belongs to and is activated as. Default: `root`.'),
    guard: systemGuardSchema.optional().describe("Overrides the config's `guard` for this system."),
    confirm: z
      .boolean()
      .optional()
      .describe('Whether an activation is reverted unless the deployer confirms it. Default: true.'),
    revert: z.boolean().optional().describe('Whether a failed activation is reverted. Default: true.'),
  })
  .meta({ id: 'System' })
