import type { Value } from '../values.js';
import { isInteger, isList } from '../values.js';
import { asCall } from './call.js';
import { preview } from './run.js';

export function isName(value: Value | undefined): boolean {
  return typeof value === 'string' || asCall(value) !== null;
}

/** A part of a path (dsl.md §14.2): text, an integer or a function. To Python, a boolean is an integer. */
export function isPart(value: Value | undefined): boolean {
  return isName(value) || isInteger(value) || typeof value === 'boolean';
}

/** What is wrong with an argument that shall be a list of at least `least` path parts. */
export function wrongPath(argument: Value, least: number, meaning: string): string | null {
  if (!isList(argument) || argument.length < least || !argument.every((part) => isPart(part))) {
    return `expected ${meaning}, not ${preview(argument)}`;
  }
  return null;
}

/** An argument that is a path or only its first part, as a path. */
export function asPath(argument: Value): readonly Value[] {
  return isList(argument) ? argument : [argument];
}
