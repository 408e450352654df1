import { BadParametersError } from '../../core/errors/app-error.js';
import { AnyJson, bodyValidation, Bool, Dict, List, LooseBool, Maybe, Str } from './validation.js';

class Input {
  @AnyJson() readonly value: unknown;
  @Maybe() @Str() readonly name?: string | null;
  @Maybe() @Bool() readonly strict?: boolean;
  @Maybe() @LooseBool() readonly loose?: boolean;
  @Maybe() @Dict() readonly dict?: object;
  @Maybe() @List() readonly list?: readonly unknown[];
}

const judge = (json: string): Promise<unknown> =>
  bodyValidation().transform(JSON.parse(json), { type: 'body', metatype: Input });

describe('the judgement of bodies', () => {
  it('keeps free JSON as it was sent, with keys that objects have by nature', async () => {
    const free = '{"__proto__":{"a":[1,{"constructor":{"prototype":2}}]},"toString":null}';
    const input = (await judge(`{"value":${free},"dict":${free},"list":[${free}]}`)) as Input;
    expect(JSON.stringify([input.value, input.dict, input.list])).toBe(`[${free},${free},[${free}]]`);
    expect(Object.getPrototypeOf(input)).toBe(Input.prototype);
  });

  it('uses what the class names, and nothing else', async () => {
    const input = await judge(
      '{"value": 1, "id": 7, "__proto__": {"name": "x"}, "constructor": {"name": "y"}, "prototype": {}}',
    );
    expect(Object.keys(input as object)).toEqual(['value']);
    expect((input as Input).name).toBeUndefined();
  });

  it('takes the texts of booleans where that is allowed', async () => {
    expect(await judge('{"value": null, "loose": "TRUE", "strict": false}')).toEqual({
      value: null,
      loose: true,
      strict: false,
    });
  });

  it.each([
    ['{}', 'Missing value in json request body'],
    ['{"value": 1, "name": {}}', 'name parameter is expected to be of type str but is of type dict'],
    ['{"value": 1, "name": [1]}', 'name parameter is expected to be of type str but is of type list'],
    ['{"value": 1, "dict": []}', 'dict parameter is expected to be of type dict but is of type list'],
    ['{"value": 1, "list": {"length": 1}}', 'list parameter is expected to be of type list but is of type dict'],
    ['{"value": 1, "strict": "true"}', 'strict parameter is expected to be of type bool but is of type str'],
    ['{"value": 1, "loose": 1}', 'loose must be true or false'],
    ['{"value": 1, "loose": {}}', 'loose must be true or false'],
  ])('refuses %s and names the field and both types', async (json, message) => {
    await expect(judge(json)).rejects.toEqual(new BadParametersError(message));
  });
});
