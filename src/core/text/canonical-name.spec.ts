import { describe, expect, it } from '@jest/globals';
import { canonicalName } from './canonical-name.js';

describe('canonicalName', () => {
  it('forgets case', () => {
    expect(canonicalName('Ada.Lovelace')).toBe('ada.lovelace');
  });

  it('takes a compatibility form for the letter it stands for', () => {
    expect(canonicalName('ＡＤＭＩＮ')).toBe('admin');
    expect(canonicalName('CN=\u212Bngström')).toBe('cn=ångström');
  });

  it('takes a composed and a decomposed letter for the same', () => {
    expect(canonicalName('Zoe\u0308')).toBe(canonicalName('ZOË'));
  });

  it('keeps different names apart', () => {
    expect(canonicalName('admin')).not.toBe(canonicalName('adm1n'));
    expect(canonicalName('a.b')).not.toBe(canonicalName('a-b'));
  });
});
