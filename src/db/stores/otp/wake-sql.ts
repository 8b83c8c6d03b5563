/**
 * SQL: a step that has the sweeper look at the verifications whose messages a step `transitioned` moved. It has (id,
 * secret): only sealed messages can belong to one.
 */
export const wakeVerifications = `woken_verifications as (
  update otp_verifications v set wake_at = now()
    from transitioned t join otp_sends o on o.message_id = t.id
   where t.secret and v.id = o.verification_id
)`
