-- job, deadline or '', idempotency key or '', fingerprint, seconds that the job is expected to cost the engines and the
-- cpu-queue, then the record's fields and values. 1: made; 0: this job is there already, or the key has made another.
local KEPT_S = 86400  -- how long an idempotency key is known
local job, deadline, idempotency, fingerprint = A[1], tonumber(A[2]), A[3], A[4]
if is_known(job) then return 0 end
if idempotency ~= '' then
  if redis.call('HEXISTS', idempotency, 'job') == 1 then return 0 end
  redis.call('HSET', idempotency, 'job', job, 'fingerprint', fingerprint)
  redis.call('EXPIRE', idempotency, KEPT_S)
end
for i = 7, #A, 2 do redis.call('HSET', job_key(job), A[i], A[i + 1]) end
redis.call('HSET', job_key(job), 'created_at', now, 'pieces_published', 0, 'inference_s', 0)
set_state(job, 'queued')
-- Until the janitor counts them all again. In a hash: INCRBYFLOAT in a script corrupts the memory of Redis 6.2.
redis.call('HINCRBYFLOAT', key('backlog'), 'gpu', A[5])
redis.call('HINCRBYFLOAT', key('backlog'), 'cpu', A[6])
if deadline then redis.call('ZADD', key('deadlines'), deadline, job) end
event(job, 'state', {state = 'queued'})
enqueue(get(job, 'first_kind'), job, 0)
return 1
