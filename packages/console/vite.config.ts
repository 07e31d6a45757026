import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // the server puts a fresh nonce in its place with every page (dialects/native/console-plugin.ts)
  html: { cspNonce: '__RENKEI_NONCE__' },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { proxy: { '/v1': 'http://127.0.0.1:49152' } },
});
