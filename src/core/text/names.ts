import { BadParametersError } from '../errors/app-error.js';
import { printable } from '../listing/query-values.js';

const MAX_NAME_LENGTH = 256;

/**
 * The *name* rule of rest-api §1.9: ids, keys, user, group and tenant names. Returns the name.
 * @throws BadParametersError that names the argument.
 */
export function assertName(argument: string, value: string): string {
  const name = assertLooseName(argument, value);
  if (!/^[A-Za-z]/.test(name)) {
    throw new BadParametersError(`The \`${argument}\` argument must begin with a letter, got \`${printable(name)}\``);
  }
  return name;
}

/** The *depname* rule: as `assertName`, any legal first character. */
export function assertLooseName(argument: string, value: string): string {
  if (value === '') throw new BadParametersError(`The \`${argument}\` argument is empty`);
  if (value.length > MAX_NAME_LENGTH) {
    throw new BadParametersError(
      `The \`${argument}\` argument is too long: ${value.length} of at most ${MAX_NAME_LENGTH} characters`,
    );
  }
  if (!/^[A-Za-z0-9\-._~]+$/.test(value)) {
    throw new BadParametersError(
      `The \`${argument}\` argument contains illegal characters: \`${printable(value)}\`. Only letters, digits and - . _ ~ are allowed`,
    );
  }
  return value;
}

/** Whether a text could be the id of anything, by the *name* rule. */
export function isName(value: string): boolean {
  return value.length <= MAX_NAME_LENGTH && /^[A-Za-z][A-Za-z0-9\-._~]*$/.test(value);
}
