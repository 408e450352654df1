import { storableJson, storableText } from './storable.js';

describe('storableText', () => {
  it('leaves ordinary text alone', () => {
    expect(storableText('Zoë 日本 🦊\n')).toBe('Zoë 日本 🦊\n');
  });

  it('replaces what PostgreSQL refuses', () => {
    expect(storableText('a\0b\ud800c')).toBe('a\uFFFDb\uFFFDc');
  });

  it('shortens, without leaving half a character behind', () => {
    const text = storableText(`${'x'.repeat(1023)}🦊tail`);
    expect(text).toBe(`${'x'.repeat(1023)}\uFFFD…`);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe('storableJson', () => {
  it('makes plain values of everything, with keys cleaned too', () => {
    const value = {
      text: 'a\0',
      ['k\0']: 1,
      when: new Date(0),
      never: new Date(Number.NaN),
      big: 10n,
      infinite: Number.POSITIVE_INFINITY,
      nothing: undefined,
      list: [undefined, null, true],
      run: () => 1,
    };
    expect(storableJson(value)).toEqual({
      text: 'a\uFFFD',
      'k\uFFFD': 1,
      when: '1970-01-01T00:00:00.000Z',
      never: null,
      big: '10',
      infinite: null,
      list: [null, null, true],
    });
  });

  it('stops at a depth and a size', () => {
    const deep: Record<string, unknown> = {};
    deep['again'] = deep;
    expect(JSON.stringify(storableJson(deep))).toContain('…');
    expect(storableJson({ list: Array.from({ length: 5_000 }, () => 'xxxxx') })).toEqual({ truncated: true });
  });

  it('keeps a key that names a prototype a plain key', () => {
    const value: object = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
    expect(JSON.stringify(storableJson(value))).toContain('"a":1');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('is null when there is nothing to say', () => {
    expect(storableJson(undefined)).toBeNull();
    expect(storableJson({})).toBeNull();
    expect(storableJson({ a: undefined })).toBeNull();
  });
});
