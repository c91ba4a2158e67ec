import { defineConfig, service } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up web`. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    notes: service({
      package: '.#default',
      // `:3001` is every address: in a network of its own nobody but nginx gets there.
      listen: { port: 3001, network: 'own' },
      routes: ['http://notes.example.test'],
      env: { NOTES_DB_PATH: '/var/lib/notes/notes.db', NOTES_PORT: ':3001' },
      state: true,
      assets: ['views'],
      keep: 5,
    }),
  },
})
