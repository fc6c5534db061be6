import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'src/lib/api/generated/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      // Our links are plain paths; the router listens for clicks on them.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'no-eval': 'error',
      'no-undef': 'off',
      'svelte/no-at-html-tags': 'error',
      // Where a built-in Map or URLSearchParams is used here, it is on purpose: nothing is to react to it.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
);
