import { InvalidInput } from './errors.ts'

/**
 * Refuses text that an index or a text column would refuse, by name and before it is sent.
 * @throws {@link InvalidInput}
 */
export function checkText(text: string, most: number, what: string, path: string): void {
  const ordinary = text.length > 0 && text.length <= most
  if (!ordinary || text.includes('\u0000') || !text.isWellFormed()) {
    throw new InvalidInput(what, [
      { path, message: `give 1 to ${most} characters of ordinary text` },
    ])
  }
}
