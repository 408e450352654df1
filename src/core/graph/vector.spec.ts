import type { Vector } from './vector.js';
import { changedChunks, elementAt, emptyVector, vectorOf, withElement } from './vector.js';

type Written = { readonly n: number };

function written(vector: Vector<Written>, ...places: readonly number[]): Vector<Written> {
  return places.reduce((all, place) => withElement(all, place, { n: place }), vector);
}

const placesOf = (chunks: readonly { readonly place: number }[]): readonly number[] => chunks.map(({ place }) => place);

describe('the chunks in which two versions of a vector differ', () => {
  it('are those that were written to, once each', () => {
    const before = written(emptyVector(), ...Array(5000).keys());
    const after = written(before, 3, 5, 4711, 4712);
    expect(placesOf(changedChunks(before, after))).toEqual([0, 294]);
    expect(changedChunks(after, after)).toEqual([]);
  });

  it('are found when the vector became deeper meanwhile', () => {
    const before = written(emptyVector(), 1, 2, 3);
    const after = written(before, 300, 70_000);
    expect(placesOf(changedChunks(before, after))).toEqual([18, 4375]);
  });

  it.each([0, 1, 16, 17, 256, 4097])('make the vector again from nothing, with %d places', (size) => {
    const places = [...Array(size).keys()].filter((place) => place % 3 !== 1);
    const vector = written(emptyVector(), ...places);
    const stored = JSON.parse(JSON.stringify(changedChunks(emptyVector<Written>(), vector))) as Parameters<
      typeof vectorOf<Written>
    >[0];
    const again = vectorOf(stored);
    const all = [...Array(size + 20).keys()];
    expect(all.map((place) => elementAt(again, place))).toEqual(all.map((place) => elementAt(vector, place)));
  });
});
