import { createServer } from 'node:http'
import { type Speed, startSimulator } from '@arcadia-cloud/digitalocean-simulator'
import { expect, onTestFinished, test } from 'vitest'
import { parseSettings, SettingsError } from '../settings/index.ts'
import { configuredCloud } from './cloud.ts'
import { findSimulator } from './simulator.ts'

const configured = (env: NodeJS.ProcessEnv) => configuredCloud(parseSettings(env))

/** A server that is no simulator, and what it was asked. */
async function stranger() {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { asked, url: `http://127.0.0.1:${port}`, port }
}

async function simulator(speed: Speed = 7) {
  const started = await startSimulator({ speed, seed: { resources: 0 } })
  onTestFinished(() => started.close())
  return started
}

test('without a token there is no cloud: a simulator is to be started', async () => {
  expect(await configured({})).toBeUndefined()
})

test('a token alone is for the real cloud, which is not asked for anything yet', async () => {
  expect(await configured({ DIGITALOCEAN_TOKEN: 'dop' })).toMatchObject({
    accountName: 'digitalocean',
    simulated: false,
    speed: 1,
    canWrite: true,
    url: 'https://api.digitalocean.com',
  })
  expect(await configured({ DIGITALOCEAN_READ_TOKEN: 'dop' })).toMatchObject({ canWrite: false })
})

test('a simulator elsewhere is known by its own word', async () => {
  const { url } = await simulator()
  expect(await configured({ DIGITALOCEAN_TOKEN: 'any', DIGITALOCEAN_API_URL: url })).toMatchObject({
    writesEnabled: false,
    accountName: `simulator at ${new URL(url).host}`,
    simulated: true,
    speed: 7,
    url,
  })
})

test('a simulator in which nothing takes time is as fast as any', async () => {
  const { url } = await simulator('immediate')
  expect(await configured({ DIGITALOCEAN_TOKEN: 'any', DIGITALOCEAN_API_URL: url })).toMatchObject({
    simulated: true,
    speed: 1_000_000,
  })
})

test('a token for reading alone changes nothing in a simulator either', async () => {
  const { url } = await simulator()
  const env = { DIGITALOCEAN_READ_TOKEN: 'any', DIGITALOCEAN_API_URL: url }
  expect(await configured(env)).toMatchObject({ simulated: true, canWrite: false })
})

test('what is no simulator counts as real, and is sent no token to find that out', async () => {
  const { asked, url } = await stranger()
  const cloud = await configured({ DIGITALOCEAN_TOKEN: 'any', DIGITALOCEAN_API_URL: url })
  const accountName = `digitalocean at ${new URL(url).host}`
  expect(cloud).toMatchObject({ simulated: false, speed: 1, accountName })
  expect(asked).toEqual([undefined])
})

test('an address without a token, or where nothing answers, is told', async () => {
  const url = 'http://127.0.0.1:9'
  await expect(configured({ DIGITALOCEAN_API_URL: url })).rejects.toThrow(SettingsError)
  await expect(
    configured({ DIGITALOCEAN_API_URL: url, DIGITALOCEAN_TOKEN: 'any' }),
  ).rejects.toThrow(/^DIGITALOCEAN_API_URL is http:\/\/127\.0\.0\.1:9, and nothing answers there/)
})

test('a worker finds the simulator of its machine, or says that there is none', async () => {
  const { port, url } = await simulator()
  const found = await findSimulator(parseSettings({ SIMULATOR_PORT: String(port) }))
  expect(found).toMatchObject({ accountName: 'simulator', simulated: true, url })
  const { port: other } = await stranger()
  for (const taken of [other, 9]) {
    await expect(findSimulator(parseSettings({ SIMULATOR_PORT: String(taken) }))).rejects.toThrow(
      /no simulator at http:\/\/127\.0\.0\.1/,
    )
  }
})
