/** Command lines, libraries and SDKs: what a program says of itself that no browser and no app is. */
import { productText } from './text.ts'

/** By the product that their User-Agent starts with, in lower case, where people call it otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  curl: 'curl',
  libcurl: 'curl',
  pycurl: 'PycURL',
  wget: 'Wget',
  wget2: 'Wget',
  aria2: 'aria2',
  httpie: 'HTTPie',
  xh: 'xh',
  hurl: 'Hurl',
  k6: 'k6',
  wrk: 'wrk',
  hey: 'hey',
  vegeta: 'Vegeta',
  apachebench: 'ApacheBench',
  siege: 'Siege',
  lynx: 'Lynx',
  elinks: 'ELinks',
  links: 'Links',
  w3m: 'w3m',
  postmanruntime: 'Postman',
  insomnia: 'Insomnia',
  bruno: 'Bruno',
  'bruno-runtime': 'Bruno',
  hoppscotch: 'Hoppscotch',
  'intellij http client': 'IntelliJ HTTP Client',
  axios: 'axios',
  got: 'got (Node.js)',
  ky: 'ky',
  needle: 'needle (Node.js)',
  'node-fetch': 'node-fetch',
  node: 'Node.js',
  'node.js': 'Node.js',
  undici: 'Node.js',
  'node-superagent': 'superagent',
  deno: 'Deno',
  bun: 'Bun',
  python: 'Python',
  'python-requests': 'Python requests',
  'python-urllib': 'Python urllib',
  'python-urllib3': 'Python urllib3',
  'python-httpx': 'Python httpx',
  aiohttp: 'Python aiohttp',
  scrapy: 'Scrapy',
  'go-http-client': 'Go program',
  'go http package': 'Go program',
  'go-resty': 'Go resty',
  fasthttp: 'Go fasthttp',
  java: 'Java program',
  'java-http-client': 'Java program',
  'apache-httpclient': 'Java program',
  'apache-httpasyncclient': 'Java program',
  'jakarta commons-httpclient': 'Java program',
  reactornetty: 'Java program',
  jersey: 'Java Jersey',
  guzzlehttp: 'PHP Guzzle',
  guzzle: 'PHP Guzzle',
  php: 'PHP',
  'php-soap': 'PHP SOAP',
  'symfony httpclient': 'PHP Symfony',
  ruby: 'Ruby',
  faraday: 'Ruby Faraday',
  'rest-client': 'Ruby REST client',
  'http.rb': 'Ruby http.rb',
  typhoeus: 'Ruby Typhoeus',
  reqwest: 'Rust reqwest',
  hyper: 'Rust hyper',
  ureq: 'Rust ureq',
  restsharp: 'RestSharp',
  hackney: 'Erlang hackney',
  mint: 'Elixir Mint',
  'lua-resty-http': 'Lua',
  'libwww-perl': 'Perl',
  'lwp::simple': 'Perl',
  'www-mechanize': 'Perl',
  'mojolicious (perl)': 'Perl',
  git: 'Git',
  'git-lfs': 'Git LFS',
  jgit: 'JGit',
  'github-cli': 'GitHub CLI',
  gh: 'GitHub CLI',
  svn: 'Subversion',
  mercurial: 'Mercurial',
  kubectl: 'kubectl',
  helm: 'Helm',
  docker: 'Docker',
  'docker-client': 'Docker',
  containerd: 'containerd',
  'aws-cli': 'AWS CLI',
  boto3: 'AWS SDK (Python)',
  botocore: 'AWS SDK (Python)',
  azurecli: 'Azure CLI',
  gcloud: 'gcloud',
  'google-cloud-sdk': 'gcloud',
  gsutil: 'gsutil',
  terraform: 'Terraform',
  opentofu: 'OpenTofu',
  gitlab: 'GitLab',
  prometheus: 'Prometheus',
  grafana: 'Grafana',
  vscode: 'VS Code',
  'vscode-restclient': 'VS Code REST Client',
  hashicorp: 'HashiCorp tool',
  ansible: 'Ansible',
  'ansible-httpget': 'Ansible',
  npm: 'npm',
  yarn: 'Yarn',
  pnpm: 'pnpm',
  pip: 'pip',
  uv: 'uv',
  poetry: 'Poetry',
  twine: 'Twine',
  conda: 'conda',
  composer: 'Composer',
  cargo: 'Cargo',
  bundler: 'Bundler',
  rubygems: 'RubyGems',
  nuget: 'NuGet',
  maven: 'Maven',
  'apache-maven': 'Maven',
  gradle: 'Gradle',
  homebrew: 'Homebrew',
  'debian apt-http': 'apt',
  libdnf: 'dnf',
  rclone: 'rclone',
  restic: 'restic',
  microsoft: 'Microsoft client',
  powershell: 'PowerShell'
}

/** Parts of a product's name that only programs for programmers have. */
const KIND =
  /(?:^|[-_./ ])(?:cli|sdk|ctl|curl|https?|client|requests?|fetch|lib|library|api|agent|provider|exporter|operator|controller|runner|plugin|proxy|rest|soap|rpc|grpc|mcp)(?:$|[-_./ ])|(?:ctl|sdk|httpclient|cli|-go|-js|-node|-python|-java|-ruby|-php|-rs|\.js|\.py|\.rb|\.net|\.python|\.ruby|client|codegen|generator|bindings|exporter|probe|crawler)$|^(?:go|py|python|node|php|ruby|java|perl|lib|lua|rust|aws|azsdk|apache|http)[-_.]/i

/** What languages and their libraries add behind a program's name. */
const RUNTIME =
  /\w+bindings\/|\b(?:c?python|pypy|ruby|php|perl|node(?:\.js)?|nodejs|go|golang|java|jdk|openjdk|jvm|scala|dotnet|\.net(?: core| clr)?|rust|curl|libcurl|openssl|requests|urllib3|axios|guzzlehttp|botocore|aiohttp|httpx|faraday|apache-httpclient|deno|bun|lang|typescript)[/ ]v?\d|\bgo1\.\d|\.net \d|\b(?:lang|md|api|os|exec-env|cfg)\/[\w.#-]+|\((?:[^()]*[;, ])?(?:linux|darwin|windows|win32|freebsd)[/_; -]{1,2}(?:amd64|x64|x86_64|arm64|aarch64|386)\b|\((?:gzip|tar\.gz|java\/|ruby|python|php|node|go)|linux-gnu|\blinux[/-](?:amd64|arm64)|\bdarwin\/(?:amd64|arm64)\b/i

/** Libraries that apps for phones are built with say nothing of the app. */
const LIBRARIES_OF_APPS: Readonly<Record<string, string>> = {
  okhttp: 'Android app',
  'ktor-client': 'Ktor app',
  ktor: 'Ktor app',
  dart: 'Flutter app',
  unityplayer: 'Unity app',
  exoplayer: 'Android app',
  exoplayerlib: 'Android app',
  cronet: 'Android app'
}

/** The tool that is known by what its User-Agent starts with. */
export function knownTool (userAgent: string): string | null {
  if (/PowerShell\//.test(userAgent)) return 'PowerShell'
  if (/^Mozilla\/\S+ \(.{1,60}\) AppleWebKit\/\S+ \(KHTML, like Gecko\) jsdom\//.test(userAgent)) return 'jsdom'
  const product = productOf(userAgent)
  return Object.hasOwn(NAMES, product) ? NAMES[product] ?? null : null
}

/** The library that an app was built with, and that alone. */
export function appLibrary (userAgent: string): string | null {
  const product = productOf(userAgent)
  return Object.hasOwn(LIBRARIES_OF_APPS, product) ? LIBRARIES_OF_APPS[product] ?? null : null
}

/** A tool by the look of it: `acme-sdk-go/1.2 (linux/amd64)`, `acme/2.1 Python/3.12`. */
export function toolByKind (userAgent: string): string | null {
  const [, product = ''] = /^([^/()]{1,60}?)(?:\/| v?\d|\s*\(|$)/.exec(userAgent) ?? []
  if (!KIND.test(product) && !RUNTIME.test(userAgent.slice(product.length))) return null
  return productText(product.replace(/^@/, '').replace(/^github\.com$/i, ''))
}

/** People's apps write their names with a capital, commands are typed in small letters: `wrangler/3.22.4`. */
export function commandName (userAgent: string): string | null {
  return /^([a-z][a-z0-9_-]{1,30})\/v?\d[\w.+-]*(?: |$)/.exec(userAgent)?.[1] ?? null
}

function productOf (userAgent: string): string {
  const [, named = ''] = /^([^/()]{1,60}?)(?:\/| v?\d|\s*\(|$)/.exec(userAgent) ?? []
  const name = named.toLowerCase()
  if (Object.hasOwn(NAMES, name)) return name
  return /^([^/\s()]{1,60})(?:\/|\s|$)/.exec(userAgent)?.[1]?.toLowerCase() ?? ''
}
