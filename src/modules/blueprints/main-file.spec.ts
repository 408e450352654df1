import { describe, expect, it } from '@jest/globals';
import { chooseMainFile } from './main-file.js';

describe('chooseMainFile', () => {
  it('takes the file that was asked for, at any depth', () => {
    expect(chooseMainFile('sub/app.yaml', ['blueprint.yaml', 'sub/app.yaml'])).toEqual({ file: 'sub/app.yaml' });
  });

  it('does not guess when the file that was asked for is missing', () => {
    expect(chooseMainFile('app.yaml', ['blueprint.yaml'])).toEqual({
      problem: expect.stringContaining('app.yaml does not exist'),
    });
  });

  it('takes blueprint.yaml before any other', () => {
    expect(chooseMainFile(null, ['a.yaml', 'blueprint.yaml', 'z.yml'])).toEqual({ file: 'blueprint.yaml' });
  });

  it('takes the only YAML at the top level, whatever lies deeper', () => {
    expect(chooseMainFile(null, ['README.md', 'app.yml', 'sub/other.yaml'])).toEqual({ file: 'app.yml' });
  });

  it.each([
    [['a.yaml', 'b.yaml'], 'several'],
    [['README.md', 'sub/blueprint.yaml'], 'no YAML'],
    [[], 'no YAML'],
  ])('says why it cannot choose among %j', (paths, word) => {
    expect(chooseMainFile(null, paths)).toEqual({ problem: expect.stringContaining(word) });
  });
});
