import { readBasic } from './basic-credentials.js';

const header = (credentials: string | Buffer, scheme = 'Basic'): string =>
  `${scheme} ${Buffer.from(credentials).toString('base64')}`;

describe('Authorization: Basic', () => {
  it('is split at the first colon', () => {
    expect(readBasic(header('ada:secret'))).toEqual({ username: 'ada', password: 'secret' });
    expect(readBasic(header('ada:a:b::c'))).toEqual({ username: 'ada', password: 'a:b::c' });
    expect(readBasic(header('ada:'))).toEqual({ username: 'ada', password: '' });
  });

  it('is UTF-8, byte for byte', () => {
    expect(readBasic(header('ada:größe 猫'))?.password).toBe('größe 猫');
    expect(readBasic(header('ada:\uFEFFmarked'))?.password).toBe('\uFEFFmarked');
    expect(readBasic(header(Buffer.from([0x61, 0x3a, 0xe4])))).toBeNull();
  });

  it.each(['basic', 'BASIC', 'Basic  '])('is known by the scheme %j', (scheme) => {
    expect(readBasic(header('ada:x', scheme))).toEqual({ username: 'ada', password: 'x' });
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another scheme', header('ada:x', 'Bearer')],
    ['a scheme alone', 'Basic'],
    ['what is not base64', 'Basic a*b'],
    ['what goes on behind it', `${header('ada:x')}, ${header('bob:y')}`],
    ['no colon', header('ada')],
    ['no name', header(':x')],
    ['a name that begins with a digit', header('7up:x')],
    ['a name that begins with a blank', header(' ada:x')],
    ['a name that begins with another letter', header('ärger:x')],
    ['NUL', header('ada:a\0b')],
    ['more than anybody needs', header(`ada:${'x'.repeat(8192)}`)],
  ])('is none with %s', (_what, text) => {
    expect(readBasic(text)).toBeNull();
  });

  it('takes no time over a hostile header', () => {
    const began = performance.now();
    for (const part of [' ', 'A', '=', 'A=']) expect(readBasic(`Basic ${part.repeat(8180 / part.length)}!`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(200);
  });
});
