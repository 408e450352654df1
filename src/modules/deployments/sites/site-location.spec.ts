import { readLocation } from './site-location.js';

describe('the location of a site', () => {
  it.each([
    ['34.8,32.0', 34.8, 32],
    [' -90 , +180 ', -90, 180],
    ['0,.5', 0, 0.5],
  ])('reads %j', (text, latitude, longitude) => {
    expect(readLocation(text)).toEqual({ latitude, longitude });
  });

  it('is nowhere for an empty text', () => {
    expect(readLocation('')).toEqual({ latitude: null, longitude: null });
  });

  it.each([
    '1',
    '1,2,3',
    'a,b',
    '90.1,0',
    '0,180.1',
    '1e1,2',
    'NaN,NaN',
    'Infinity,0',
    ',',
    '0x10,1',
    `${'1'.repeat(300)},1`,
  ])('refuses %j', (text) => {
    expect(() => readLocation(text)).toThrow('Invalid location');
  });
});
