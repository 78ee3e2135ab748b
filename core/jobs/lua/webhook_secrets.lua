-- tenant, a fresh secret, seconds that the old one stays valid after it is replaced or '' to keep it.
-- {secret, the one before or '', until when that is valid}. A tenant without one gets the fresh one.
even_when_full()
local name, fresh, overlap = key('webhook_secrets', A[1]), A[2], tonumber(A[3])
local current = redis.call('HGET', name, 'current')
if not current then
  redis.call('HSET', name, 'current', fresh)
elseif overlap and current ~= fresh then  -- equal: said twice because the answer got lost
  redis.call('HSET', name, 'current', fresh, 'previous', current, 'previous_until', now + overlap)
end
local standing = redis.call('HMGET', name, 'current', 'previous', 'previous_until')
if not standing[2] or tonumber(standing[3]) <= now then
  redis.call('HDEL', name, 'previous', 'previous_until')
  return {standing[1], '', ''}
end
return standing
