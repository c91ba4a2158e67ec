import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // In production, nginx hands /api/ to the program.
  server: {
    proxy: { '/api': { target: 'http://127.0.0.1:3000', rewrite: (path) => path.replace('/api', '') } },
  },
})
