import { defineConfig } from 'vitest/config';

// The server sends `script-src 'self'; style-src 'self'`: nothing may be inlined.
export default defineConfig({
  base: '/',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
