import { distributionOf, PRODUCT } from './product.js';

describe('what the program says of itself', () => {
  it('speaks the release that clients compare with, and its own version beside it', () => {
    expect(PRODUCT).toMatchObject({
      edition: 'premium',
      version: '7.1.0',
      build: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  it.each([
    ['ID=debian\nVERSION_CODENAME=bookworm\n', { distribution: 'debian', distro_release: 'bookworm' }],
    ['ID="rhel"\nVERSION_ID="9.4"\n', { distribution: 'rhel', distro_release: '9.4' }],
    ["NAME='Odd OS'\nID='odd'\n", { distribution: 'odd', distro_release: null }],
    ['', { distribution: null, distro_release: null }],
  ])('reads the system from %j', (text, expected) => {
    expect(distributionOf(text)).toEqual(expected);
  });
});
