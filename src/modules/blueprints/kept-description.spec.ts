import { keptDescription, MAX_DESCRIPTION_LENGTH } from './kept-description.js';

describe('the description of a record', () => {
  it('is the whole one, unless that is longer than anybody reads', () => {
    expect(keptDescription('')).toBe('');
    const longest = 'd'.repeat(MAX_DESCRIPTION_LENGTH);
    expect(keptDescription(longest)).toBe(longest);
    const kept = keptDescription(`${longest}d`);
    expect(kept).toHaveLength(MAX_DESCRIPTION_LENGTH);
    expect(kept.endsWith('d…')).toBe(true);
  });

  it('can be stored wherever it is cut', () => {
    const kept = keptDescription(`${'d'.repeat(MAX_DESCRIPTION_LENGTH - 2)}${'\u{1f600}'.repeat(2)}`);
    expect(kept.isWellFormed()).toBe(true);
  });
});
