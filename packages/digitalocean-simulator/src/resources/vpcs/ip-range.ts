/** A block of IPv4 addresses: the first of them, as a number, and how many bits they share. */
export interface IpRange {
  readonly base: number
  readonly prefix: number
}

const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** An IPv4 address as a number, or null for what is none. */
export function parseAddress(text: string): number | null {
  const parts = quad.exec(text)?.slice(1).map(Number)
  if (!parts || parts.some((part) => part > 255)) return null
  return parts.reduce((address, part) => address * 256 + part, 0)
}

/** The range that CIDR notation names, or null for what names none, `10.0.0.1/24` among it. */
export function parseRange(text: string): IpRange | null {
  const [address = '', prefixText = '', ...rest] = text.split('/')
  const base = parseAddress(address)
  if (base === null || rest.length > 0 || !/^\d{1,2}$/.test(prefixText)) return null
  const prefix = Number(prefixText)
  if (prefix > 32 || base % sizeOfRange({ base, prefix }) !== 0) return null
  return { base, prefix }
}

/** How many addresses are in it, the first and the last included. */
export function sizeOfRange({ prefix }: IpRange): number {
  return 2 ** (32 - prefix)
}

export function overlaps(one: IpRange, other: IpRange): boolean {
  return one.base < other.base + sizeOfRange(other) && other.base < one.base + sizeOfRange(one)
}

export function includes(outer: IpRange, inner: IpRange): boolean {
  return outer.prefix <= inner.prefix && overlaps(outer, inner)
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

export function formatRange(range: IpRange): string {
  return `${formatAddress(range.base)}/${range.prefix}`
}

/** As the API writes it beside an address: `255.255.240.0` for 20 bits. */
export function netmask({ prefix }: IpRange): string {
  return formatAddress(2 ** 32 - 2 ** (32 - prefix))
}
