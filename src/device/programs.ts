/** User agents that are no browser: bots, tools, apps. ua-parser-js knows none of them. */
import { appleApp, appOnSystem, namedApp, type App } from './apps.ts'
import { botName, isBareName, isBot, isListedBot } from './bots.ts'
import { inApp } from './in-app.ts'
import { appLibrary, commandName, knownTool, toolByKind } from './tools.ts'
import type { DeviceType, NamedVersion } from '../protocol.ts'

export interface Program {
  deviceName: string
  deviceType: Extract<DeviceType, 'app' | 'cli' | 'bot'>
  os: NamedVersion | null
}

/**
 * The program behind a User-Agent, or null where it looks like a browser (or like nothing at all). What is surer comes
 * first.
 */
export function recogniseProgram (userAgent: string): Program | null {
  if (isBot(userAgent)) return bot(userAgent)
  const desktopApp = electronApp(userAgent)
  if (desktopApp !== undefined) return { deviceName: desktopApp, deviceType: 'app', os: null }
  const tool = knownTool(userAgent)
  if (tool !== null) return cli(tool)
  if (/^(?:Mozilla|Opera)\//i.test(userAgent)) {
    return inApp(userAgent, false) === null && isListedBot(userAgent)
      ? bot(userAgent)
      : null
  }
  const onSystem = appleApp(userAgent) ?? (toolByKind(userAgent) === null ? appOnSystem(userAgent) : null)
  if (onSystem !== null) return app(onSystem)
  const library = appLibrary(userAgent)
  if (library !== null) return app({ deviceName: library, os: null })
  if (isListedBot(userAgent)) return bot(userAgent)
  const kind = toolByKind(userAgent) ?? commandName(userAgent)
  if (kind !== null) return cli(kind)
  const named = namedApp(userAgent)
  if (named !== null) return app(named)
  return isBareName(userAgent) ? bot(userAgent) : null
}

const bot = (userAgent: string): Program => ({ deviceName: botName(userAgent), deviceType: 'bot', os: null })
const cli = (deviceName: string): Program => ({ deviceName, deviceType: 'cli', os: null })
const app = ({ deviceName, os }: App): Program => ({ deviceName, deviceType: 'app', os })

/** The cheap look comes first: hardly anybody is one. */
function electronApp (userAgent: string): string | undefined {
  if (!userAgent.includes(' Electron/')) return undefined
  return /([\w-]{1,40})\/[\w.-]{1,40} Chrome\/[\d.]{1,20} Electron\//.exec(userAgent)?.[1]
}
