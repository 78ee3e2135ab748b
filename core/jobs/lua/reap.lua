-- seconds. Processes all timeouts: leases, delays, deadlines, workers, and models that no live worker has held for so
-- long. Returns the members whose leases expired.
even_when_full()
local BATCH = 200
local reaped = {}

-- Janitors call this every second. After a longer gap, Redis was unavailable and nobody could renew a lease, or every
-- janitor was down. All leases are extended once, so that live workers keep their tasks.
local looked = tonumber(redis.call('GET', key('reaped')) or '')
redis.call('SET', key('reaped'), now)
if looked and now - looked > math.max(5, 0.75 * LEASE_S) then
  for _, kind in ipairs(KINDS) do
    for _, member in ipairs(redis.call('ZRANGE', key('leases', kind), 0, -1)) do renew_lease(member) end
  end
end

for _, kind in ipairs(KINDS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('leases', kind), '-inf', now, 'LIMIT', 0, BATCH)) do
    local _, job = split(member)
    if is_known(job) then
      local token = redis.call('HGET', job_key(job, 'leases'), member)
      if token then redis.call('HSET', job_key(job, 'lost'), member .. ':' .. token, 1) end
      note_try(member, 'The worker was not heard of any more: killed, stopped, or cut off.')
      drop_lease(member)
      retry_or_fail(member, 0)
      reaped[#reaped + 1] = member
    else
      drop_lease(member)
    end
  end
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('delayed'), '-inf', now, 'LIMIT', 0, BATCH)) do
  local kind, job, index = split(member)
  redis.call('ZREM', key('delayed'), member)
  if is_known(job) then enqueue(kind, job, index) end
end
for _, job in ipairs(redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', now, 'LIMIT', 0, BATCH)) do
  redis.call('ZREM', key('deadlines'), job)
  if not is_stopping(job) then past_deadline(job) end
end
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', key('workers'), '-inf', now)) do
  redis.call('ZREM', key('workers'), worker)
  redis.call('HDEL', key('slots', 'cpu'), worker)
  redis.call('HDEL', key('slots', 'gpu'), worker)
  redis.call('HDEL', key('worker_models'), worker)
end

-- Tasks whose workers are all gone return to their lanes: no message is sent without a reader, and returning workers
-- get fresh ones.
local cpu = slots('cpu')
local gpu, by_model = slots('gpu')
for _, kind in ipairs(KINDS) do
  if kind == 'separate' or cpu == 0 then
    for _, member in ipairs(redis.call('ZRANGE', key('released', kind), 0, -1)) do
      local _, job, index = split(member)
      if not is_known(job) then
        unrelease(kind, member)
      elseif kind ~= 'separate' or not by_model[get(job, 'model_key')] then
        unrelease(kind, member)
        enqueue(kind, job, index)
      end
    end
  end
end

-- While other models are available, a model missing for A[1] seconds was replaced. Without any model, it is an outage.
if gpu > 0 then
  for _, model in ipairs(redis.call('ZRANGEBYSCORE', key('models'), '-inf', now - tonumber(A[1]))) do
    if not by_model[model] then
      local lane, left = 'separate@' .. model, BATCH
      for _, tenant in ipairs(redis.call('ZRANGE', key('lane', lane), 0, -1)) do
        for _, job in ipairs(redis.call('ZRANGE', key('lane_jobs', lane, tenant), 0, left - 1)) do
          if left > 0 and not is_stopping(job) then
            model_is_gone(job)
            left = left - 1
          end
        end
      end
      if redis.call('EXISTS', key('lane', lane)) == 0 then redis.call('ZREM', key('models'), model) end
    end
  end
end
return reaped
