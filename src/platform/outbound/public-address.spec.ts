import { describe, expect, it } from '@jest/globals';
import { isPublicAddress } from './public-address.js';

describe('isPublicAddress', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.0.1',
    '100.128.0.1',
    '169.253.1.1',
    '198.17.0.1',
  ])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each(['2606:4700::1111', '2a00:1450:4001::200e', '2400:cb00::1'])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['this network', '0.0.0.0', '0.1.2.3'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ['loopback', '127.0.0.1', '127.255.255.254'],
    ['link-local and cloud metadata', '169.254.169.254', '169.254.0.1'],
    ['other metadata', '168.63.129.16', '100.100.100.200', '192.0.0.192'],
    ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
    ['protocol assignments', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
    ['benchmarks and documentation', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1'],
    ['multicast, reserved, broadcast', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ['IPv6 unspecified and loopback', '::', '::1', '0:0:0:0:0:0:0:1'],
    ['IPv6 local', 'fe80::1', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'fdff::1'],
    ['IPv6 multicast', 'ff02::1', 'ff0e::1'],
    ['IPv4 mapped', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::ffff:0:127.0.0.1'],
    ['IPv4 compatible', '::127.0.0.1', '::8.8.8.8', '::7f00:1'],
    ['NAT64', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1'],
    ['6to4 and Teredo', '2002:7f00:1::', '2002:808:808::1', '2001::1', '2001:0:4136:e378::1'],
    [
      'IPv6 special',
      '100::1',
      '2001:2::1',
      '2001:db8::1',
      '2001:10::1',
      '2001:20::1',
      '3fff::1',
      '5f00::1',
      '2620:4f:8000::1',
    ],
    ['IPv6 not handed out', '4000::1', '1000::1', 'e000::1', '200::1'],
    ['zones', 'fe80::1%eth0', '2606:4700::1111%eth0'],
    [
      'no addresses',
      '',
      'localhost',
      '1.2.3',
      '0x7f.1',
      '017700000001',
      '2130706433',
      '1.2.3.4.5',
      '[::1]',
      '1.1.1.1/8',
    ],
  ])('refuses %s', (_, ...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});
