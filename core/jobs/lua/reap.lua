-- Ends what time has ended: leases, delays, deadlines, workers. The members whose leases had run out.
even_when_full()
local BATCH = 200
local reaped = {}

-- Janitors look every second. When nobody has for so long, Redis was away or every janitor was: then nobody could renew, or perhaps nobody
-- could. So that the living do not lose their work, every lease gets its time once more.
local looked = tonumber(redis.call('GET', 'vl:reaped'))
redis.call('SET', 'vl:reaped', now)
if looked and now - looked > math.max(5, 0.75 * LEASE_S) then
  for _, kind in ipairs(KINDS) do
    for _, member in ipairs(redis.call('ZRANGE', leases(kind), 0, -1)) do renew_lease(member) end
  end
end

for _, kind in ipairs(KINDS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', leases(kind), '-inf', now, 'LIMIT', 0, BATCH)) do
    local _, job = split(member)
    local token = redis.call('HGET', job_key(job, 'leases'), member)
    if token then redis.call('HSET', job_key(job, 'lost'), member .. ':' .. token, 1) end
    note_try(member, 'The worker was not heard of any more: killed, stopped, or cut off.')
    drop_lease(member)
    retry_or_fail(member, 0)
    reaped[#reaped + 1] = member
  end
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', 'vl:delayed', '-inf', now, 'LIMIT', 0, BATCH)) do
  redis.call('ZREM', 'vl:delayed', member)
  enqueue(split(member))
end
for _, job in ipairs(redis.call('ZRANGEBYSCORE', 'vl:deadlines', '-inf', now, 'LIMIT', 0, BATCH)) do
  redis.call('ZREM', 'vl:deadlines', job)
  if not terminal(job) and not get(job, 'cancel_requested_at') then past_deadline(job) end
end
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', 'vl:workers', '-inf', now)) do
  redis.call('ZREM', 'vl:workers', worker)
  redis.call('HDEL', 'vl:slots:cpu', worker)
  redis.call('HDEL', 'vl:slots:gpu', worker)
end
if redis.call('SET', 'vl:added_up', now, 'NX', 'EX', 60) then add_up() end
return reaped
