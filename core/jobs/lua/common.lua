-- What changes jobs: events, lanes, leases and ends. Put before every script, after basics.lua and measured.lua.

-- Append to the job's event stream. Every visible change goes through here, so the revision counts them.
local function event(job, kind, data)
  measure_progress(job)
  account(job)
  data.revision = redis.call('HINCRBY', job_key(job), 'revision', 1)
  data.at = now
  data.fraction = tonumber(get(job, 'fraction') or 0)
  redis.call('XADD', job_key(job, 'events'), 'MAXLEN', '~', EVENTS_KEPT, '*', 'type', kind, 'data', cjson.encode(data))
end

local function set_stage(job, stage)
  if get(job, 'stage') ~= stage then
    redis.call('HSET', job_key(job), 'stage', stage)
    event(job, 'stage', {stage = stage})
  end
end

-- ---------------------------------------------------------------------------------------------------- lanes
-- Per kind of work: a ring of tenants, per tenant a ring of jobs, per job its indices in order. A ring is a sorted
-- set scored by turns: the lowest is next, whoever was served goes to the back. A job that has just come in goes to the
-- back, too; a tenant has the place that it would have had it never left: who sends one song at a time does not wait
-- for a second turn of those who always have some.

local function lane_tenants(kind) return 'vl:lane:' .. kind end
local function lane_jobs(kind, tenant) return 'vl:lane:' .. kind .. ':tenant:' .. tenant end
local function lane_work(kind, job) return 'vl:lane:' .. kind .. ':job:' .. job end
local function waiting(kind) return 'vl:waiting:' .. kind end     -- member -> since when
local function released(kind) return 'vl:released:' .. kind end   -- member -> when its hint was last sent
local function leases(kind) return 'vl:leases:' .. kind end       -- member -> when the lease ends

local function turn() return redis.call('INCR', 'vl:turn') end

local NEVER = -2 ^ 50  -- served: before all who were
local function last_turn(kind, tenant)
  return redis.call('HGET', 'vl:served', kind .. ':' .. tenant) or NEVER + turn()
end

-- Make work runnable; nothing happens when it already is, or is being done.
local function enqueue(kind, job, index)
  local member = kind .. ':' .. job .. ':' .. index
  if redis.call('ZSCORE', released(kind), member) or redis.call('ZSCORE', 'vl:delayed', member)
      or redis.call('ZSCORE', leases(kind), member) then
    return
  end
  local tenant = get(job, 'tenant')
  redis.call('ZADD', waiting(kind), 'NX', now, member)
  redis.call('ZADD', lane_work(kind, job), index, index)
  redis.call('ZADD', lane_jobs(kind, tenant), 'NX', turn(), job)
  redis.call('ZADD', lane_tenants(kind), 'NX', last_turn(kind, tenant), tenant)
end

local function leave_lane(kind, tenant, job)
  redis.call('ZREM', lane_jobs(kind, tenant), job)
  if redis.call('ZCARD', lane_jobs(kind, tenant)) == 0 then
    redis.call('ZREM', lane_tenants(kind), tenant)
  end
end

-- Take the member whose turn it is out of the lane, or nil.
local function next_in_lane(kind)
  local tenant = redis.call('ZRANGE', lane_tenants(kind), 0, 0)[1]
  if not tenant then return nil end
  local job = redis.call('ZRANGE', lane_jobs(kind, tenant), 0, 0)[1]
  local index = redis.call('ZPOPMIN', lane_work(kind, job))[1]
  redis.call('ZADD', lane_jobs(kind, tenant), turn(), job)
  local served = turn()
  redis.call('ZADD', lane_tenants(kind), served, tenant)
  redis.call('HSET', 'vl:served', kind .. ':' .. tenant, served)
  if redis.call('ZCARD', lane_work(kind, job)) == 0 then leave_lane(kind, tenant, job) end
  local member = kind .. ':' .. job .. ':' .. index
  redis.call('ZREM', waiting(kind), member)
  return member
end

local function remove_members_of(job, key)
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local _, owner = split(member)
    if owner == job then redis.call('ZREM', key, member) end
  end
end

-- Take back all work of the job that nobody has begun.
local function withdraw(job)
  local tenant = get(job, 'tenant')
  for _, kind in ipairs(KINDS) do
    for _, index in ipairs(redis.call('ZRANGE', lane_work(kind, job), 0, -1)) do
      redis.call('ZREM', waiting(kind), kind .. ':' .. job .. ':' .. index)
    end
    redis.call('DEL', lane_work(kind, job))
    leave_lane(kind, tenant, job)
    remove_members_of(job, released(kind))
  end
  remove_members_of(job, 'vl:delayed')
end

-- --------------------------------------------------------------------------------------------------- leases

local function held(member, token)
  local _, job = split(member)
  return redis.call('HGET', job_key(job, 'leases'), member) == token
end

-- Who holds the lease, since when; nil for nobody, and for workers of before.
local function claim_of(member)
  local _, job = split(member)
  local claim = redis.call('HGET', job_key(job, 'claims'), member)
  return claim and cjson.decode(claim)
end

local function drop_lease(member)
  local kind, job = split(member)
  redis.call('HDEL', job_key(job, 'leases'), member)
  redis.call('HDEL', job_key(job, 'claims'), member)
  redis.call('ZREM', leases(kind), member)
end

-- Whoever lost a lease and is heard of again was only slow, or cut off: the work did not kill it, so the attempt is
-- taken back. Not for ever: it may be the work that makes its worker so slow.
local function survived(member, token)
  local _, job = split(member)
  local lost = job_key(job, 'lost')
  if redis.call('HDEL', lost, member .. ':' .. token) == 1 and redis.call('HINCRBY', lost, member, 1) <= 10
      and tonumber(redis.call('HGET', job_key(job, 'attempts'), member) or 0) > 0 then
    redis.call('HINCRBY', job_key(job, 'attempts'), member, -1)
  end
end

local function renew_lease(member)
  redis.call('ZADD', leases((split(member))), now + LEASE_S, member)
end

-- ----------------------------------------------------------------------------------------------------- ends

-- Where to look when the same recording comes with the same options again.
local function remember_result(job)
  local recipe, sha256 = get(job, 'recipe'), get(job, 'source_sha256')
  if recipe and sha256 then
    local key = 'vl:cache:' .. recipe .. ':' .. sha256
    redis.call('SET', key, job, 'EX', math.ceil(retention(job)))
  end
end

-- Put a job's end into the outbox, from which worker/courier.py tells its webhook.
local function notify(job)
  if get(job, 'webhook_url') then redis.call('ZADD', 'vl:webhooks', now, job) end
end

-- The one place where a job becomes terminal. `error` is JSON or nil.
local function terminate(job, state, error)
  if state == 'succeeded' then remember_result(job) end
  set_state(job, state)
  redis.call('HSET', job_key(job), 'finished_at', now, 'error', error or '',
    'total_s', now - tonumber(get(job, 'created_at')))
  withdraw(job)
  redis.call('ZREM', 'vl:deadlines', job)
  redis.call('ZADD', 'vl:sweeps', now, job)
  if error then event(job, 'error', cjson.decode(error)) end
  event(job, 'state', {state = state})
  notify(job)
end

-- A job that was asked to stop is canceled once nobody holds a lease of it.
local function settle(job)
  if not terminal(job) and get(job, 'cancel_requested_at') and redis.call('HLEN', job_key(job, 'leases')) == 0 then
    terminate(job, 'canceled', get(job, 'stop_reason'))
  end
end

local function ask_to_stop(job, reason)
  redis.call('HSET', job_key(job), 'cancel_requested_at', now, 'stop_reason', reason or '')
  withdraw(job)
  event(job, 'cancel_requested', {cancel_requested_at = now})
  settle(job)
end

-- The deadline has passed: before the start the job expires, later it is stopped like a canceled one.
local function past_deadline(job)
  local started = get(job, 'state') == 'running'
  local error = cjson.encode({code = 'deadline_exceeded', retryable = true, message = started
    and 'The deadline of this job passed while it was running, so it was stopped.'
    or 'The deadline of this job passed before a worker was free to begin it.'})
  if started then ask_to_stop(job, error) else terminate(job, 'expired', error) end
end

-- Note an attempt that counts, under the lease that it had: for whoever asks why the job was given up.
local function note_try(member, why)
  local _, job = split(member)
  local claim = claim_of(member) or {}
  redis.call('RPUSH', job_key(job, 'tries'), cjson.encode({member = member, worker = claim.worker, began_at = claim.at,
    ended_at = now, reason = why}))
  redis.call('LTRIM', job_key(job, 'tries'), -TRIES_KEPT, -1)
end

-- Keep what an operator needs to know of a job that was given up: see dead.py.
local function bury(member, code)
  local kind, job, index = split(member)
  local tries, reason = {}, nil
  for _, text in ipairs(redis.call('LRANGE', job_key(job, 'tries'), 0, -1)) do
    local try = cjson.decode(text)
    if try.member == member then
      tries[#tries + 1] = try
      reason = try.reason
    end
  end
  redis.call('SET', job_key(job, 'dead'), cjson.encode({job_id = job, tenant = get(job, 'tenant'), kind = kind,
    index = index, code = code, reason = reason, at = now, tries = tries}))
  redis.call('ZADD', 'vl:dead', now, job)
  for _, old in ipairs(redis.call('ZRANGE', 'vl:dead', 0, -DEAD_KEPT - 1)) do
    redis.call('ZREM', 'vl:dead', old)
    redis.call('DEL', job_key(old, 'dead'))
  end
end

-- Work whose lease was dropped without a result: stop, give up, or try again after `delay` seconds.
local function retry_or_fail(member, delay)
  local kind, job, index = split(member)
  if terminal(job) then return end
  if get(job, 'cancel_requested_at') then return settle(job) end
  local attempts = tonumber(redis.call('HGET', job_key(job, 'attempts'), member) or 0)
  if attempts >= MAX_ATTEMPTS then
    bury(member, 'attempts_exhausted')
    terminate(job, 'failed', cjson.encode({code = 'attempts_exhausted', retryable = false, message = string.format(
      'This song stopped its worker or failed without a known reason %d times (%s, part %d), so it is not tried '
      .. 'again. If other songs work, the file is the cause: try another version of it.', attempts, kind, index)}))
  elseif delay > 0 then
    redis.call('ZADD', 'vl:delayed', now + delay, member)
  else
    enqueue(kind, job, index)
  end
end

-- Publish the next piece when its chunk is done; finish when every piece is out.
local function advance(job)
  local published = tonumber(get(job, 'pieces_published'))
  if redis.call('HEXISTS', job_key(job, 'stems'), published) == 1 then
    enqueue('publish', job, 0)
  elseif published == tonumber(get(job, 'chunks_total') or -1) then
    enqueue('finish', job, 0)
  end
end
