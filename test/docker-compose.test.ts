/** docker-compose.yml, read and not started: its variables are the demo's, and its parts fit together. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { ConfigError, readConfig, VARIABLES } from '../src/demo/config.ts'

interface Service {
  environment?: Record<string, string | null>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test: string[] }
  ports?: string[]
}
interface ComposeFile {
  services: Record<string, Service>
  networks: { default: { ipam: { config: Array<{ subnet: string }> } } }
  configs: { proxy: { content: string } }
}

const text = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8')
const { services, networks, configs } = parse(text, { merge: true }) as ComposeFile
const nodes = ['node-a', 'node-b'] as const
const environmentOf = (name: string): Record<string, string | null> => services[name]?.environment ?? {}

/** As compose passes it on where the caller has set nothing: `${NAME:-default}` is the default, an empty value is absent. */
function fillIn (environment: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, value]) =>
    value === null ? [] : [[name, value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')]]))
}

t.test('every variable of the nodes is one that the demo reads, and none is missing', async (t) => {
  // Where the embedded database lives means nothing beside DATABASE_URL.
  const expected = VARIABLES.filter((name) => name !== 'DATA_DIR').sort()
  for (const node of nodes) t.same(Object.keys(environmentOf(node)).sort(), expected, node)
})

t.test('the demo accepts these variables, and the nodes are one cluster', async (t) => {
  const [a, b] = nodes.map((node) => readConfig(fillIn(environmentOf(node))))
  t.same(a, b, 'same database, Redis and secret')
  t.equal(a?.host, '0.0.0.0')
  t.equal(new URL(a?.databaseUrl ?? '').hostname, 'postgres')
  t.equal(new URL(a?.redisUrl ?? '').hostname, 'redis')
  t.same(a?.trustProxy, [networks.default.ipam.config[0]?.subnet], 'the proxy is believed')
  t.throws(() => readConfig({ ...fillIn(environmentOf('node-a')), PORT: 'x' }), ConfigError, 'the check is a real one')
})

t.test('everything is healthy before what needs it starts', async (t) => {
  for (const [name, service] of Object.entries(services)) {
    t.ok(service.healthcheck, `${name} has a health check`)
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.ok(services[needed], `${name} depends on ${needed}, which exists`)
      t.equal(condition, 'service_healthy')
    }
  }
  for (const node of nodes) t.same(Object.keys(services[node]?.depends_on ?? {}).sort(), ['postgres', 'redis'])
  t.same(Object.keys(services['proxy']?.depends_on ?? {}).sort(), [...nodes])
})

t.test('the proxy passes sockets and the client\'s address on to both nodes', async (t) => {
  const { content } = configs.proxy
  for (const node of nodes) t.match(content, `server ${node}:${environmentOf(node)['PORT']}`)
  t.match(content, 'proxy_set_header X-Forwarded-For $$remote_addr;')
  t.match(content, 'proxy_set_header Upgrade $$http_upgrade;')
  t.notMatch(content.replaceAll('$$', ''), /\$/, 'compose would fill in a variable with a single dollar sign')
})

t.test('ports are open to this machine only, and the file says that it was not started', async (t) => {
  for (const service of Object.values(services)) {
    for (const port of service.ports ?? []) t.match(port, /^127\.0\.0\.1:/)
  }
  t.match(text, 'NOT STARTED BY US')
})
