import { describe, expect, it } from '@jest/globals';
import { BadParametersError } from '../errors/app-error.js';
import { canonicalIp, clientAddressOf, isInRanges, parseAddressRanges } from './client-address.js';

const proxies = parseAddressRanges(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);
const from = (remoteAddress: string | undefined, forwardedFor?: string | readonly string[]) =>
  clientAddressOf({ remoteAddress, forwardedFor }, proxies);

describe('clientAddressOf', () => {
  it('takes the peer of the connection where no proxy is trusted, whatever the header says', () => {
    expect(clientAddressOf({ remoteAddress: '203.0.113.9', forwardedFor: '1.1.1.1' }, [])).toBe('203.0.113.9');
  });

  it('ignores a header that a stranger sends', () => {
    expect(from('203.0.113.9', '127.0.0.1')).toBe('203.0.113.9');
  });

  it('takes the header from a trusted proxy', () => {
    expect(from('10.1.2.3', '203.0.113.9')).toBe('203.0.113.9');
    expect(from('192.0.2.7', '2001:DB8:0::1')).toBe('2001:db8::1');
  });

  it('does not trust the neighbour of a proxy given as a single address', () => {
    expect(from('192.0.2.8', '203.0.113.9')).toBe('192.0.2.8');
  });

  it('takes the right-most untrusted entry: what stands left of it is the client’s invention', () => {
    expect(from('10.1.2.3', '127.0.0.1, 198.51.100.4, 203.0.113.9, 10.9.9.9')).toBe('203.0.113.9');
  });

  it('reads several headers as one list', () => {
    expect(from('10.1.2.3', ['198.51.100.4', '203.0.113.9, 10.9.9.9'])).toBe('203.0.113.9');
  });

  it('sees through IPv4 inside IPv6, in the peer and in the header', () => {
    expect(from('::ffff:10.1.2.3', '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(from('::ffff:203.0.113.9', '1.1.1.1')).toBe('203.0.113.9');
    expect(from('10.1.2.3', '198.51.100.4, ::ffff:a09:909')).toBe('198.51.100.4');
  });

  it.each([
    'unknown',
    '_hidden',
    '',
    '127.1',
    '010.0.0.1',
    '0x7f000001',
    '203.0.113.9 127.0.0.1',
    '1.2.3.4.5',
    '<script>',
  ])('stops at the trusted hop that wrote %j', (garbage) => {
    expect(from('10.1.2.3', `198.51.100.4, ${garbage}`)).toBe('10.1.2.3');
    expect(from('10.1.2.3', `198.51.100.4, ${garbage}, 10.7.7.7`)).toBe('10.7.7.7');
  });

  it('drops the port that some proxies write', () => {
    expect(from('10.1.2.3', '203.0.113.9:4711')).toBe('203.0.113.9');
    expect(from('10.1.2.3', '[2001:db8::1]:4711')).toBe('2001:db8::1');
    expect(from('10.1.2.3', '[2001:db8::1]')).toBe('2001:db8::1');
  });

  it('takes the farthest proxy when every hop is one', () => {
    expect(from('10.1.2.3', '10.0.0.1, 10.0.0.2')).toBe('10.0.0.1');
  });

  it('takes the proxy itself when it sends no header', () => {
    expect(from('10.1.2.3')).toBe('10.1.2.3');
  });

  it('knows nothing of a peer that is gone', () => {
    expect(from(undefined, '1.1.1.1')).toBeNull();
  });

  it('drops the zone of a link-local peer', () => {
    expect(from('fe80::1%eth0', '1.1.1.1')).toBe('fe80::1');
  });
});

describe('parseAddressRanges', () => {
  it('names every entry that is no address and no network', () => {
    const entries = ['10.0.0.0/8', 'proxy.example.org', '10.0.0.0/33', '127.1', ''];
    expect(() => parseAddressRanges(entries)).toThrow(BadParametersError);
    expect(() => parseAddressRanges(entries)).toThrow('proxy.example.org, 10.0.0.0/33, 127.1, ');
  });

  it.each(['0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96'])('refuses to trust everybody: %s', (everybody) => {
    expect(() => parseAddressRanges([everybody])).toThrow(everybody);
  });

  it('reads an IPv4 network written inside IPv6', () => {
    const ranges = parseAddressRanges(['::ffff:10.0.0.0/104']);
    expect(isInRanges('10.200.0.1', ranges)).toBe(true);
    expect(isInRanges('11.0.0.1', ranges)).toBe(false);
  });

  it('keeps the families apart', () => {
    expect(isInRanges('::1', parseAddressRanges(['127.0.0.1']))).toBe(false);
    expect(isInRanges('not an address', parseAddressRanges(['127.0.0.1']))).toBe(false);
  });
});

describe('canonicalIp', () => {
  it('writes an address in one way', () => {
    expect(canonicalIp('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonicalIp('::FFFF:127.0.0.1')).toBe('127.0.0.1');
    expect(canonicalIp('::ffff:7f00:1')).toBe('127.0.0.1');
    expect(canonicalIp('255.249.199.0')).toBe('255.249.199.0');
    for (const text of ['localhost', '256.0.0.1', '01.2.3.4', '1.2.3', '::ffff:1.2.3', '1.2.3.4\n', ' 1.2.3.4']) {
      expect(canonicalIp(text)).toBeNull();
    }
  });
});
