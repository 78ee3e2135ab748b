-- job, number of this sweep: see SweepStage in records.py.
even_when_full()
local job, number = A[1], tonumber(A[2])
if tonumber(get(job, 'sweeps') or 0) ~= number or redis.call('EXISTS', job_key(job)) == 0 then return 0 end

local function again(at)
  redis.call('HSET', job_key(job), 'sweeps', number + 1)
  redis.call('ZADD', 'vl:sweeps', at, job)
end

if number == 0 or number == 4 then
  again(now + 2 * LEASE_S)
elseif number == 1 then
  again(tonumber(get(job, 'finished_at')) + retention(job))
elseif number == 2 then
  again(now + retention(job))
  redis.call('HSET', job_key(job), 'outputs_expired_at', now)
  redis.call('HINCRBY', job_key(job), 'revision', 1)
  redis.call('ZREM', 'vl:dead', job)
  for _, part in ipairs(PARTS) do redis.call('DEL', job_key(job, part)) end
else
  redis.call('ZREM', 'vl:sweeps', job)
  redis.call('ZREM', 'vl:dead', job)
  unlist(job)
  for _, part in ipairs(PARTS) do redis.call('DEL', job_key(job, part)) end
  redis.call('DEL', job_key(job), job_key(job, 'deliveries'))
end
return 1
