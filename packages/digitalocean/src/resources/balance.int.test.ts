import { expect, test } from 'vitest'
import { simulatedAccount } from '../../test/simulated-account.ts'

test('what the account owes grows with what is in it', async () => {
  const { client, advance } = await simulatedAccount()
  expect(await client.balance.get()).toMatchObject({
    month_to_date_balance: '0.00',
    account_balance: '0.00',
  })
  const plan = { name: 'web-01', region: 'fra1', size: 's-4vcpu-8gb', image: 'debian-13-x64' }
  await client.droplets.create(plan)
  advance(14 * 3_600_000)
  const { month_to_date_usage: usage } = await client.balance.get()
  expect(usage).toBe('1.00')
})
