import { defineConfig, service, site } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up web`. For a real one, say 'root@example.com'.
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
