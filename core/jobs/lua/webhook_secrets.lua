-- tenant, a fresh secret, seconds for which a replaced secret stays valid or '' to keep it. {secret, the previous one
-- or '', end of its validity}. A tenant without a secret gets the fresh one.
even_when_full()
local name, fresh, overlap = key('webhook_secrets', A[1]), A[2], tonumber(A[3])
local current = redis.call('HGET', name, 'current')
if not current then
  redis.call('HSET', name, 'current', fresh)
elseif overlap and current ~= fresh then  -- equal: repeated because the reply got lost
  redis.call('HSET', name, 'current', fresh, 'previous', current, 'previous_until', now + overlap)
end
local standing = redis.call('HMGET', name, 'current', 'previous', 'previous_until')
if not standing[2] or tonumber(standing[3]) <= now then
  redis.call('HDEL', name, 'previous', 'previous_until')
  return {standing[1], '', ''}
end
return standing
