import { type Deploy, type DeployNode, type DeployProfile, SETTINGS, type Settings } from './deploy-schema.js'

/** The settings that hold for a profile; what nobody set is absent. */
export type Merged = Omit<{ [key in keyof Settings]?: NonNullable<Settings[key]> }, 'unknown'>

/** A profile's settings, else its node's, else those of all; options of ssh are appended in this order. */
export function mergeSettings(deploy: Deploy, node: DeployNode, profile: DeployProfile): Merged {
  const levels: Settings[] = [profile, node, deploy]
  const merged = Object.keys(SETTINGS).map((name) => {
    const key = name as keyof typeof SETTINGS
    return [key, levels.map((level) => level[key]).find((value) => value !== undefined && value !== null)]
  })
  return { ...Object.fromEntries(merged), sshOpts: levels.flatMap(({ sshOpts }) => sshOpts ?? []) } as Merged
}
