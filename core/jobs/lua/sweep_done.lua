-- job, number of this sweep: see SweepStage in sweeps.py.
even_when_full()
local job, stage = A[1], tonumber(A[2])
if not is_known(job) then
  redis.call('ZREM', key('sweeps'), job)
  return 0
end
if (number(job, 'sweeps') or 0) ~= stage then return 0 end

local function again(at)
  redis.call('HSET', job_key(job), 'sweeps', stage + 1)
  redis.call('ZADD', key('sweeps'), at, job)
end

if stage == 0 or stage == 4 then
  again(now + 2 * LEASE_S)
elseif stage == 1 then
  again(number(job, 'finished_at') + number(job, 'retention_s'))
elseif stage == 2 then
  again(now + number(job, 'retention_s'))
  withdraw(job)
  redis.call('HSET', job_key(job), 'outputs_expired_at', now)
  redis.call('HINCRBY', job_key(job), 'revision', 1)
  redis.call('ZREM', key('dead'), job)
  for _, part in ipairs(PARTS) do redis.call('DEL', job_key(job, part)) end
else
  redis.call('ZREM', key('sweeps'), job)
  redis.call('ZREM', key('dead'), job)
  unlist(job)
  for _, part in ipairs(PARTS) do redis.call('DEL', job_key(job, part)) end
  redis.call('DEL', job_key(job), job_key(job, 'deliveries'))
end
return 1
