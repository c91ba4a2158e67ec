import { defineConfig, service, site } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up web`. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    backend: service({
      package: '.#default',
      // Others on the host may have 3000, too.
      listen: { port: 3000, network: 'own' },
      health: { path: '/health' },
      routes: ['http://site.example.test/api/'],
    }),
    site: site({ package: '.#site', routes: ['http://site.example.test'] }),
  },
})
