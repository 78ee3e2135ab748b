-- member, a number of the claimer's own for this claim, its name. {token, attempt, the id of the request that made the
-- job}, or nil when the work is not there to be taken.
even_when_full()
local member, nonce, worker = A[1], A[2], A[3]
local kind, job = split(member)
if redis.call('ZREM', released(kind), member) == 0 then
  local claim = claim_of(member)
  if not claim or not nonce or claim.nonce ~= nonce then return nil end
  return {tonumber(redis.call('HGET', job_key(job, 'leases'), member)),  -- said twice because the answer got lost
    tonumber(redis.call('HGET', job_key(job, 'attempts'), member)), get(job, 'request_id') or ''}
end
local deadline = tonumber(get(job, 'deadline_at') or '')
if deadline and deadline <= now then
  past_deadline(job)
  return nil
end
local token = redis.call('INCR', 'vl:token')
redis.call('HSET', job_key(job, 'leases'), member, token)
redis.call('HSET', job_key(job, 'claims'), member, cjson.encode({nonce = nonce, worker = worker, at = now}))
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
return {token, attempt, get(job, 'request_id') or ''}
