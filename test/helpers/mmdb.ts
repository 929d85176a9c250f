/** Builds .mmdb files (MaxMind DB 2.0), as small as a test needs them: networks and their records. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import type { Test } from 'tap'

type Value = string | number | boolean | Value[] | { [name: string]: Value }

export interface MmdbOptions {
  /** A tree of IPv4 addresses only holds none of IPv6. @default 6 */
  ipVersion?: 4 | 6
}

/** The bytes of a database: `{'81.2.69.0/24': {country_code: 'GB'}}`. */
export function buildMmdb (networks: Record<string, Value>, { ipVersion = 6 }: MmdbOptions = {}): Buffer {
  const data: Buffer[] = []
  const nodes: Array<[Branch, Branch]> = [[null, null]]
  let dataLength = 0
  for (const [network, record] of Object.entries(networks)) {
    insert(nodes, bitsOf(network, ipVersion), { at: dataLength })
    const bytes = encode(record)
    data.push(bytes)
    dataLength += bytes.length
  }
  const tree = Buffer.alloc(nodes.length * 6)
  nodes.forEach((branches, index) => {
    branches.forEach((branch, side) => { tree.writeUIntBE(recordOf(branch, nodes.length), index * 6 + side * 3, 3) })
  })
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_780_000_000,
    database_type: 'Test',
    description: { en: 'made by a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24
  })
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('ABCDEF4D61784D696E642E636F6D', 'hex'), metadata])
}

/** The same as a file of the test's; gives its path. */
export function mmdbFile (t: Test, networks: Record<string, Value>, options?: MmdbOptions): string {
  const path = newFile(t)
  writeFileSync(path, buildMmdb(networks, options))
  return path
}

/** A path in a folder of its own, which goes with the test. */
export function newFile (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'places-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  return join(folder, 'places.mmdb')
}

/** The number of another node, an offset into the data, or nothing. */
type Branch = number | { at: number } | null

function recordOf (branch: Branch, nodeCount: number): number {
  if (branch === null) return nodeCount
  return typeof branch === 'number' ? branch : nodeCount + 16 + branch.at
}

function insert (nodes: Array<[Branch, Branch]>, bits: readonly number[], leaf: { at: number }): void {
  let node = nodes[0] as [Branch, Branch]
  bits.forEach((bit, depth) => {
    if (depth === bits.length - 1) {
      node[bit as 0 | 1] = leaf
      return
    }
    let next = node[bit as 0 | 1]
    if (typeof next !== 'number') {
      // A wider network around it holds for what this one does not.
      next = nodes.push([next, next]) - 1
      node[bit as 0 | 1] = next
    }
    node = nodes[next] as [Branch, Branch]
  })
}

/** IPv4 is at ::/96 in a tree of IPv6. */
function bitsOf (network: string, ipVersion: 4 | 6): number[] {
  const [address, length] = ipaddr.parseCIDR(network)
  const bits = address.toByteArray().flatMap((byte) => [...byte.toString(2).padStart(8, '0')].map(Number)).slice(0, length)
  return address.kind() === 'ipv4' && ipVersion === 6 ? [...new Array<number>(96).fill(0), ...bits] : bits
}

const TYPES = { string: 2, double: 3, uint32: 6, map: 7, int32: 8, array: 11, boolean: 14 }

function encode (value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([control(TYPES.string, text.length), text])
  }
  if (typeof value === 'boolean') return control(TYPES.boolean, value ? 1 : 0)
  if (typeof value === 'number') return encodeNumber(value)
  if (Array.isArray(value)) return Buffer.concat([control(TYPES.array, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([control(TYPES.map, entries.length), ...entries.flatMap(([name, part]) => [encode(name), encode(part)])])
}

function encodeNumber (value: number): Buffer {
  const bytes = Buffer.alloc(Number.isInteger(value) && value >= 0 ? 4 : 8)
  if (bytes.length === 4) bytes.writeUInt32BE(value)
  else bytes.writeDoubleBE(value)
  return Buffer.concat([control(bytes.length === 4 ? TYPES.uint32 : TYPES.double, bytes.length), bytes])
}

/** Types above 7 are in a second byte; sizes from 29 on, too. */
function control (type: number, size: number): Buffer {
  const short = Math.min(size, 29)
  const bytes = type > 7 ? [short, type - 7] : [(type << 5) | short]
  return Buffer.from(size < 29 ? bytes : [...bytes, size - 29])
}
