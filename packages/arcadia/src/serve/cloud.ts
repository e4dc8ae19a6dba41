import { createClient, type DigitalOcean } from '@arcadia-cloud/digitalocean'
import { z } from 'zod'
import type { Settings } from '../settings/index.ts'
import { SettingsError } from '../settings/index.ts'
import { StartError } from './errors.ts'

/** The cloud that the program works on. */
export interface Cloud {
  readonly provider: 'digitalocean'
  /**
   * Of its account, in our database. It tells clouds apart: what is known of one cloud, and allowed in
   * it, must never be taken for another's.
   */
  readonly accountName: string
  readonly simulated: boolean
  readonly client: DigitalOcean
  /** How many times faster than the real cloud it is. */
  readonly speed: number
  /** Whether changes can be made at all, as far as tokens go. */
  readonly canWrite: boolean
  /** Whether its account may be changed from the start: only a cloud that we run ourselves. */
  readonly writesEnabled: boolean
  readonly url: string
  /** Of a simulator that this program runs itself. */
  readonly ownSimulatorUrl?: string
}

/** The account of the simulator that `arcadia serve` runs. */
const ownSimulator = 'simulator'

/** DigitalOcean's own rate limit, requests a minute; a simulator's is as much higher as it is faster. */
const perMinute = 250
const realHost = /(^|\.)digitalocean\.com$/

/** A simulator: of this program, or of another. */
export function simulatedCloud(
  url: string,
  speed: number,
  {
    tokens = simulatorTokens,
    accountName = ownSimulator,
  }: { readonly tokens?: SimulatorTokens; readonly accountName?: string } = {},
): Cloud {
  const client = createClient({
    tokens,
    baseUrl: url,
    perMinute: Math.max(perMinute, Math.round(perMinute * speed)),
  })
  return {
    provider: 'digitalocean',
    accountName,
    simulated: true,
    client,
    speed,
    canWrite: tokens.provisioning !== undefined,
    writesEnabled: accountName === ownSimulator,
    url,
  }
}

interface SimulatorTokens {
  readonly read: string
  readonly provisioning: string | undefined
}

/** A simulator that was told of no tokens takes any. */
const simulatorTokens = { read: 'simulated', provisioning: 'simulated' }

/**
 * The cloud whose tokens the settings give; undefined when they give none.
 * @throws {SettingsError} for an address without a token
 * @throws {StartError} when the address is not DigitalOcean's own and does not answer
 */
export async function configuredCloud(settings: Settings): Promise<Cloud | undefined> {
  const read = settings.digitaloceanReadToken?.reveal()
  const provisioning = settings.digitaloceanProvisioningToken?.reveal()
  const url = settings.digitaloceanApiUrl
  const isReal = realHost.test(new URL(url).hostname)
  if (read === undefined) {
    if (isReal) return undefined
    throw new SettingsError(
      'DIGITALOCEAN_API_URL',
      'DIGITALOCEAN_API_URL is set without a token: set DIGITALOCEAN_TOKEN too (a simulator takes any), or leave both out to have a simulator started.',
    )
  }
  const speed = isReal ? undefined : await simulatorSpeedAt(url)
  if (speed !== undefined) {
    return simulatedCloud(url, speed, {
      tokens: { read, provisioning },
      accountName: `simulator at ${hostOf(url)}`,
    })
  }
  return {
    provider: 'digitalocean',
    accountName: isReal ? 'digitalocean' : `digitalocean at ${hostOf(url)}`,
    simulated: false,
    client: createClient({ tokens: { read, provisioning }, baseUrl: url }),
    speed: 1,
    canWrite: provisioning !== undefined,
    writesEnabled: false,
    url,
  }
}

/** Host and port; the path, too, where an address has one. */
function hostOf(address: string): string {
  const { host, pathname } = new URL(address)
  return `${host}${pathname === '/' ? '' : pathname}`
}

/** What takes no time at all there is waited for in the least steps that there are. */
const immediate = 1_000_000
const simulatorState = z.object({
  speed: z.union([z.number().positive(), z.literal('immediate').transform(() => immediate)]),
})
const probeTimeoutMs = 5_000

/**
 * How fast the simulator at an address runs; undefined when what answers there is none. No token is
 * sent.
 * @throws {StartError} when nothing answers
 */
export async function simulatorSpeedAt(url: string): Promise<number | undefined> {
  let answer: Response
  let body: unknown
  try {
    answer = await fetch(`${url}/_simulator/state`, {
      signal: AbortSignal.timeout(probeTimeoutMs),
      redirect: 'manual',
    })
    body = answer.ok ? await answer.json().catch(() => undefined) : undefined
  } catch (error) {
    throw new StartError(
      'cloud_unreachable',
      `DIGITALOCEAN_API_URL is ${url}, and nothing answers there. Start what is meant to, correct the address, or leave it out for DigitalOcean's own.`,
      { cause: error },
    )
  }
  return simulatorState.safeParse(body).data?.speed
}
