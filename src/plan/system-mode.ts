/** How a system is activated, in the words of switch-to-configuration: now and at boot, at boot, or only now. */
export type SystemMode = 'switch' | 'boot' | 'test'
