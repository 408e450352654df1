import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { join, normalize } from 'node:path';
import { DEFAULT_ARCHIVE_LIMITS } from './archive-limits.js';
import { ArchiveProblem } from './archive-problem.js';
import { entryPath } from './entry-path.js';

const SEED = 20_260_101;
const part = fc.oneof(
  fc.constantFrom('.', '..', '', 'a', 'b.yaml', 'C:', '...', '. .', 'ü', '～', '%2e%2e', '..\\', '\u0000', '‥'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const name = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'));

function outcomeOf(raw: Uint8Array): { path: string; refusal: string } {
  try {
    return { path: entryPath(raw, DEFAULT_ARCHIVE_LIMITS).path, refusal: 'none' };
  } catch (error) {
    return { path: '', refusal: error instanceof ArchiveProblem ? error.reason : 'something else' };
  }
}

describe('entryPath', () => {
  it('gives a path below the root, or refuses', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          name.map((text) => Buffer.from(text)),
          fc.uint8Array({ maxLength: 40 }),
        ),
        (raw) => {
          const outcome = outcomeOf(raw);
          const joined = join('/root/of/it', outcome.path);
          expect(joined === '/root/of/it' || joined.startsWith('/root/of/it/')).toBe(true);
          expect(outcome.path === '' ? '.' : outcome.path).toBe(normalize(outcome.path));
          expect(outcome.path.split('/')).not.toContain('..');
          expect(outcome.path).not.toMatch(/[\p{Cc}\\]/u);
          expect(['none', 'path']).toContain(outcome.refusal);
        },
      ),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('keeps plain names as they are', () => {
    const plain = fc.stringMatching(/^[a-z0-9_ü-]{1,20}(\.[a-z]{1,4})?$/);
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 10 }), fc.boolean(), (parts, endsWithSlash) => {
        const path = parts.join('/');
        const raw = Buffer.from(endsWithSlash ? `${path}/` : path);
        expect(entryPath(raw, DEFAULT_ARCHIVE_LIMITS)).toEqual({ path, endsWithSlash });
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
