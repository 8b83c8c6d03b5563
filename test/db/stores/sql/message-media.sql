select
  session_id as "sessionId",
  case
    when direction = 'inbound'
    or origin is not null then content -> 'media' ->> 'id'
    else content ->> 'mediaId'
  end as "mediaId",
  case
    when direction = 'inbound'
    or origin is not null then content -> 'media' ->> 'filename'
    else content ->> 'filename'
  end as filename,
  case
    when direction = 'outbound'
    and origin is null
    and content ->> 'type' = 'media' then content ->> 'url'
  end as url
from
  messages
where
  id = $1
  and account_id = $2

-- Plan:
-- Index Scan by messages_pkey on messages
