import type { Db, Statements } from '../../client.ts'

/** A service as it is stored; `testNumbers` is encrypted. */
export interface ServiceRow {
  accountId: string
  name: string
  settings: unknown
  testNumbers: string | null
  createdAt: Date
  updatedAt: Date
}

const columns = `account_id as "accountId", name, settings, test_numbers as "testNumbers", created_at as "createdAt",
  updated_at as "updatedAt"`

/** The services of an account by their names: there are as many as it has purposes. */
export function listServices(db: Db, accountId: string): Promise<ServiceRow[]> {
  return db.query<ServiceRow>(
    'otp-services-list',
    `select ${columns} from otp_services where account_id = $1 order by name`,
    [accountId],
  )
}

/** One service of an account. */
export async function findService(
  tx: Statements,
  accountId: string,
  name: string,
): Promise<ServiceRow | null> {
  const [row] = await tx.query<ServiceRow>(
    'otp-service-find',
    `select ${columns} from otp_services where account_id = $1 and name = $2`,
    [accountId, name],
  )
  return row ?? null
}

/** How many services an account may have. */
export const servicesMax = 200

/** Makes a service, or replaces it; null when the account has as many as it may. */
export async function saveService(
  tx: Statements,
  { accountId, name, settings, testNumbers }: Omit<ServiceRow, 'createdAt' | 'updatedAt'>,
): Promise<ServiceRow | null> {
  const [row] = await tx.query<ServiceRow>(
    'otp-service-save',
    `insert into otp_services (account_id, name, settings, test_numbers)
     select $1::uuid, $2, $3::jsonb, $4
      where exists (select from otp_services where account_id = $1 and name = $2)
         or (select count(*) from otp_services where account_id = $1) < ${servicesMax}
     on conflict (account_id, name) do update
       set settings = excluded.settings, test_numbers = excluded.test_numbers, updated_at = now()
     returning ${columns}`,
    [accountId, name, JSON.stringify(settings), testNumbers],
  )
  return row ?? null
}

/** Deletes a service; false when there is none of the name. */
export async function deleteService(db: Db, accountId: string, name: string): Promise<boolean> {
  const rows = await db.query(
    'otp-service-delete',
    'delete from otp_services where account_id = $1 and name = $2 returning name',
    [accountId, name],
  )
  return rows.length > 0
}
