import { isArray, type Json } from './json.ts'

/** Shorter values are in too many texts that do not hold them. */
const leastLength = 4

/**
 * Knows the values of secrets and takes them out of what is to be kept: each is replaced by
 * `[secret name]`, as it is, URL-encoded, and escaped as in JSON. What is encoded otherwise (base64,
 * a hash) is not recognised.
 */
export class Scrubber {
  /** The forms of every value, the longest first: one may be a part of another. */
  #forms: readonly { readonly form: string; readonly name: string }[] = []

  get isEmpty(): boolean {
    return this.#forms.length === 0
  }

  add(name: string, value: string): void {
    if (value.length < leastLength) return
    const known = new Set(this.#forms.map(({ form }) => form))
    const fresh = formsOf(value).filter((form) => !known.has(form))
    this.#forms = [...this.#forms, ...fresh.map((form) => ({ form, name }))].sort(
      (a, b) => b.form.length - a.form.length,
    )
  }

  text(text: string): string {
    let scrubbed = text
    for (const { form, name } of this.#forms) scrubbed = scrubbed.replaceAll(form, mark(name))
    return scrubbed
  }

  json(value: Json): Json {
    if (this.isEmpty || value === null) return value
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
        return this.#isValue(value) ? this.text(String(value)) : value
      case 'boolean':
        return value
      default:
        if (isArray(value)) return value.map((member) => this.json(member))
        return Object.fromEntries(
          Object.entries(value).map(([key, member]) => [this.text(key), this.json(member)]),
        )
    }
  }

  /** The name of a secret whose value is somewhere in the value given. */
  nameIn(value: Json): string | undefined {
    if (this.isEmpty || value === null) return undefined
    switch (typeof value) {
      case 'string':
        return this.#found(value)
      case 'number':
        return this.#isValue(value) ? this.#found(String(value)) : undefined
      case 'boolean':
        return undefined
      default:
        if (isArray(value)) return first(value, (member) => this.nameIn(member))
        return first(
          Object.entries(value),
          ([key, member]) => this.#found(key) ?? this.nameIn(member),
        )
    }
  }

  /** A number that merely has the digits of a secret somewhere in it is another number. */
  #isValue(value: number): boolean {
    return this.#forms.some(({ form }) => form === String(value))
  }

  #found(text: string): string | undefined {
    return this.#forms.find(({ form }) => text.includes(form))?.name
  }
}

function mark(name: string): string {
  return `[secret ${name}]`
}

function first<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** Half of a surrogate pair has no URL-encoded form; as it is, the value is looked for all the same. */
function formsOf(value: string): readonly string[] {
  const wellFormed = value.toWellFormed()
  const encoded = encodeURIComponent(wellFormed)
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encoded,
    // Lower-case digits, blanks as a form has them, and an URL's own characters left alone.
    encoded.replaceAll(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
    new URLSearchParams([['', wellFormed]]).toString().slice(1),
    encodeURI(wellFormed),
  ]
  return [...new Set(forms)]
}
