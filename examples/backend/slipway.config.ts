import { defineConfig, service, site } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up web`. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    backend: service({
      package: '.#default',
      listen: { port: 3000 },
      health: { path: '/health' },
      routes: ['http://site.example.test/api/'],
    }),
    www: site({ package: '.#site', routes: ['http://site.example.test'] }),
  },
})
