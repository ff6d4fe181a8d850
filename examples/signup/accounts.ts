import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Stands for a database: accounts by e-mail address, in memory. */
interface Account {
  name: string
  salt: Buffer
  hash: Buffer
}

const accounts = new Map<string, Account>()
const derive = promisify<string, Buffer, number, Buffer>(scrypt)

// The gallery is open to whoever finds it: past a thousand the oldest account goes.
const most = 1_000

export function isTaken(email: string): boolean {
  return accounts.has(email.toLowerCase())
}

export async function createAccount(email: string, name: string, password: string): Promise<void> {
  const salt = randomBytes(16)
  accounts.set(email.toLowerCase(), { name, salt, hash: await derive(password, salt, 32) })
  if (accounts.size > most) accounts.delete(accounts.keys().next().value as string)
}

/** The name behind an address and a password, undefined when they do not belong together. */
export async function findAccount(email: string, password: string): Promise<string | undefined> {
  const account = accounts.get(email.toLowerCase())
  // An unknown address takes as long as a wrong password.
  const hash = await derive(password, account?.salt ?? Buffer.alloc(16), 32)
  return account && timingSafeEqual(hash, account.hash) ? account.name : undefined
}
