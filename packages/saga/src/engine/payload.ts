import { ContextTooLarge, DefinitionError } from '../core/errors.ts'
import type { RunState } from '../core/evolve.ts'
import { defaultValueBytes, type Json } from '../core/json.ts'
import type { PinnedStep } from '../core/run.ts'

/** How much a run may hold, in bytes of JSON text. */
export interface PayloadLimitOptions {
  /** An input, receipt, output or signal payload by itself. Default 1 MiB. */
  readonly valueBytes?: number
  /**
   * A run as a whole: its input and plan, and the inputs, receipts and outputs of its steps; all that
   * is loaded with each claim of it. Default 8 MiB. On the way back it does not apply.
   */
  readonly contextBytes?: number
}

export type PayloadLimits = Required<PayloadLimitOptions>

const defaultContextBytes = 8 * 1_048_576

/** @throws {@link DefinitionError} where a limit is no whole number from 1, or the whole less than a part */
export function payloadLimitsOf(options: PayloadLimitOptions = {}): PayloadLimits {
  const { valueBytes = defaultValueBytes } = options
  const { contextBytes = Math.max(defaultContextBytes, valueBytes) } = options
  for (const [name, bytes] of Object.entries({ valueBytes, contextBytes })) {
    if (Number.isSafeInteger(bytes) && bytes >= 1) continue
    throw new DefinitionError(
      `payloadLimits.${name}: ${bytes} is not a whole number of bytes from 1; leave it out for the default`,
    )
  }
  if (contextBytes < valueBytes) {
    throw new DefinitionError(
      `payloadLimits.contextBytes: ${contextBytes} is less than the ${valueBytes} bytes that a single value may take; give at least as many`,
    )
  }
  return { valueBytes, contextBytes }
}

/**
 * Refuses what would bring a run over its limit.
 * @param more what is to be added to it
 * @throws {@link ContextTooLarge}
 */
export function checkContext(
  { run, steps }: RunState,
  more: readonly Json[],
  what: string,
  { contextBytes }: PayloadLimits,
): void {
  const held = steps.flatMap(({ input, receipt, output }) => [input, receipt, output])
  const bytes = planBytes(run) + total([...held, ...more])
  if (bytes > contextBytes) throw new ContextTooLarge(what, bytes, contextBytes)
}

/** {@link checkContext} of a run that is to be started. */
export function checkPlan(
  run: { readonly inputs: Json; readonly plan: readonly PinnedStep[] },
  { contextBytes }: PayloadLimits,
): void {
  const bytes = planBytes(run)
  if (bytes > contextBytes) throw new ContextTooLarge('its input and plan', bytes, contextBytes)
}

function planBytes({
  inputs,
  plan,
}: {
  readonly inputs: Json
  readonly plan: readonly PinnedStep[]
}): number {
  const known = planSizes.get(plan)
  if (known !== undefined) return known + sizeOf(inputs)
  const bytes = Buffer.byteLength(JSON.stringify(plan))
  planSizes.set(plan, bytes)
  return bytes + sizeOf(inputs)
}

const planSizes = new WeakMap<readonly PinnedStep[], number>()
/** Values are never changed, only replaced: each is measured once as long as it is in memory. */
const sizes = new WeakMap<object, number>()

function total(values: readonly Json[]): number {
  return values.reduce<number>((sum, value) => sum + sizeOf(value), 0)
}

/** Bytes of JSON text; nothing for null, which stands for no value. */
function sizeOf(value: Json): number {
  if (value === null) return 0
  if (typeof value !== 'object') return Buffer.byteLength(JSON.stringify(value))
  const known = sizes.get(value)
  if (known !== undefined) return known
  const bytes = Buffer.byteLength(JSON.stringify(value))
  sizes.set(value, bytes)
  return bytes
}
