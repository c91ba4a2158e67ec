import { defineConfig, service } from 'slipway'

export default defineConfig({
  // A throwaway host of this machine: a deploy makes it. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    fortune: service({
      package: '.#default',
      listen: { port: 3000 },
      health: { path: '/' },
      routes: ['http://fortune.example.test'],
    }),
  },
})
