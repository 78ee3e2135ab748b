-- member. {token, attempt}, or nil when the work is not there to be taken.
local member = A[1]
local kind, job = split(member)
if redis.call('ZREM', released(kind), member) == 0 then return nil end
local deadline = tonumber(get(job, 'deadline_at') or '')
if deadline and deadline <= now then
  past_deadline(job)
  return nil
end
local token = redis.call('INCR', 'vl:token')
redis.call('HSET', job_key(job, 'leases'), member, token)
renew_lease(member)
local attempt = redis.call('HINCRBY', job_key(job, 'attempts'), member, 1)
if get(job, 'state') == 'queued' then
  set_state(job, 'running')
  redis.call('HSET', job_key(job), 'started_at', now, 'queue_s', now - tonumber(get(job, 'created_at')))
  event(job, 'state', {state = 'running'})
  set_stage(job, 'preparing')
end
if kind == 'prepare' or kind == 'finish' then redis.call('HSET', job_key(job), kind .. '_began_at', now) end
if kind == 'finish' then set_stage(job, 'finishing') end
return {token, attempt}
