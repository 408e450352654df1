const IS_SOURCE = import.meta.url.endsWith('.ts');
const WORKER_FILE = new URL(IS_SOURCE ? './parse.worker.ts' : './parse.worker.js', import.meta.url);

/**
 * How the thread is found. Compiled, `parse.worker.js` lies beside this file. Run from source, as tests do, Node itself
 * turns TypeScript into JavaScript, and has to be told that an import of `./x.js` means `./x.ts`.
 */
export const WORKER_ENTRY = IS_SOURCE
  ? new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { readFileSync } from 'node:fs';
      import { registerHooks, stripTypeScriptTypes } from 'node:module';
      process.removeAllListeners('warning');
      registerHooks({
        resolve: (specifier, context, next) =>
          next(/^\\.{1,2}\\/.*\\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')
            ? specifier.slice(0, -3) + '.ts' : specifier, context),
        load: (url, context, next) => url.endsWith('.ts') && !url.includes('/node_modules/')
          ? { format: 'module', shortCircuit: true,
              source: stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'), { mode: 'transform' }) }
          : next(url, context),
      });
      await import(${JSON.stringify(WORKER_FILE.href)});`)}`,
    )
  : WORKER_FILE;
