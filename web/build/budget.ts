import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const LIMIT = 150 * 1024;
const FIRST_SCREEN = 'routes/member/Home.svelte';

/** Fails the build when the first page (the app, the home screen, their styles and the font) outgrows 150 KB compressed. */
export function budget(): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((o) => o.type === 'chunk');
      const wanted = new Set<string>();
      const add = (name: string) => {
        const chunk = chunks.find((c) => c.fileName === name);
        if (!chunk || wanted.has(name)) return;
        wanted.add(name);
        chunk.imports.forEach(add);
        for (const css of (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? []) wanted.add(css);
      };
      for (const chunk of chunks) if (chunk.isEntry || chunk.facadeModuleId?.endsWith(FIRST_SCREEN)) add(chunk.fileName);

      let total = readFileSync('public/fonts/instrument-sans-latin.woff2').length + gzipSync(readFileSync('index.html')).length;
      for (const name of wanted) {
        const output = bundle[name];
        if (output) total += gzipSync(output.type === 'chunk' ? output.code : output.source).length;
      }
      const text = `first page: ${(total / 1024).toFixed(1)} KB compressed of ${LIMIT / 1024} KB`;
      if (wanted.size < 3 || total > LIMIT) this.error(text);
      this.info(text);
    },
  };
}
