/** Where addresses are: what the vendors' files look like, several of them, precision, and files that change or break. */
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { openPlaces, type Places } from '../../src/notices/places.ts'
import { GEOIP_DEFAULTS, type ResolvedGeoip } from '../../src/options/geoip.ts'
import { createManualClock, until, type ManualClock } from '../helpers/manual-clock.ts'
import { buildMmdb, mmdbFile, newFile } from '../helpers/mmdb.ts'

const FLAT = { country_code: 'GB' }
const NESTED = {
  country: { iso_code: 'DE', names: { en: 'Germany', de: 'Deutschland' } },
  subdivisions: [{ iso_code: 'BE', names: { en: 'Land Berlin' } }],
  city: { names: { en: 'Berlin' } },
  location: { latitude: 52.5196, longitude: 13.4069 }
}
const CITY_FLAT = { country_code: 'FR', state1: 'Île-de-France', city: 'Paris', latitude: 48.8534, longitude: 2.3488 }

async function open (t: Test, files: string | readonly string[], options: Partial<ResolvedGeoip> = {}): Promise<{ places: Places, clock: ManualClock, warnings: string[] }> {
  const clock = createManualClock()
  const warnings: string[] = []
  const places = await openPlaces({ geoip: { ...GEOIP_DEFAULTS, ...options, files: [files].flat() }, clock, onWarning: (message) => { warnings.push(message) } })
  t.teardown(places.close)
  return { places, clock, warnings }
}

t.test('flat and nested records are both read', async (t) => {
  const { places, warnings } = await open(t, mmdbFile(t, { '81.2.69.0/24': FLAT, '2001:db8::/32': NESTED, '192.0.2.0/24': CITY_FLAT }))
  t.same(places.of('81.2.69.142').location, { countryCode: 'GB', country: 'United Kingdom', region: null, city: null }, 'a country has a name, though the file has none')
  t.same(places.of('2001:db8::1').location, { countryCode: 'DE', country: 'Germany', region: 'Land Berlin', city: 'Berlin', latitude: 52.5, longitude: 13.4 })
  t.same(places.of('192.0.2.7').location, { countryCode: 'FR', country: 'France', region: 'Île-de-France', city: 'Paris', latitude: 48.9, longitude: 2.3 })
  for (const ip of [null, '10.0.0.1', '::1', 'fe80::1', 'no address']) t.equal(places.of(ip).location, null, String(ip))
  t.equal(places.of('64:ff9b::5102:458e').location?.countryCode, 'GB', 'through a NAT64 gateway')
  t.same(warnings, [])
})

t.test('a file of IPv4 addresses knows none of IPv6', async (t) => {
  const { places } = await open(t, mmdbFile(t, { '0.0.0.0/1': FLAT, '128.0.0.0/1': FLAT }, { ipVersion: 4 }))
  t.equal(places.of('81.2.69.142').location?.countryCode, 'GB')
  t.equal(places.of('2001:db8::1').location, null)
})

t.test('several files add up: places from one, networks and anonymisers from others', async (t) => {
  const files = [
    mmdbFile(t, { '81.2.69.0/24': FLAT }),
    mmdbFile(t, { '81.2.69.0/24': { country: { iso_code: 'GB' }, city: { names: { en: 'London' } } } }),
    mmdbFile(t, { '81.2.69.0/25': { is_anonymous: true, is_tor_exit_node: true } }),
    mmdbFile(t, { '81.2.69.0/24': { traits: { is_hosting_provider: true }, autonomous_system_organization: 'Example Hosting' } })
  ]
  const { places } = await open(t, files)
  t.same(places.of('81.2.69.1'), { location: { countryCode: 'GB', country: 'United Kingdom', region: null, city: 'London' }, anonymous: ['tor'], datacentre: true, organization: 'Example Hosting' })
  t.same(places.of('81.2.69.200').anonymous, [])
})

t.test('a second file that sees another country adds no city of it', async (t) => {
  const { places } = await open(t, [mmdbFile(t, { '81.2.69.0/24': FLAT }), mmdbFile(t, { '81.2.69.0/24': NESTED })])
  t.same(places.of('81.2.69.1').location, { countryCode: 'GB', country: 'United Kingdom', region: null, city: null })
})

t.test('no more is known than the precision allows', async (t) => {
  const file = mmdbFile(t, { '2001:db8::/32': { ...NESTED, traits: { is_vpn: 'true' } } })
  const at = async (precision: ResolvedGeoip['precision']): Promise<unknown> => (await open(t, file, { precision })).places.of('2001:db8::1').location
  t.same(await at('country'), { countryCode: 'DE', country: 'Germany', region: null, city: null })
  t.same(await at('region'), { countryCode: 'DE', country: 'Germany', region: 'Land Berlin', city: null, latitude: 53, longitude: 13 })
  t.equal(await at('none'), null)
  t.same((await open(t, file, { precision: 'none' })).places.of('2001:db8::1').anonymous, ['vpn'], 'anonymisers are no places')
})

t.test('what a file holds leaves no control characters, and is never long', async (t) => {
  const { places } = await open(t, mmdbFile(t, { '81.2.69.0/24': { country_code: 'gb', city: `Lon\r\n\u0000don${'x'.repeat(150)}` } }))
  t.match(places.of('81.2.69.1').location, { countryCode: 'GB', city: /^Londonx{94}$/ })
})

t.test('a file that is missing or broken is a start-up error that says so', async (t) => {
  const good = buildMmdb({ '81.2.69.0/24': FLAT, '192.0.2.0/24': CITY_FLAT })
  const write = (content: Buffer | string): string => {
    const path = newFile(t)
    writeFileSync(path, content)
    return path
  }
  const refused = { code: 'SESSION_GEOIP_UNREADABLE', message: /option "geoip".*Remedy/ }
  await t.rejects(open(t, '/nowhere/at-all.mmdb'), { ...refused, message: /there is no file \/nowhere\/at-all\.mmdb/ })
  await t.rejects(open(t, t.testdir()), refused, 'a folder')
  for (const content of ['', 'hello', good.subarray(0, 40), good.subarray(40), good.subarray(0, -20), Buffer.alloc(10_000), Buffer.from('\x1f\x8b\x08 packed')]) {
    await t.rejects(open(t, write(content)), refused, `${content.length} bytes`)
  }
  await t.rejects(open(t, [mmdbFile(t, { '81.2.69.0/24': FLAT }), '/nowhere/second.mmdb']), refused, 'the second of two')
})

t.test('a file that changes is read again; one that breaks or goes is said once, and the old one stays', async (t) => {
  const path = mmdbFile(t, { '81.2.69.0/24': FLAT })
  const { places, warnings } = await open(t, path)
  const country = (): string | null | undefined => places.of('81.2.69.1').location?.countryCode

  const replaceBy = (content: Buffer | string, second: number): void => {
    writeFileSync(`${path}.new`, content)
    utimesSync(`${path}.new`, second, second)
    renameSync(`${path}.new`, path)
  }
  replaceBy(buildMmdb({ '81.2.69.0/24': { country_code: 'SE' } }), 1)
  await places.refresh()
  t.equal(country(), 'SE')

  replaceBy('half of a fi', 2)
  await places.refresh()
  await places.refresh()
  t.equal(country(), 'SE')
  t.match(warnings, [/has changed and can not be read any more/])
  t.equal(warnings.length, 1, 'once')

  rmSync(path)
  await places.refresh()
  await places.refresh()
  t.equal(country(), 'SE')
  t.equal(warnings.length, 2)

  writeFileSync(path, buildMmdb({ '81.2.69.0/24': { country_code: 'NO' } }))
  await places.refresh()
  t.equal(country(), 'NO', 'and is found when it is back')
})

t.test('whether a file has changed is looked at again and again', async (t) => {
  const path = mmdbFile(t, { '81.2.69.0/24': FLAT })
  const { places, clock } = await open(t, path, { checkEveryMs: 1_000 })
  writeFileSync(path, buildMmdb({ '81.2.69.0/24': { country_code: 'SE', more: 'so that it has another size' } }))
  clock.advance(1_000)
  await until(() => places.of('81.2.69.1').location?.countryCode === 'SE')
  t.pass('it was read')
})
