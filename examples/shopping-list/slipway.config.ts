import { defineConfig, service, site } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up web`. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    lists: service({
      package: '.#default',
      listen: 'port',
      health: { path: '/health' },
      routes: ['http://lists.example.test/api/'],
      state: true,
    }),
    pages: site({
      package: '.#default',
      dir: 'share/site',
      // /lists/party is no file: the page finds out what to show.
      fallback: 'index.html',
      routes: ['http://lists.example.test'],
    }),
  },
})
