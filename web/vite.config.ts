import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { budget } from './build/budget.ts';

// `npm run dev` shows the app as one edits it, in front of a server that runs already (`make run`).
const server = process.env.GUILDHALL_DEV_SERVER ?? 'http://localhost:8080';
const pages = ['/api', '/login', '/forgot', '/reset', '/claim', '/choose', '/setup'];

export default defineConfig({
  plugins: [svelte(), budget()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    conditions: process.env.VITEST ? ['browser'] : undefined,
  },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { proxy: Object.fromEntries(pages.map((path) => [path, server])) },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'], setupFiles: 'src/test/setup.ts', restoreMocks: true },
});
