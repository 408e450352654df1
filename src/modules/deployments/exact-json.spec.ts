import { exactJson } from './exact-json.js';

describe('a stored JSON text', () => {
  it.each([
    '{"b":1,"a":[true,null,"x"]}',
    '{"size":1.0,"many":12345678901234567890,"small":1e-7,"zero":-0,"list":[0.10]}',
    '{"10":1,"__proto__":2}',
    '"1.0"',
  ])('is printed as it was: %s', (text) => {
    const printed = JSON.stringify(exactJson(text));
    // Keys that look like indexes move to the front in any object; the rest stays.
    expect(printed).toBe(text);
  });

  it('gives plain numbers where they say the same', () => {
    expect(exactJson('{"a":1,"b":2.5,"c":"3.0"}')).toEqual({ a: 1, b: 2.5, c: '3.0' });
  });
});
