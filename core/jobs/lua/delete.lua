-- job. 0: unknown job; 1: deleted now or before. Its tasks are asked to stop; sweeps delete the objects, then the
-- record.
even_when_full()
local job = A[1]
if not is_known(job) then return 0 end
if get(job, 'deleted_at') then return 1 end
unlist(job)
redis.call('ZREM', key('dead'), job)
redis.call('HSET', job_key(job), 'deleted_at', now, 'sweeps', 4)
if terminal(job) then
  withdraw(job)
  redis.call('ZADD', key('sweeps'), now, job)
elseif not get(job, 'cancel_requested_at') then
  ask_to_stop(job)
end
return 1
