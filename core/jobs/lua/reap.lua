-- Ends what time has ended: leases, delays, deadlines, workers. The members whose leases had run out.
local BATCH = 200
local reaped = {}
for _, kind in ipairs(KINDS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', leases(kind), '-inf', now, 'LIMIT', 0, BATCH)) do
    drop_lease(member)
    local _, job = split(member)
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
return reaped
