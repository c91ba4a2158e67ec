import * as z from 'zod'
import { systemGuardSchema } from './guard-schema.js'

/** What a Nix profile may be called. */
export const PROFILE_NAME_PATTERN = /^(?!\.\.?$)[\w@+.-]+$/
/** Where a Nix profile may be. */
export const PROFILE_PATH_PATTERN = /^(?:\/(?!\.\.?(?:\/|$))[\w@+.-]+)+$/
/** Who a Nix profile may belong to. */
export const USER_PATTERN = /^[A-Za-z_][\w.-]*\$?$/

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
      .refine(
        (text) => PROFILE_PATH_PATTERN.test(text) || PROFILE_NAME_PATTERN.test(text),
        'expected the absolute path of a Nix profile, or the name of one',
      )
      .optional()
      .describe(
        "The Nix profile that is set: an absolute path, or a name among the user's profiles. Those are in " +
          '`/nix/var/nix/profiles/per-user/USER` (but root’s `system` is `/nix/var/nix/profiles/system`), or in ' +
          '`~USER/.local/state/nix/profiles` for a user who has no such folder. Default: `system` for root, else the name of this system.',
      ),
    user: z
      .string()
      .regex(USER_PATTERN, 'expected the name of a user')
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
