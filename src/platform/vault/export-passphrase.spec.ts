import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import { ExportPassphrases } from './export-passphrase.js';

// Both computed apart from this code, with another library, for the passphrase "correct horse".
const OURS = 'AcjJysvMzc7P0NHS09TV1teMjY6PkJGSk5SVlpeHdSXPzYhuSlL0rUvPXGFL_oq8f-d28A';
const ORIGINAL =
  'gAAAAABlU_EAAAECAwQFBgcICQoLDA0ODzT5jwcR2ypghgir8ah0_I2tvoAzkvPma29wpWXKnOrzapwXuJmRDA5JAf205v4r8zndnXH01rjnDgaavUHnViU=';

const passphrases = new ExportPassphrases();

describe('passphrases of exported secrets', () => {
  it('open what was written elsewhere, by us and by the original', async () => {
    const opener = passphrases.opener('correct horse');
    expect(await opener.open(OURS)).toBe('hunter2');
    expect(await opener.open(ORIGINAL)).toBe('hunter2 from the original');
  });

  it('give every export a salt and every value a text of its own', async () => {
    const [one, two] = [await passphrases.sealer('correct horse'), await passphrases.sealer('correct horse')];
    const texts = [one.seal('same'), one.seal('same'), two.seal('same')];
    expect(new Set(texts).size).toBe(3);
    const salts = texts.map((text) => Buffer.from(text, 'base64url').subarray(1, 17).toString('hex'));
    expect(new Set(salts).size).toBe(2);

    const opener = passphrases.opener('correct horse');
    for (const text of texts) expect(await opener.open(text)).toBe('same');
  });

  it('do not open with another passphrase', async () => {
    const opener = passphrases.opener('correct house');
    await expect(opener.open(OURS)).rejects.toThrow(EnvelopeError);
    await expect(opener.open(ORIGINAL)).rejects.toThrow(EnvelopeError);
  });

  it('do not depend on how an accent was typed', async () => {
    const sealed = (await passphrases.sealer('caf\u00e9')).seal('x');
    expect(await passphrases.opener('cafe\u0301').open(sealed)).toBe('x');
  });

  it('keep any text, the byte order mark included', async () => {
    const sealer = await passphrases.sealer('p');
    const opener = passphrases.opener('p');
    for (const text of ['', '\ufeffmark', '{"a": "ü\u0000"}', '𝄞'])
      expect(await opener.open(sealer.seal(text))).toBe(text);
  });

  it('do not let a file order one derivation after the other', async () => {
    const opener = passphrases.opener('p');
    const bytes = Buffer.from(OURS, 'base64url');
    const texts = Array.from({ length: 10 }, (_, index) => {
      bytes[1] = index;
      return bytes.toString('base64url');
    });
    const outcomes = await Promise.allSettled(texts.map((text) => opener.open(text)));
    const faults = outcomes.map(
      (outcome) => outcome.status === 'rejected' && outcome.reason instanceof EnvelopeError && outcome.reason.fault,
    );
    expect(faults.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 'unauthentic'));
    expect(faults.slice(8)).toEqual(Array.from({ length: 2 }, () => 'unsupported'));
  }, 30_000);
});
