import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const page = (file: string) => fileURLToPath(new URL(`src/page/${file}`, import.meta.url))

export default defineConfig({
  root: page(''),
  // A file for everything: the content security policy knows no inline scripts, styles or images.
  build: {
    outDir: fileURLToPath(new URL('dist/page', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: { input: [page('index.html'), page('stranger.html')] },
  },
})
