-- Changes of jobs: events, lanes, leases and ends. In front of every script, after keys.lua and basics.lua.

-- Completed share of the job. It never decreases: its weights were fixed when the job was accepted (estimates.py), and
-- the expected number of chunks counts only until the real one is known.
local function progress(job)
  if get(job, 'state') == 'succeeded' then return 1 end
  local old, total = number(job, 'fraction') or 0, number(job, 'chunks_total') or number(job, 'chunks_expected')
  if not total then return old end
  local prepare, separate = number(job, 'prepare_share'), number(job, 'separate_share')
  local ready = get(job, 'chunks_total') and 1 or math.min(0.95, (number(job, 'chunks_ready') or 0) / total)
  local new = prepare * ready + separate * (number(job, 'chunks_done') or 0) / total
  return math.max(old, math.min(new, 0.999))
end

-- Append to the job's event stream. Every visible change goes through here, so the revision counts them.
local function event(job, kind, data)
  data.revision = redis.call('HINCRBY', job_key(job), 'revision', 1)
  data.at, data.fraction = now, progress(job)
  redis.call('HSET', job_key(job), 'fraction', data.fraction)
  redis.call('XADD', job_key(job, 'events'), 'MAXLEN', '~', EVENTS_KEPT, '*', 'type', kind, 'data', cjson.encode(data))
end

local function set_stage(job, stage)
  if get(job, 'stage') ~= stage then
    redis.call('HSET', job_key(job), 'stage', stage)
    event(job, 'stage', {stage = stage})
  end
end

-- ---------------------------------------------------------------------------------------------------- lanes
-- Per lane (a kind of task): a ring of tenants, per tenant a ring of jobs, per job its indices in order. A ring is a
-- sorted set scored by turns: the lowest is next, a served entry moves to the back. A returning tenant gets the place
-- it would have had without leaving: a tenant that sends one song at a time does not wait for a second turn of busy
-- tenants. A job that its lane has never served joins right behind its tenant's next served one: a new song waits for
-- one turn of the others, however many there are, and they have a turn between new songs.

local function turn() return redis.call('INCR', key('turn')) end

-- The last turns of tenants, so that a returning tenant gets the place it would have had without leaving. The newest
-- SERVED_KEPT are kept; tenants served earlier come first in any case.
local SERVED_KEPT = 10000
local NEVER = -2 ^ 50  -- before all served tenants
local function last_turn(lane, tenant)
  return redis.call('ZSCORE', key('served'), lane .. ':' .. tenant) or NEVER + turn()
end

local function note_turn(lane, tenant, served)
  redis.call('ZADD', key('served'), served, lane .. ':' .. tenant)
  redis.call('ZREMRANGEBYRANK', key('served'), 0, -SERVED_KEPT - 1)
end

-- A chunk goes only to a worker that holds its job's model, so each model has a lane.
local function lane_of(kind, job)
  return kind == 'separate' and 'separate@' .. get(job, 'model_key') or kind
end

-- The place of a joining job in its tenant's ring. Turns are whole numbers; halves are jobs never served.
local LOOKED_AT = 100
local function joining_turn(kind, lane, job)
  if get(job, 'served_' .. kind) then return turn() end
  local ring = redis.call('ZRANGE', key('lane_jobs', lane, get(job, 'tenant')), 0, LOOKED_AT - 1, 'WITHSCORES')
  for i = 2, #ring, 2 do
    local place = tonumber(ring[i])
    if place == math.floor(place) then return place + 0.5 end
  end
  return turn() + 0.5
end

-- Make a task runnable; no effect when it already is, or is in flight.
local function enqueue(kind, job, index)
  local member = kind .. ':' .. job .. ':' .. index
  if redis.call('ZSCORE', key('released', kind), member) or redis.call('ZSCORE', key('delayed'), member)
      or redis.call('ZSCORE', key('leases', kind), member) then
    return
  end
  local lane, tenant = lane_of(kind, job), get(job, 'tenant')
  redis.call('ZADD', key('waiting', kind), 'NX', now, member)
  redis.call('ZADD', key('lane_tasks', lane, job), index, index)
  redis.call('ZADD', key('lane_jobs', lane, tenant), 'NX', joining_turn(kind, lane, job), job)
  redis.call('ZADD', key('lane', lane), 'NX', last_turn(lane, tenant), tenant)
  if kind == 'separate' then redis.call('ZADD', key('models'), 'NX', now, get(job, 'model_key')) end
end

-- Remove all tasks of this kind of a job from a lane.
local function leave_lane(lane, kind, tenant, job)
  for _, index in ipairs(redis.call('ZRANGE', key('lane_tasks', lane, job), 0, -1)) do
    redis.call('ZREM', key('waiting', kind), kind .. ':' .. job .. ':' .. index)
  end
  redis.call('DEL', key('lane_tasks', lane, job))
  redis.call('ZREM', key('lane_jobs', lane, tenant), job)
  if redis.call('ZCARD', key('lane_jobs', lane, tenant)) == 0 then
    redis.call('ZREM', key('lane', lane), tenant)
  end
end

-- The tenant and the job with the next turn in a lane, or nil. Jobs without a record or a task are dropped.
local function head_of_lane(lane, kind)
  while true do
    local tenant = redis.call('ZRANGE', key('lane', lane), 0, 0)[1]
    if not tenant then return nil end
    local job = redis.call('ZRANGE', key('lane_jobs', lane, tenant), 0, 0)[1]
    if not job then
      redis.call('ZREM', key('lane', lane), tenant)
    elseif is_known(job) and redis.call('EXISTS', key('lane_tasks', lane, job)) == 1 then
      return tenant, job
    else
      leave_lane(lane, kind, tenant, job)
    end
  end
end

-- Take the job's next task of this kind out of a lane; its member.
local function take(lane, kind, tenant, job)
  local index = redis.call('ZPOPMIN', key('lane_tasks', lane, job))[1]
  redis.call('HSET', job_key(job), 'served_' .. kind, 1)
  redis.call('ZADD', key('lane_jobs', lane, tenant), turn(), job)
  local served = turn()
  redis.call('ZADD', key('lane', lane), served, tenant)
  note_turn(lane, tenant, served)
  if redis.call('EXISTS', key('lane_tasks', lane, job)) == 0 then leave_lane(lane, kind, tenant, job) end
  local member = kind .. ':' .. job .. ':' .. index
  redis.call('ZREM', key('waiting', kind), member)
  return member
end

-- Take the member with the next turn, or nil.
local function next_in_lane(lane, kind)
  local tenant, job = head_of_lane(lane, kind)
  return tenant and take(lane, kind, tenant, job)
end

-- Take the member of a job that was never served, if that is one of the next two of the tenant with the next turn.
local function new_in_lane(lane, kind)
  local tenant = head_of_lane(lane, kind)
  if not tenant then return nil end
  for _, job in ipairs(redis.call('ZRANGE', key('lane_jobs', lane, tenant), 0, 1)) do
    local has_tasks = redis.call('EXISTS', key('lane_tasks', lane, job)) == 1
    if has_tasks and is_known(job) and not get(job, 'served_' .. kind) then return take(lane, kind, tenant, job) end
  end
end

-- End the wait of a released task: it was claimed, or taken back.
local function unrelease(kind, member)
  redis.call('HDEL', key('hinted'), member)
  return redis.call('ZREM', key('released', kind), member) == 1
end

local function members_of(job, name)
  local members = {}
  for _, member in ipairs(redis.call('ZRANGE', name, 0, -1)) do
    local _, owner = split(member)
    if owner == job then members[#members + 1] = member end
  end
  return members
end

-- Take back all unclaimed tasks of the job.
local function withdraw(job)
  local tenant = get(job, 'tenant')
  for _, kind in ipairs(KINDS) do
    leave_lane(lane_of(kind, job), kind, tenant, job)
    for _, member in ipairs(members_of(job, key('released', kind))) do unrelease(kind, member) end
  end
  for _, member in ipairs(members_of(job, key('delayed'))) do redis.call('ZREM', key('delayed'), member) end
end

-- --------------------------------------------------------------------------------------------------- leases

local function held(member, token)
  local _, job = split(member)
  return redis.call('HGET', job_key(job, 'leases'), member) == token
end

-- The holder of the lease, since when; nil without one.
local function claim_of(member)
  local _, job = split(member)
  local claim = redis.call('HGET', job_key(job, 'claims'), member)
  return claim and cjson.decode(claim)
end

local function drop_lease(member)
  local kind, job = split(member)
  redis.call('HDEL', job_key(job, 'leases'), member)
  redis.call('HDEL', job_key(job, 'claims'), member)
  redis.call('ZREM', key('leases', kind), member)
end

-- A worker that reports after its lease expired was only slow or disconnected: the task did not kill it, so the attempt
-- is taken back. Not always: the task may be what makes its worker so slow.
local function survived(member, token)
  local _, job = split(member)
  local lost = job_key(job, 'lost')
  if redis.call('HDEL', lost, member .. ':' .. token) == 1 and redis.call('HINCRBY', lost, member, 1) <= 10
      and tonumber(redis.call('HGET', job_key(job, 'attempts'), member) or 0) > 0 then
    redis.call('HINCRBY', job_key(job, 'attempts'), member, -1)
  end
end

local function renew_lease(member)
  redis.call('ZADD', key('leases', (split(member))), now + LEASE_S, member)
end

-- ----------------------------------------------------------------------------------------------------- ends

-- Index of results by recording and options, for reuse.
local function remember_result(job)
  local recipe, sha256 = get(job, 'recipe'), get(job, 'source_sha256')
  if recipe and sha256 then
    redis.call('SET', key('cache', recipe, sha256), job, 'EX', math.ceil(number(job, 'retention_s')))
  end
end

-- Put a job's end into the outbox, from which worker/courier.py delivers its webhook.
local function notify(job)
  if get(job, 'webhook_url') then redis.call('ZADD', key('webhooks'), now, job) end
end

-- The only place where a job becomes terminal. `error` is JSON or nil.
local function terminate(job, state, error)
  local details = error and cjson.decode(error)
  if state == 'succeeded' then remember_result(job) end
  set_state(job, state)
  redis.call('HSET', job_key(job), 'finished_at', now, 'error', error or '',
    'total_s', now - number(job, 'created_at'))
  withdraw(job)
  redis.call('ZREM', key('deadlines'), job)
  redis.call('ZADD', key('sweeps'), now, job)
  if details then event(job, 'failure', details) end
  event(job, 'state', {state = state})
  notify(job)
end

-- A job that was asked to stop becomes canceled when it has no lease left.
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

-- The deadline has passed: a queued job expires, a running one is stopped like a canceled one.
local function past_deadline(job)
  local started = get(job, 'state') == 'running'
  local error = cjson.encode({code = 'deadline_exceeded', retryable = true, message = started
    and 'The deadline passed while the job was running, so it was stopped.'
    or 'The deadline passed before a worker was free.'})
  if started then ask_to_stop(job, error) else terminate(job, 'expired', error) end
end

-- No live worker holds the job's model any more.
local function model_is_gone(job)
  terminate(job, 'failed', cjson.encode({code = 'model_changed', retryable = true, message =
    'The model of this job has been replaced. Send the song again as a new job.'}))
end

-- Record a counted attempt under its lease, for the report about exhausted attempts.
local function note_try(member, why)
  local _, job = split(member)
  local claim = claim_of(member) or {}
  redis.call('RPUSH', job_key(job, 'tries'), cjson.encode({member = member, worker = claim.worker, began_at = claim.at,
    ended_at = now, reason = why}))
  redis.call('LTRIM', job_key(job, 'tries'), -TRIES_KEPT, -1)
end

-- Store the dead letter: see dead.py.
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
  redis.call('ZADD', key('dead'), now, job)
  for _, old in ipairs(redis.call('ZRANGE', key('dead'), 0, -DEAD_KEPT - 1)) do
    redis.call('ZREM', key('dead'), old)
    redis.call('DEL', job_key(old, 'dead'))
  end
end

-- Store the result of a conversion: a Conversion of core/jobs/conversion.py, as JSON. It is final.
local function note_conversion(member, token, conversion)
  local _, job = split(member)
  local noted = get(job, 'conversions')
  redis.call('HSET', job_key(job, 'done'), member, token)
  redis.call('HDEL', job_key(job, 'attempts'), member)
  redis.call('HSET', job_key(job), 'conversions', (noted and noted:sub(1, -2) .. ',' or '[') .. conversion .. ']')
  redis.call('HINCRBY', job_key(job), 'revision', 1)  -- the events have ended with the job
end

local function conversion_failed(member, token, message)
  local _, _, index = split(member)
  note_conversion(member, token, cjson.encode({index = index, fault = message}))
end

-- A task whose lease ended without a result: stop, fail the job, or retry after `delay` seconds.
local function retry_or_fail(member, delay)
  local kind, job, index = split(member)
  local converts = kind == 'convert'
  if converts and is_unwanted(member) or not converts and terminal(job) then return end
  if not converts and get(job, 'cancel_requested_at') then return settle(job) end
  local attempts = tonumber(redis.call('HGET', job_key(job, 'attempts'), member) or 0)
  if attempts >= MAX_ATTEMPTS and converts then
    conversion_failed(member, 0, string.format('This conversion failed %d times without a known reason, so it is not '
      .. 'tried again. Download the original format.', attempts))
  elseif attempts >= MAX_ATTEMPTS then
    bury(member, 'attempts_exhausted')
    terminate(job, 'failed', cjson.encode({code = 'attempts_exhausted', retryable = false, message = string.format(
      'All %d attempts of the task "%s", part %d, failed without a known reason. If other songs work, the file is the '
      .. 'cause: send another version of it.', attempts, kind, index)}))
  elseif delay > 0 then
    redis.call('ZADD', key('delayed'), now + delay, member)
  else
    enqueue(kind, job, index)
  end
end

-- Publish the next piece when its chunk is done; finish when every piece is published.
local function advance(job)
  local published = number(job, 'pieces_published')
  if redis.call('HEXISTS', job_key(job, 'stems'), published) == 1 then
    enqueue('publish', job, 0)
  elseif published == number(job, 'chunks_total') then
    enqueue('finish', job, 0)
  end
end
