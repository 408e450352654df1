import { BadParametersError, ConflictError } from '../../core/errors/app-error.js';
import { readSchema, textOfValue } from './secret-schema.js';

describe('values of secrets and their schemas', () => {
  it('take the empty schema for none', () => {
    expect([undefined, null, {}].map((schema) => readSchema(schema))).toEqual([null, null, null]);
    expect(readSchema({ type: 'object' })).toEqual({ type: 'object' });
  });

  it.each([{ type: 'text' }, { pattern: '(?=a)' }, { const: '\0' }, { title: '\ud800' }])(
    'refuse the schema %j',
    (schema) => {
      expect(() => readSchema(schema)).toThrow(BadParametersError);
    },
  );

  it('seal text as it is and everything else as JSON', () => {
    expect(textOfValue(' text\n', null)).toBe(' text\n');
    expect(textOfValue('text', { type: 'string' })).toBe('"text"');
    expect(textOfValue({ a: [false] }, { type: 'object' })).toBe('{"a":[false]}');
  });

  it.each([1, false, [], {}, null, undefined, '', '\udc00'])('refuse %j without a schema', (value) => {
    expect(() => textOfValue(value, null)).toThrow(BadParametersError);
  });

  it('refuse what the schema refuses, and say nothing of it', () => {
    const schema = { properties: { password: { minLength: 12 } } };
    const refusal = (): string => textOfValue({ password: 'hunter2' }, schema);
    expect(refusal).toThrow(ConflictError);
    expect(refusal).toThrow(
      'Error validating secret value: it does not satisfy the schema at `#/properties/password/minLength`',
    );
  });

  it('refuse to judge without end', () => {
    expect(() => textOfValue(1, { $ref: '#' })).toThrow(BadParametersError);
  });
});
