import { describe, expect, it } from '@jest/globals';
import { fileNameOf, isLoopback, parseTlsAddress, uniqueAddresses } from './tls-address.js';

describe('parseTlsAddress', () => {
  it.each([
    ['Manager.Example.ORG.', 'dns', 'manager.example.org'],
    ['localhost', 'dns', 'localhost'],
    ['my_service', 'dns', 'my_service'],
    ['123456789012', 'dns', '123456789012'],
    ['*.example.org', 'dns', '*.example.org'],
    ['bücher.example', 'dns', 'xn--bcher-kva.example'],
    ['192.0.2.1', 'ip', '192.0.2.1'],
    ['::FFFF:192.0.2.1', 'ip', '192.0.2.1'],
    ['2001:DB8:0:0::1', 'ip', '2001:db8::1'],
  ])('reads %s', (text, kind, value) => {
    expect(parseTlsAddress(text)).toEqual({ kind, value });
  });

  it.each([
    '',
    ' ',
    '127.1',
    '010.0.0.1',
    '10.0.0.0/8',
    'https://example.org',
    'example.org:8443',
    'example..org',
    '-x.org',
    '*.org',
    'a.*.org',
    'fe80::1%eth0',
    '../../etc/passwd',
    'a\u0000b',
    'a/b',
    '_all',
    'x'.repeat(64),
    `${'a.'.repeat(130)}org`,
  ])('refuses %j', (text) => {
    expect(parseTlsAddress(text)).toBeNull();
  });
});

it('gives every address a file name of its own', () => {
  const texts = ['2001:db8::1', '::1', '10.0.0.1', 'localhost', '*.example.org', 'wildcard.example.org', 'example.org'];
  const addresses = texts.map(parseTlsAddress).filter((address) => address !== null);
  const names = addresses.map(fileNameOf);
  expect(names).toEqual([
    '2001_db8__1',
    '__1',
    '10.0.0.1',
    'localhost',
    '_wildcard.example.org',
    'wildcard.example.org',
    'example.org',
  ]);
});

it('keeps each address once, in the order given', () => {
  const texts = ['localhost', 'LOCALHOST', '::1', '0:0:0:0:0:0:0:1'];
  const addresses = texts.map(parseTlsAddress).filter((address) => address !== null);
  expect(uniqueAddresses(addresses).map(({ value }) => value)).toEqual(['localhost', '::1']);
  expect(uniqueAddresses(addresses).every(isLoopback)).toBe(true);
});
