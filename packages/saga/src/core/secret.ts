import type { Schema } from './schema.ts'
import { checkText } from './text.ts'

/** A secret by its name, as plain JSON: what is stored, shown and sent around in place of its value. */
export type SecretRef = { readonly $secret: string }

const mostName = 200

/** Refers to a secret of the host's by its name. @throws {@link InvalidInput} for no name at all */
export function secret(name: string): SecretRef {
  checkText(name, mostName, 'the secret', 'name')
  return { $secret: name }
}

/** Whether a value is what {@link secret} gives: an object with the one member `$secret`. */
export function isSecretRef(value: unknown): value is SecretRef {
  if (typeof value !== 'object' || value === null || !('$secret' in value)) return false
  const { $secret } = value
  return typeof $secret === 'string' && $secret.length > 0 && Object.keys(value).length === 1
}

/** The schema of a {@link SecretRef}, for inputs. With zod: `z.custom<SecretRef>(isSecretRef)`. */
export const secretRef: Schema<SecretRef, SecretRef> = {
  '~standard': {
    version: 1,
    vendor: 'saga',
    validate: (value) =>
      isSecretRef(value)
        ? { value }
        : { issues: [{ message: 'give a reference to a secret: { "$secret": "its name" }' }] },
  },
}
