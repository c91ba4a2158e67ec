import { defineConfig, service, site } from 'slipway'

export default defineConfig({
  // A throwaway host of this machine: a deploy makes it. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    forum: service({
      package: { file: './default.nix' },
      listen: 'port',
      health: { path: '/health' },
      routes: ['http://forum.example.test/forum/'],
      state: true,
    }),
    www: site({
      package: { file: './site.nix' },
      routes: ['http://forum.example.test'],
    }),
  },
})
