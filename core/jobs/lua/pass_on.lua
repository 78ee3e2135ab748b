-- prepare's or extend's member, token. A slice of the recording is cut; the rest waits for another turn. 1: passed on;
-- 0: the lease was lost before.
even_when_full()
local member, token = A[1], A[2]
local _, job = split(member)
if redis.call('HGET', job_key(job, 'done'), member) == token then return 1 end  -- repeated
if not held(member, token) then
  survived(member, token)
  return 0
end
drop_lease(member)
redis.call('HDEL', job_key(job, 'attempts'), member)
if terminal(job) then return 0 end
if get(job, 'cancel_requested_at') then
  settle(job)
  return 0
end
redis.call('HSET', job_key(job, 'done'), member, token)
redis.call('HINCRBY', job_key(job), 'passes', 1)
redis.call('HINCRBYFLOAT', job_key(job), 'prepare_spent_s', now - number(job, 'slice_began_at'))
enqueue('extend', job, 0)
return 1
