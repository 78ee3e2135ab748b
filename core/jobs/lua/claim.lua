-- member, a nonce of the claim, the claimer's name, its model or ''. {token, attempt, id of the request that created
-- the job}, or nil when the task cannot be claimed.
even_when_full()
local member, nonce, worker, model = A[1], A[2], A[3], A[4]
local kind, job = split(member)
if kind == 'separate' and model ~= get(job, 'model_key') then return nil end
if not unrelease(kind, member) then
  local claim = claim_of(member)
  if not claim or claim.nonce ~= nonce then return nil end
  return {tonumber(redis.call('HGET', job_key(job, 'leases'), member)),  -- repeated because the reply got lost
    tonumber(redis.call('HGET', job_key(job, 'attempts'), member)), get(job, 'request_id') or ''}
end
if not is_known(job) then return nil end
if kind == 'convert' and not is_downloadable(job) then return nil end
local deadline = number(job, 'deadline_at')
if kind ~= 'convert' and deadline and deadline <= now then
  past_deadline(job)
  return nil
end
local token = redis.call('INCR', key('token'))
redis.call('HSET', job_key(job, 'leases'), member, token)
redis.call('HSET', job_key(job, 'claims'), member, cjson.encode({nonce = nonce, worker = worker, at = now}))
renew_lease(member)
local attempt = redis.call('HINCRBY', job_key(job, 'attempts'), member, 1)
if get(job, 'state') == 'queued' then
  set_state(job, 'running')
  redis.call('HSET', job_key(job), 'started_at', now, 'queue_s', now - number(job, 'created_at'))
  event(job, 'state', {state = 'running'})
  set_stage(job, 'preparing')
end
if kind == 'prepare' or kind == 'extend' then
  redis.call('HSET', job_key(job), 'slice_began_at', now)
  redis.call('HINCRBY', job_key(job), 'slices', 1)
elseif kind == 'finish' then
  redis.call('HSET', job_key(job), 'finish_began_at', now)
  set_stage(job, 'finishing')
end
return {token, attempt, get(job, 'request_id') or ''}
