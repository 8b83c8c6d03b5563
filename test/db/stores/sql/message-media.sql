select
  session_id as "sessionId",
  case direction
    when 'inbound' then content -> 'media' ->> 'id'
    else content ->> 'mediaId'
  end as "mediaId",
  case direction
    when 'inbound' then content -> 'media' ->> 'filename'
    else content ->> 'filename'
  end as filename,
  case
    when direction = 'outbound'
    and content ->> 'type' = 'media' then content ->> 'url'
  end as url
from
  messages
where
  id = $1
  and account_id = $2

-- Plan:
-- Index Scan by messages_pkey on messages
