-- job, deadline or '', then the record's fields and values. 1: made; 0: it was there already.
local job, deadline = A[1], tonumber(A[2])
if redis.call('EXISTS', job_key(job)) == 1 then return 0 end
for i = 3, #A, 2 do redis.call('HSET', job_key(job), A[i], A[i + 1]) end
redis.call('HSET', job_key(job), 'state', 'queued', 'created_at', now, 'pieces_published', 0, 'inference_s', 0)
if deadline then redis.call('ZADD', 'vl:deadlines', deadline, job) end
event(job, 'state', {state = 'queued'})
enqueue('prepare', job, 0)
return 1
