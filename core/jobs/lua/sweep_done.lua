-- job, number of this sweep (0, 1, 2), seconds of retention.
-- 0: right after the end; 1: when every lease that was held at the end has run out; 2: all objects, after retention.
local job, number, retention = A[1], tonumber(A[2]), tonumber(A[3])
if tonumber(get(job, 'sweeps') or 0) ~= number or redis.call('EXISTS', job_key(job)) == 0 then return 0 end
redis.call('HSET', job_key(job), 'sweeps', number + 1)
if number == 0 then
  redis.call('ZADD', 'vl:sweeps', now + 2 * LEASE_S, job)
elseif number == 1 then
  redis.call('ZADD', 'vl:sweeps', tonumber(get(job, 'finished_at')) + retention, job)
else
  redis.call('ZREM', 'vl:sweeps', job)
  redis.call('HSET', job_key(job), 'outputs_expired_at', now)
  redis.call('HINCRBY', job_key(job), 'revision', 1)
  for _, part in ipairs({'leases', 'attempts', 'done', 'mixtures', 'stems', 'pieces', 'events'}) do
    redis.call('DEL', job_key(job, part))
  end
  redis.call('EXPIRE', job_key(job), math.ceil(retention))
end
return 1
