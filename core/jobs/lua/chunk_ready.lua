-- prepare's or extend's member, token, index, object key. 1: the chunk has this key; 0: it has another; -1: the lease
-- is lost.
even_when_full()
local member, token, index, object = A[1], A[2], A[3], A[4]
local _, job = split(member)
local standing = redis.call('HGET', job_key(job, 'mixtures'), index)
if standing then return standing == object and 1 or 0 end
if not held(member, token) then return -1 end
redis.call('HSET', job_key(job, 'mixtures'), index, object)
redis.call('HINCRBY', job_key(job), 'chunks_ready', 1)
redis.call('HSET', job_key(job, 'attempts'), member, 1)  -- progress: not poison
renew_lease(member)
if not is_stopping(job) then
  set_stage(job, 'separating')
  enqueue('separate', job, index)
end
return 1
