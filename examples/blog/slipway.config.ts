import { defineConfig, service } from 'slipway'

export default defineConfig({
  // A throwaway host: `slipway rehearse up web`. For a real one, say 'root@example.com'.
  hosts: { web: 'rehearse:web' },
  services: {
    blog: service({
      package: '.#default',
      listen: 'unix',
      routes: ['http://blog.example.test'],
      env: { BLOG_DB: '/var/lib/blog/blog.db' },
      state: true,
      // Makes the database where there is none.
      before: 'blog-init-db',
      assets: ['articles'],
    }),
  },
})
