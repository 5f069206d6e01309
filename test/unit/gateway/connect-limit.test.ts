import { expect, test } from 'vitest'
import { addressKey, createConnectLimit, takeConnect } from '../../../gateway/broker/connect-limit.ts'

test('an address gets its burst, then its rate, and others are not affected', () => {
  const limit = createConnectLimit(10, 5)
  const taken = Array.from({ length: 20 }, () => takeConnect(limit, '192.0.2.1', 1000))
  expect(taken.filter(Boolean)).toHaveLength(5)
  expect(takeConnect(limit, '192.0.2.2', 1000)).toBe(true)
  expect(takeConnect(limit, '192.0.2.1', 1050)).toBe(false)
  expect(takeConnect(limit, '192.0.2.1', 1100)).toBe(true)
  expect(takeConnect(limit, '192.0.2.1', 1101)).toBe(false)
})

test('a bucket never holds more than its burst, however long it was quiet', () => {
  const limit = createConnectLimit(10, 3)
  takeConnect(limit, '192.0.2.1', 0)
  const taken = Array.from({ length: 10 }, () => takeConnect(limit, '192.0.2.1', 3_600_000))
  expect(taken.filter(Boolean)).toHaveLength(3)
})

test('remembers a bounded number of addresses and forgets the quietest', () => {
  const limit = createConnectLimit(1, 1, 3)
  for (const last of [1, 2, 3]) takeConnect(limit, `192.0.2.${last}`, 0)
  takeConnect(limit, '192.0.2.1', 1)
  takeConnect(limit, '192.0.2.4', 2)
  expect([...limit.buckets.keys()]).toEqual(['192.0.2.3', '192.0.2.1', '192.0.2.4'])
})

test('an IPv6 subscriber cannot get round the limit by changing the lower half of the address', () => {
  expect(addressKey('2001:db8:1:2:aaaa::1')).toBe(addressKey('2001:db8:1:2::7'))
  expect(addressKey('2001:db8:1:2:aaaa::1')).not.toBe(addressKey('2001:db8:1:3:aaaa::1'))
  expect(addressKey('2001:0db8::1')).toBe(addressKey('2001:db8::2'))
  expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
  expect(addressKey('::1')).toBe('0:0:0:0::/64')
})

test('an IPv4 address in IPv6 clothes is the same address', () => {
  expect(addressKey('::ffff:192.0.2.9')).toBe(addressKey('192.0.2.9'))
})
