import { filledTemplate } from './id-template.js';

const VALUES = { group_id: 'g', uuid: 'u-1', blueprint_id: 'bp', count: 3, site_name: '' };

describe('the id of a new deployment of a group', () => {
  it('is its template with the placeholders filled', () => {
    expect(filledTemplate('{group_id}-{blueprint_id}-{count}{site_name}', VALUES)).toBe('g-bp-3');
    expect(filledTemplate('{uuid}{uuid}', VALUES)).toBe('u-1u-1');
    expect(filledTemplate('plain', VALUES)).toBe('plain');
  });

  it.each(['{other}', '{}', '{toString}', '{group_id.x}'])('has no placeholder %s', (template) => {
    expect(() => filledTemplate(template, VALUES)).toThrow('Unknown placeholder');
  });
});
