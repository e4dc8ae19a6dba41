import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { Controls } from './controls.ts'

/** What one command says to a running simulator. */
export interface ControlOrder {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/_simulator`. */
  readonly path: string
  readonly body?: unknown
}

/** What commander makes of the options of `fault`. */
const faultFlags = z.object({
  on: z.object({ method: z.string().optional(), path: z.string() }).optional(),
  query: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  nth: z.number().optional(),
  times: z.union([z.number(), z.string()]).optional(),
  chance: z.number().optional(),
  status: z.number().optional(),
  answer: z.unknown().optional(),
  ms: z.number().optional(),
  when: z.string().optional(),
  how: z.string().optional(),
})
type FaultFlags = z.infer<typeof faultFlags>

const local = 'http://127.0.0.1:4010'

/** The commands that are told to a running simulator, rather than start one. */
export const controlCommands: ReadonlySet<string> = new Set([
  'fault',
  'faults',
  'reached',
  'release',
  'remove',
  'requests',
  'call',
  'create',
  'change',
  'delete',
  'end',
  'advance',
  'speed',
  'reset',
  'state',
])

/** Reads a control command. @throws CommanderError for what commander has told the user already */
export function readControlLine(argv: readonly string[]): ControlOrder {
  let read: Omit<ControlOrder, 'url'> | undefined
  const program = createProgram((order) => {
    read = order
  })
  program.parse(argv, { from: 'user' })
  const { url } = z.object({ url: z.string() }).parse(program.opts())
  if (read === undefined) throw new Error('commander has run no command')
  return { url: url.replace(/\/+$/, ''), ...read }
}

/** Says it, and gives what was answered. @throws ControlError in words */
export function tell({ url, method, path, body }: ControlOrder): Promise<unknown> {
  return new Controls(url).control(method, path, body)
}

type Say = (order: Omit<ControlOrder, 'url'>) => void

function createProgram(say: Say): Command {
  const program = new Command('digitalocean-simulator')
    .exitOverride()
    .option('--url <address>', 'of the simulator', local)
  faultCommands(program, say)
  worldCommands(program, say)
  return program
}

function faultCommands(program: Command, say: Say): void {
  program
    .command('fault')
    .description('adds a fault: one effect, or several in this order')
    .argument('<effects...>', 'error, latency, lost, cut, stall, corrupt, stale, …')
    .option('--on <request>', 'such as "POST /v2/droplets" or "/v2/**"', request)
    .option('--query <name=value...>', 'what its query has', pair, {})
    .option('--body <json>', 'what its body has', json)
    .option('--nth <number>', 'the first that is hit', number)
    .option('--times <number>', 'how many are hit from there on, or always', count)
    .option('--chance <fraction>', 'how likely each of those is hit', number)
    .option('--status <number>', 'of error', number)
    .option('--answer <text or json>', 'of error', textOrJson)
    .option('--ms <number>', 'of latency and lag', number)
    .option('--when <side>', 'before or after the change: error, latency, hold')
    .option('--how <what>', 'of corrupt')
    .action((effects: string[], flags: unknown) => {
      say({ method: 'POST', path: '/faults', body: faultOf(effects, faultFlags.parse(flags)) })
    })
  program.command('faults').action(() => say({ method: 'GET', path: '/faults' }))
  program
    .command('reached <fault>')
    .description('answers when it has hit')
    .action((fault: string) => say({ method: 'GET', path: `/faults/${fault}/reached` }))
  program
    .command('release <fault>')
    .option('--drop', 'close the connections of held requests instead')
    .action((fault: string, { drop }: { drop?: boolean }) => {
      const body = { outcome: drop ? 'drop' : 'continue' }
      say({ method: 'POST', path: `/faults/${fault}/release`, body })
    })
  program
    .command('remove [fault]')
    .description('one, or all of them')
    .action((fault?: string) =>
      say({ method: 'DELETE', path: fault === undefined ? '/faults' : `/faults/${fault}` }),
    )
}

function worldCommands(program: Command, say: Say): void {
  const post = (path: string, body: unknown) => say({ method: 'POST', path, body })
  program
    .command('requests')
    .description('the log of what was asked')
    .option('--on <request>', 'such as "POST /v2/droplets" or "/v2/**"', request)
    .action(({ on }: { on?: { method?: string; path: string } }) =>
      say({ method: 'GET', path: `/requests?${new URLSearchParams({ ...on })}` }),
    )
  program
    .command('call <method> <path> [json]')
    .description('any request to the API, behind your back')
    .action((method: string, path: string, text?: string) =>
      post('/calls', { method, path, ...(text === undefined ? {} : { body: json(text) }) }),
    )
  program
    .command('create <json>')
    .description('a droplet, behind your back: the body of POST /v2/droplets')
    .action((text: string) => post('/droplets', json(text)))
  program
    .command('change <droplet> <json>')
    .description('a droplet, behind your back')
    .action((droplet: string, text: string) => post(`/droplets/${droplet}`, json(text)))
  program
    .command('delete <droplet>')
    .description('a droplet, behind your back')
    .action((droplet: string) => say({ method: 'DELETE', path: `/droplets/${droplet}` }))
  program
    .command('end <action> <status>')
    .description('an action, as completed or errored')
    .action((action: string, status: string) => post(`/actions/${action}`, { status }))
  program
    .command('advance <seconds>')
    .description('moves simulated time forward')
    .action((seconds: string) => post('/clock', { advance_ms: Math.round(number(seconds) * 1000) }))
  program
    .command('speed <factor>')
    .description('how many times faster than the real cloud actions run; or immediate')
    .action((factor: string) =>
      post('/clock', { speed: factor === 'immediate' ? factor : number(factor) }),
    )
  program
    .command('reset [resources]')
    .description('back to the start')
    .action((resources?: string) =>
      post('/reset', resources === undefined ? {} : { resources: number(resources) }),
    )
  program.command('state').action(() => say({ method: 'GET', path: '/state' }))
}

/** Each option goes to those effects that have it; the simulator says what is wrong with the rest. */
function faultOf(kinds: readonly string[], flags: FaultFlags): object {
  const { on, query, body, nth, times, chance } = flags
  const match = {
    ...on,
    ...(query && Object.keys(query).length > 0 ? { query } : {}),
    ...(body === undefined ? {} : { body }),
  }
  const common = defined({ nth, times, chance })
  const effects = kinds.map((kind) => ({ kind, ...defined(optionsOf(kind, flags)) }))
  const [only] = effects
  return effects.length === 1
    ? { ...only, match, ...common }
    : { kind: 'several', effects, match, ...common }
}

function optionsOf(kind: string, { status, answer, ms, when, how }: FaultFlags): object {
  switch (kind) {
    case 'error':
      return { status, body: answer, when }
    case 'latency':
      return { ms, when }
    case 'lag':
      return { ms }
    case 'hold':
      return { when }
    case 'corrupt':
      return { how }
    default:
      return {}
  }
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function request(text: string): { method?: string; path: string } {
  const [, method, path] = /^(?:(\w+)\s+)?(\/\S*)$/.exec(text.trim()) ?? []
  if (path === undefined) throw new InvalidArgumentError('It is not a method and a path.')
  return method === undefined ? { path } : { method, path }
}

function pair(text: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It has no "=".')
  return { ...previous, [name]: value }
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('It is not a number.')
  return value
}

function count(text: string): number | 'always' {
  return text === 'always' ? text : number(text)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is not JSON.')
  }
}

function textOrJson(text: string): unknown {
  return text.trimStart().startsWith('{') ? json(text) : text
}
