-- tenant, a fresh secret, seconds that the old one stays valid after it is replaced or '' to keep it.
-- {secret, the one before or '', until when that is valid}. A tenant without one gets the fresh one.
even_when_full()
local key, fresh, overlap = 'vl:webhook-secrets:' .. A[1], A[2], tonumber(A[3])
local current = redis.call('HGET', key, 'current')
if not current then
  redis.call('HSET', key, 'current', fresh)
elseif overlap and current ~= fresh then  -- equal: said twice because the answer got lost
  redis.call('HSET', key, 'current', fresh, 'previous', current, 'previous_until', now + overlap)
end
local known = redis.call('HMGET', key, 'current', 'previous', 'previous_until')
if not known[2] or tonumber(known[3]) <= now then
  redis.call('HDEL', key, 'previous', 'previous_until')
  return {known[1], '', ''}
end
return known
