import { existsSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { z } from 'zod'
import { checkConformance } from './conformance.ts'
import { conforms, report } from './report.ts'
import { scenarios } from './scenarios/index.ts'

const options = z.object({ spec: z.string(), only: z.array(z.string()).optional() })

const command = new Command('npm run conformance --')
  .exitOverride()
  .description("Holds the simulator against DigitalOcean's description of its API.")
  .requiredOption('--spec <file>', 'the OpenAPI description, as JSON')
  .option('--only <scenarios...>', `some of: ${scenarios.map(({ name }) => name).join(', ')}`)

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 1
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const { spec, only } = options.parse(command.parse(argv, { from: 'user' }).opts())
  if (!existsSync(spec)) command.error(`error: ${spec} is not there`)
  const wanted = scenarios.filter(({ name }) => only?.includes(name) ?? true)
  const whole = wanted.length === scenarios.length
  const findings = await checkConformance({ spec, scenarios: wanted })
  for (const line of report(findings, whole)) process.stdout.write(`${line}\n`)
  return conforms(findings, whole) ? 0 : 1
}
