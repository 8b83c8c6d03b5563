import type { Db } from '../../client.ts'

/** A claim, by the message and the revision that it had when it was claimed. */
interface Claim {
  id: string
  rev: number
}

// In force until the lease is taken for lost, which changes the revision.
const inForce = `id = $1 and rev = $2 and status = 'processing' and unknown_at is null`

/** Lets a claim hold for so long from now; false when it is not in force any more. */
export async function renewLease(db: Db, { id, rev }: Claim, leaseMs: number): Promise<boolean> {
  const rows = await db.query(
    'message-renew-lease',
    `update messages set wake_at = now() + $3 * interval '1 millisecond' where ${inForce} returning id`,
    [id, rev, leaseMs],
  )
  return rows.length > 0
}

/** Keeps the provider's id of a message's file, which was made ready, and renews the claim; false as above. */
export async function writePreparedFile(
  db: Db,
  { id, rev }: Claim,
  { mediaId, leaseMs }: { mediaId: string; leaseMs: number },
): Promise<boolean> {
  const rows = await db.query(
    'message-prepared-file',
    `update messages set content = (content - 'convert') || jsonb_build_object('mediaId', $4::text),
            wake_at = now() + $3 * interval '1 millisecond'
      where ${inForce} returning id`,
    [id, rev, leaseMs, mediaId],
  )
  return rows.length > 0
}
