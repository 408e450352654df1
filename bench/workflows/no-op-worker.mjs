/**
 * The manager as it is shipped, but its operations do nothing: what is left is what running a workflow costs. Arguments are
 * those of `holdfast`. Used by the bench alone.
 */
import 'reflect-metadata';

const dist = new URL('../../dist/', import.meta.url);
const { OperationDispatch } = await import(new URL('platform/operations/operation-dispatch.js', dist).href);
const { OperationsModule } = await import(new URL('platform/operations/operations.module.js', dist).href);
const { runCommand } = await import(new URL('cli/program.js', dist).href);

const NOTHING = {
  run: async (_request, _host, { started }) => {
    started();
    return { kind: 'success', value: null };
  },
};
// What the decorator of the module wrote, with another provider: the application itself knows of no such thing.
Reflect.defineMetadata('providers', [{ provide: OperationDispatch, useValue: NOTHING }], OperationsModule);

process.exitCode = await runCommand(process.argv.slice(2));
