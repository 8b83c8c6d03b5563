with
  due as materialized (
    select
      id,
      message_id
    from
      otp_sends
    where
      confirm_by <= now()
    order by
      confirm_by
    limit
      $1
    for update
      skip locked
  ),
  claimed as (
    update otp_sends s
    set
      confirm_by = case
        when m.status in (
          'sent',
          'scheduled',
          'queued',
          'processing',
          'retrying'
        ) then greatest(m.expires_at, now() + interval '30 seconds')
      end
    from
      due d
      left join messages m on m.id = d.message_id
    where
      s.id = d.id
    returning
      s.id,
      s.account_id,
      s.message_id,
      case
        when m.status = 'sent'
        and m.expires_at <= now() then json_build_object(
          'sessionId',
          m.session_id,
          'address',
          m.address,
          'batchId',
          m.batch_id,
          'externalId',
          m.external_id,
          'createdAt',
          hermod_iso (m.created_at),
          'sentAt',
          hermod_iso (m.sent_at),
          'metadata',
          m.metadata,
          'dryRun',
          m.dry_run,
          'rev',
          m.rev,
          'expiresAt',
          hermod_iso (m.expires_at)
        )
      end as sent
  )
select
  id,
  account_id as "accountId",
  message_id as "messageId",
  sent
from
  claimed

-- Plan:
-- CTE Scan
--   [CTE due] Limit
--     LockRows
--       Index Scan by otp_sends_confirm_idx on otp_sends
--   [CTE claimed] ModifyTable on otp_sends
--     Nested Loop
--       Nested Loop
--         CTE Scan
--         Index Scan by otp_sends_pkey on otp_sends
--       Index Scan by messages_pkey on messages
