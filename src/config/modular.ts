import * as z from 'zod'

/** What Nix tells of a modular service: what its module comes to, before it is made a service of slipway's. */

const word = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.union([z.string(), z.number(), z.boolean()])),
])
export type UnitValue = z.infer<typeof word>

/** What a module says of a unit: sections, lists of units, and whatever else NixOS has options for. */
const unitSchema = z.looseObject({
  serviceConfig: z.record(z.string(), word).optional(),
  unitConfig: z.record(z.string(), word).optional(),
  socketConfig: z.record(z.string(), word).optional(),
  environment: z.record(z.string(), word).optional(),
  listenStreams: z.array(z.string()).optional(),
})
export type ModularUnit = z.infer<typeof unitSchema>

export interface ModularNode {
  argv: string[]
  /** A command line of systemd's own, in place of `argv`. */
  exec: string | null
  /** A command line that has it read its files again. */
  reload: string | null
  /** Whether it says itself when it is ready. */
  notifies: boolean
  unit: ModularUnit
  socket: ModularUnit
  /** Options of units beside its own. */
  otherUnits: string[]
  services: Record<string, ModularNode>
}

const nodeSchema: z.ZodType<ModularNode> = z.strictObject({
  argv: z.array(z.string()),
  exec: z.string().nullable(),
  reload: z.string().nullable(),
  notifies: z.boolean(),
  unit: unitSchema,
  socket: unitSchema,
  otherUnits: z.array(z.string()),
  get services() {
    return z.record(z.string(), nodeSchema)
  },
})

export const modularSchema = z.strictObject({
  service: nodeSchema,
  /** The store path of all that its processes depend on. */
  program: z.string(),
  /** Configuration files, by their path in the package. */
  files: z.array(z.string()),
  warnings: z.array(z.string()),
})
export type Modular = z.infer<typeof modularSchema>
