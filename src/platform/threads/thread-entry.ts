/**
 * How a thread's module is found. Compiled, `x.worker.js` lies beside the file that starts it. Run from source, as tests do,
 * Node itself turns TypeScript into JavaScript, and has to be told that an import of `./x.js` means `./x.ts`.
 * @param base `import.meta.url` of the file that starts the thread
 * @param module relative to it, without its ending
 */
export function threadEntry(base: string, module: string): URL {
  if (!base.endsWith('.ts')) return new URL(`${module}.js`, base);
  return new URL(
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
      await import(${JSON.stringify(new URL(`${module}.ts`, base).href)});`)}`,
  );
}
