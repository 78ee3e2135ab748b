-- job, deadline or '', idempotency key or '', fingerprint, then the record's fields and values.
-- 1: made; 0: this job is there already, or the key has made another.
local KEPT_S = 86400  -- how long an idempotency key is known
local job, deadline, key, fingerprint = A[1], tonumber(A[2]), A[3], A[4]
if redis.call('EXISTS', job_key(job)) == 1 then return 0 end
if key ~= '' then
  if redis.call('HEXISTS', key, 'job') == 1 then return 0 end
  redis.call('HSET', key, 'job', job, 'fingerprint', fingerprint)
  redis.call('EXPIRE', key, KEPT_S)
end
for i = 5, #A, 2 do redis.call('HSET', job_key(job), A[i], A[i + 1]) end
redis.call('HSET', job_key(job), 'created_at', now, 'pieces_published', 0, 'inference_s', 0)
set_state(job, 'queued')
if deadline then redis.call('ZADD', 'vl:deadlines', deadline, job) end
event(job, 'state', {state = 'queued'})
enqueue('prepare', job, 0)
return 1
