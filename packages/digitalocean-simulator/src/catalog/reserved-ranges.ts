/**
 * What DigitalOcean keeps to itself, and no VPC may overlap; from its documentation of VPC limits,
 * https://docs.digitalocean.com/products/networking/vpc/details/limits/.
 */
const everywhere = ['10.244.0.0/16', '10.245.0.0/16', '10.246.0.0/24', '10.229.0.0/16']

const byRegion: Readonly<Record<string, string>> = {
  ams2: '10.14.0.0/16',
  ams3: '10.18.0.0/16',
  blr1: '10.47.0.0/16',
  fra1: '10.19.0.0/16',
  lon1: '10.16.0.0/16',
  nyc1: '10.10.0.0/16',
  nyc2: '10.13.0.0/16',
  nyc3: '10.17.0.0/16',
  sfo1: '10.12.0.0/16',
  sfo2: '10.46.0.0/16',
  sfo3: '10.48.0.0/16',
  sgp1: '10.15.0.0/16',
  syd1: '10.49.0.0/16',
  tor1: '10.20.0.0/16',
}

/** The ranges that are taken in a region, in CIDR notation. */
export function reservedRanges(region: string): readonly string[] {
  const own = byRegion[region]
  return own === undefined ? everywhere : [...everywhere, own]
}
