// The parts about credits of the statements that accept and transition messages. Each locks the accounts that it charges
// first and in one order, so that no two of them wait for one another.

/**
 * Of the messages of `input`: the balances of those who pay, and `unpaid`, the messages that the balances do not cover. The first ones
 * of an account are paid as far as its credits go. A message that will not be written costs nothing.
 */
export const lockBalances = `, balances as materialized (
  select id, credits from accounts
   where id in (select "accountId" from input where "credits" > 0) order by id for no key update
), dues as materialized (
  select i."id", p.credits as balance, sum(i."credits") over (partition by i."accountId" order by i.ordinality) as due
    from input i join balances p on p.id = i."accountId"
   where i."credits" > 0 and i."keyId" in (select id from live_keys)
     and not exists (select from idempotency_keys k
       where k.account_id = i."accountId" and k.key = i.idempotency->>'key' and k.expires_at >= now())
), unpaid as materialized (
  select "id" from dues where due > balance
)`

/** A condition on the rows of `input`. */
export const isPaid = `"id" not in (select "id" from unpaid)`

/** The balance of the account of `batch`. */
export const lockBatchBalance = `, balances as materialized (
  select id, credits from accounts where id = (select "accountId" from batch) for no key update
)`

/** True when the balance covers all of `input`. */
export const isBatchPaid = `(select credits from balances) >= (select coalesce(sum("credits"), 0) from input)`

/** Takes what `new_messages` costs, with a line in the ledger for each message. */
export const chargeAccepted = `, debited as (
  update accounts a set credits = a.credits - s.spent
    from (select account_id, sum(credits) as spent from new_messages where credits > 0 group by 1) s
   where a.id = s.account_id
), ledger_lines as (
  insert into credit_entries (id, account_id, kind, amount, balance, message_id, reference)
  select hermod_uuidv7(), c.account_id, 'debit', -c.credits,
         p.credits - sum(c.credits) over (partition by c.account_id order by c.id), c.id, 'debit:' || c.id || ':0'
    from new_messages c join balances p on p.id = c.account_id
   where c.credits > 0
   order by c.account_id, c.id
)`

/**
 * Credits that transitions give back (positive) or take (negative), by message: `payments` are those that may go on. What
 * the account cannot pay is left out, and so is what was ever handed over, or may have been.
 */
export const checkPayments = (ids: string, accounts: string, revs: string, amounts: string): string =>
  `balances as materialized (
  select id, credits from accounts where id = any(${accounts}) order by id for no key update
), requested as materialized (
  select x.*, p.credits as balance, sum(least(x.amount, 0)) over (partition by x.account_id order by x.id) as dues
    from unnest(${ids}, ${accounts}, ${revs}, ${amounts}) as x(id, account_id, rev, amount)
    join balances p on p.id = x.account_id
), payments as materialized (
  select * from requested
   where case when amount < 0 then balance + dues >= 0
         else not exists (select from provider_attempts a where a.message_id = requested.id
                and (a.outcome <> 'refused' or a.external_id is not null)) end
), `

/** The credits that a message has cost after its transition. Reading it locks the balances. */
export const creditsAfter = `, credits = m.credits - coalesce((select y.amount from payments y where y.id = m.id), 0)`

/** A transition that costs credits happens only when they are paid. */
export const isTransitionPaid = ` and not exists (
     select from requested q where q.id = m.id and q.amount < 0 and q.id not in (select id from payments))`

/** Writes the payments of those that transitioned. */
export const makePayments = `, made_payments as materialized (
  select y.* from payments y where y.id in (select id from transitioned)
), debited as (
  update accounts a set credits = a.credits + s.amount
    from (select account_id, sum(amount) as amount from made_payments group by 1) s
   where a.id = s.account_id
), ledger_lines as (
  insert into credit_entries (id, account_id, kind, amount, balance, message_id, reference)
  select hermod_uuidv7(), b.account_id, case when b.amount < 0 then 'debit' else 'refund' end, b.amount,
         b.balance + sum(b.amount) over (partition by b.account_id order by b.id), b.id,
         case when b.amount < 0 then 'debit:' else 'refund:' end || b.id || ':' || b.rev
    from made_payments b
   order by b.account_id, b.id
)`

/** The transitions that were left out for want of credits, as JSON. */
export const unpaidTransitions = `coalesce((select json_agg(json_build_object('id', q.id, 'balance', q.balance))
         from requested q where q.amount < 0 and q.id not in (select id from payments)), '[]')`
