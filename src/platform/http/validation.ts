import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { buildMessage, ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';
import { BadParametersError } from '../../core/errors/app-error.js';
import { readLooseBoolean } from '../../core/listing/query-values.js';

/**
 * The one pipe that judges bodies (rest-api §1.8): unknown fields are dropped, and only what an input class names is
 * ever used.
 */
export function bodyValidation(): ValidationPipe {
  return new BodyPipe({
    transform: true,
    whitelist: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => new BadParametersError(firstReason(errors)),
  });
}

/**
 * Judges the fields of a body and leaves alone what is inside of them. The libraries would copy free JSON (the value of a
 * secret, a schema, a list of thousands), and take keys such as `constructor` out of it, which are data there. So every
 * dict and list travels as a function that gives it, which they pass on; the decorators below take it out again.
 */
class BodyPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return super.transform(metadata.type === 'body' && this.toValidate(metadata) ? wrapped(value) : value, metadata);
  }
}

/** A copy of the body itself without the keys that mean something to JavaScript, and with its dicts and lists wrapped. */
function wrapped(body: unknown): unknown {
  if (!isDict(body)) return body;
  const fields = Object.entries(body as object).filter(([key]) => !NATURAL_KEYS.has(key));
  return Object.fromEntries(
    fields.map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'object' && value !== null ? () => value : value,
    ]),
  );
}

const NATURAL_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** JSON holds no functions, so a function is a wrapper of ours. */
function unwrapped(value: unknown): unknown {
  return typeof value === 'function' ? (value as () => unknown)() : value;
}

function firstReason(errors: readonly ValidationError[]): string {
  for (const error of errors) {
    const [reason] = Object.values(error.constraints ?? {});
    if (reason !== undefined) return reason;
    const nested = firstReason(error.children ?? []);
    if (nested !== '') return nested;
  }
  return '';
}

/** The contract's names of JSON types. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      return 'dict';
  }
}

function typed(name: string, expected: string, accepts: (value: unknown) => boolean): PropertyDecorator {
  return both(
    keepAsSent(),
    ValidateBy({
      name,
      validator: {
        validate: accepts,
        defaultMessage: (args) =>
          args?.value === undefined
            ? `Missing ${args?.property} in json request body`
            : `${args.property} parameter is expected to be of type ${expected} but is of type ${typeName(args.value)}`,
      },
    }),
  );
}

/** A required text. */
export const Str = (): PropertyDecorator => typed('str', 'str', (value) => typeof value === 'string');
export const Bool = (): PropertyDecorator => typed('bool', 'bool', (value) => typeof value === 'boolean');
export const Dict = (): PropertyDecorator => typed('dict', 'dict', isDict);
export const List = (): PropertyDecorator => typed('list', 'list', Array.isArray);

/** Any JSON value; the key must be there. `null` counts as present (rest-api §1.8). */
export const AnyJson = (): PropertyDecorator => typed('any', 'any', (value) => value !== undefined);

/** The field may be absent or null. Stands above the type. */
export function Maybe(options?: ValidationOptions): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined && value !== null, options);
}

/** **bool~**: true, false, or their texts in any casing. */
export function LooseBool(): PropertyDecorator {
  return both(
    Transform(({ value }: { value: unknown }) => readLooseBoolean(value) ?? value),
    ValidateBy({
      name: 'looseBool',
      validator: {
        validate: (value) => typeof value === 'boolean',
        defaultMessage: buildMessage((each) => `${each}$property must be true or false`),
      },
    }),
  );
}

function isDict(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keepAsSent(): PropertyDecorator {
  return Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => unwrapped(obj[key]));
}

function both(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorator of decorators) decorator(target, property);
  };
}
