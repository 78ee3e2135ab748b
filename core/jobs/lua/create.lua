-- job, deadline or '', idempotency key or '', fingerprint, expected seconds of the job on the engines and on the cpu
-- queue, then the record's fields and values. 1: created; 0: the id exists, or the key has created another job.
local KEPT_S = 86400  -- lifetime of an idempotency key
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
-- Until the janitor's next count. In a hash, because INCRBYFLOAT in a script corrupts the memory of Redis 6.2.
redis.call('HINCRBYFLOAT', key('backlog'), 'gpu', A[5])
redis.call('HINCRBYFLOAT', key('backlog'), 'cpu', A[6])
if deadline then redis.call('ZADD', key('deadlines'), deadline, job) end
event(job, 'state', {state = 'queued'})
enqueue(get(job, 'first_kind'), job, 0)
return 1
