import { defineConfig, service } from 'slipway'

export default defineConfig({
  // A throwaway host of this machine: a deploy makes it. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    guestbook: service({
      package: '.#default',
      listen: { port: 3001 },
      health: { path: '/health' },
      routes: ['http://guestbook.example.test'],
      env: { GUESTBOOK_DB: '/var/lib/guestbook/guestbook.db', GUESTBOOK_PORT: ':3001' },
      state: true,
      assets: ['views', 'static'],
      timers: { digest: { run: 'guestbook-digest', calendar: 'hourly' } },
      keep: 5,
    }),
  },
})
