import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const server = process.env.GUILDHALL_DEV_SERVER;

export default defineConfig(async ({ command }) => ({
  plugins: [
    svelte(),
    // Without a server to talk to, `npm run dev` plays one with made-up people.
    ...(command === 'serve' && !server && !process.env.VITEST ? [(await import('./mock/plugin')).mockServer()] : []),
  ],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    conditions: process.env.VITEST ? ['browser'] : undefined,
  },
  build: { target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: true },
  server: { proxy: server ? { '/api': server, '/login': server } : undefined },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'], restoreMocks: true },
}));
