import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttp2Server } from 'node:http2'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { createEndpointHandler, service } from '@restatedev/restate-sdk'
import { connect } from '@restatedev/restate-sdk-clients'
import { type Participant, serve } from '../participants/participant.ts'
import type { Setup } from '../participants/protocol.ts'
import { freePorts } from './ports.ts'

const startMs = 50_000
const stopMs = 10_000
/** On two cores with a busy disk faster than 24, its default, which a cluster can grow into. */
const partitions = 4

const three = service({
  name: 'three',
  handlers: {
    run: async (context) => {
      for (const name of ['one', 'two', 'three']) await context.run(name, async () => {})
    },
  },
})

async function open({ folder }: Setup): Promise<Participant> {
  const [service, ingress, admin, node] = await freePorts()
  const endpoint = createHttp2Server(createEndpointHandler({ services: [three] }))
  endpoint.listen(service, '127.0.0.1')
  await once(endpoint, 'listening')
  const server = startServer(folder, { ingress, admin, node })
  const close = async () => {
    await stopServer(server)
    endpoint.close()
  }
  try {
    await register(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${service}`, server)
  } catch (error) {
    await close()
    throw error
  }
  const client = connect({ url: `http://127.0.0.1:${ingress}` }).serviceClient(three)
  return {
    settings: {
      server: 'one node, all roles, --production, log flushed by fsync (its default)',
      partitions,
      service: 'HTTP/2, bidirectional',
      submission: 'a call through the ingress by its own client',
    },
    processes: { server: server.pid ?? Number.NaN },
    run: async () => client.run(),
    close,
  }
}

function startServer(
  folder: string,
  ports: { readonly ingress: number; readonly admin: number; readonly node: number },
): ChildProcess {
  // The program itself: the package's own starts it as a child, whose figures would be lost.
  const program = createRequire(import.meta.url).resolve(
    `@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`,
  )
  const options = ['--production', '--no-logo', '--auto-provision=true', '--listen-mode=tcp']
  options.push(`--default-num-partitions=${partitions}`, '--bind-ip=127.0.0.1')
  return spawn(program, [...options, '--base-dir', folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LOG_FILTER: 'warn',
      RESTATE_BIND_PORT: String(ports.node),
      RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
      RESTATE_ADMIN__BIND_PORT: String(ports.admin),
    },
  })
}

/** Tells the server of the service, as soon as it can be told. */
async function register(admin: string, uri: string, server: ChildProcess): Promise<void> {
  const late = performance.now() + startMs
  for (;;) {
    const answer = await fetch(`${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri }),
    }).catch((error: unknown) => error)
    if (answer instanceof Response && answer.ok) return
    if (server.exitCode !== null) throw new Error(`the server ended (${server.exitCode})`)
    if (performance.now() > late) {
      const said = answer instanceof Response ? await answer.text() : String(answer)
      throw new Error(`the server did not take the service: ${said}`)
    }
    await delay(100)
  }
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  const kill = setTimeout(() => server.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(kill)
}

await serve(open)
