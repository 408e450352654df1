import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const LINE = /^((?:│ {3}| {4})*)(?:├── |└── )(\S*)(?: \(([A-Z, ]+)\))?$/;

/** `METHOD path` of everything that the HTTP server itself answers, sorted: what is registered past Nest is in it too. */
export function registeredRoutes(app: NestFastifyApplication): string[] {
  // The printed tree is the only view of the router that is public. Each line continues the text of its parent.
  const prefixes: string[] = [];
  const routes = app
    .getHttpAdapter()
    .getInstance()
    .printRoutes()
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [, indent = '', part, methods] = LINE.exec(line) ?? [];
      if (part === undefined) throw new Error(`Cannot read the list of routes: ${line}`);
      const depth = indent.length / 4;
      const path = `${depth === 0 ? '' : (prefixes[depth - 1] ?? '')}${part}`;
      prefixes.splice(depth, prefixes.length, path);
      return methods === undefined ? [] : methods.split(', ').map((method) => `${method} ${path}`);
    });
  return routes.toSorted();
}
